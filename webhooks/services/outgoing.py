"""Creating, changing and deleting outgoing webhooks, and sending deliveries again."""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models import Room, User
from chat.models.audit import Action
from chat.protocol.errors import Conflict, Invalid, NotFound
from chat.services import audit
from chat.services.due import add_due
from chat.services.quotas import HOUR, Quota
from chat.services.text import clean_line
from outbound.target import BadUrlError, target_of
from webhooks.deriver import SENDING
from webhooks.kinds import CHOSEN, Kind
from webhooks.models import OutgoingWebhook, WebhookDelivery
from webhooks.models.incoming import NAME_CHARS
from webhooks.models.outgoing import URL_CHARS, new_salt
from webhooks.rules import outgoing_rules
from webhooks.services.access import NEW_WEBHOOKS, TOO_MANY, WEBHOOKS, locked_webhook, managed_room
from webhooks.signature import secret_text

Off = OutgoingWebhook.Off
State = WebhookDelivery.State

REPLAYED_AT_ONCE = 1_000
"""Most deliveries that are sent again at once."""

REPLAYS = Quota(burst=60, seconds=HOUR, sentence=_("You have sent many deliveries again. Try again in a few minutes."))
IS_OFF = _("The webhook is off. Switch it on first.")


@transaction.atomic
def create_outgoing(
    actor: User, *, room_id: int, name: str, url: str, kinds: Collection[str]
) -> tuple[OutgoingWebhook, str]:
    """Send kinds of events in a room to an address from now on. Returns the row and its secret.

    Raises NotFound, Invalid, TooLarge, RateLimited, or Conflict if there are too many.
    """
    managed_room(actor, room_id)
    room = Room.objects.locked().get(pk=room_id)
    NEW_WEBHOOKS.take(actor)
    if OutgoingWebhook.objects.filter(room=room).count() >= WEBHOOKS:
        raise Conflict(TOO_MANY)
    webhook: OutgoingWebhook = OutgoingWebhook.objects.create(
        room=room, owner=actor, **_cleaned(name=name, url=url, kinds=kinds)
    )
    _record(actor, Action.WEBHOOK_CREATED, webhook)
    return webhook, secret_text(webhook.salt)


@transaction.atomic
def update_outgoing(actor: User, *, webhook_id: int, name: str, url: str, kinds: Collection[str]) -> OutgoingWebhook:
    """Change what a webhook is called, where it goes and what it reports. Raises NotFound, Invalid or TooLarge."""
    webhook = locked_webhook(actor, OutgoingWebhook, webhook_id)
    before = webhook.host
    for field, value in _cleaned(name=name, url=url, kinds=kinds).items():
        setattr(webhook, field, value)
    webhook.save(update_fields=["name", "url", "kinds"])
    changed = audit.changed(host=(before, webhook.host))
    _record(actor, Action.WEBHOOK_CHANGED, webhook, **changed)
    return webhook


@transaction.atomic
def new_outgoing_secret(actor: User, *, webhook_id: int) -> tuple[OutgoingWebhook, str]:
    """Give a webhook a new secret. The old one signs nothing any more. Raises NotFound."""
    webhook = locked_webhook(actor, OutgoingWebhook, webhook_id)
    webhook.salt = new_salt()
    webhook.save(update_fields=["salt"])
    _record(actor, Action.WEBHOOK_SECRET, webhook)
    return webhook, secret_text(webhook.salt)


@transaction.atomic
def switch_outgoing(actor: User, *, webhook_id: int, on: bool) -> None:
    """Switch a webhook off or on; who switches it on answers for it from then on. Raises NotFound.

    What was waiting is sent first. What happens while it is off is never sent.
    """
    webhook = locked_webhook(actor, OutgoingWebhook, webhook_id)
    if webhook.is_on == on:
        return
    webhook.off_at, webhook.off_because = (None, "") if on else (timezone.now(), Off.BY_HAND)
    webhook.owner = actor if on else webhook.owner
    webhook.save(update_fields=["off_at", "off_because", "owner"])
    if on:
        WebhookDelivery.objects.waiting().filter(webhook=webhook).update(next_try_at=None, tries=0)
        add_due(SENDING, {"webhook": webhook.pk})
    _record(actor, Action.WEBHOOK_ON if on else Action.WEBHOOK_OFF, webhook)


@transaction.atomic
def delete_outgoing(actor: User, *, webhook_id: int) -> None:
    """Delete a webhook with its log. Raises NotFound."""
    webhook = locked_webhook(actor, OutgoingWebhook, webhook_id)
    _record(actor, Action.WEBHOOK_DELETED, webhook)
    webhook.delete()


@transaction.atomic
def send_test(actor: User, *, webhook_id: int) -> WebhookDelivery:
    """Send something that says nothing, to find out whether it arrives. Raises NotFound, Conflict or RateLimited."""
    webhook = _on(locked_webhook(actor, OutgoingWebhook, webhook_id))
    REPLAYS.take(actor)
    delivery: WebhookDelivery = WebhookDelivery.objects.create(webhook=webhook, kind=Kind.TEST, key=uuid.uuid4())
    add_due(SENDING, {"webhook": webhook.pk})
    return delivery


@transaction.atomic
def replay(actor: User, *, webhook_id: int, delivery_id: int) -> None:
    """Send one delivery again, with the same id. Raises NotFound, Conflict or RateLimited."""
    webhook = _on(locked_webhook(actor, OutgoingWebhook, webhook_id))
    REPLAYS.take(actor)
    if not _again(webhook, [delivery_id]):
        raise NotFound


@transaction.atomic
def replay_between(actor: User, *, webhook_id: int, start: datetime, end: datetime) -> int:
    """Send what happened in a span of time again, in order; the first REPLAYED_AT_ONCE. Returns how many.

    Raises NotFound, Conflict, RateLimited, or Invalid for a span that ends before it begins.
    """
    webhook = _on(locked_webhook(actor, OutgoingWebhook, webhook_id))
    if start >= end:
        raise Invalid(_("The span must end after it begins."), field="end")
    REPLAYS.take(actor)
    found = WebhookDelivery.objects.filter(webhook=webhook).between(start, end).order_by("pk")
    return _again(webhook, list(found.values_list("pk", flat=True)[:REPLAYED_AT_ONCE]))


def _again(webhook: OutgoingWebhook, delivery_ids: Collection[int]) -> int:
    """Let deliveries wait again that have been sent or given up. Returns how many of the ids are of this webhook."""
    rows = WebhookDelivery.objects.filter(webhook=webhook, pk__in=delivery_ids)
    found = rows.count()
    rows.update(state=State.WAITING, tries=0, next_try_at=None)
    if found:
        add_due(SENDING, {"webhook": webhook.pk})
    return found


def _on(webhook: OutgoingWebhook) -> OutgoingWebhook:
    if not webhook.is_on:
        raise Conflict(IS_OFF)
    return webhook


def _cleaned(*, name: str, url: str, kinds: Collection[str]) -> dict[str, Any]:
    """The fields of a webhook. Raises Invalid or TooLarge."""
    chosen = [kind.value for kind in CHOSEN if kind.value in kinds]
    if not chosen or len(chosen) != len(set(kinds)):
        raise Invalid(_("Choose one or more of the kinds of events."), field="kinds")
    url = clean_line(url, field="url", limit=URL_CHARS, required=True)
    try:
        target_of(url, outgoing_rules())
    except BadUrlError as error:
        raise Invalid(
            _("This must be an address such as https://example.com/hook, with a usual port."), field="url"
        ) from error
    return {"name": clean_line(name, field="name", limit=NAME_CHARS, required=True), "url": url, "kinds": chosen}


def _record(actor: User, action: Action, webhook: OutgoingWebhook, **more: Any) -> None:
    """The host says which one it is; the rest of the address may be a secret."""
    details = {"direction": "outgoing", "webhook": webhook.host, **more}
    audit.record(actor, action, target=webhook.room, details=details)
