"""The deriver of deliveries: what outgoing webhooks are to be sent follows from changes of messages."""

import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count
from django.utils import timezone

from chat.derive.deriver import Change, Deriver, Watch
from chat.models import Message, Room
from chat.models.message import SYSTEM
from chat.models.reaction import REACTIONS
from chat.services.due import add_due
from webhooks.kinds import NEW, OF_LINES, Kind
from webhooks.models import OutgoingWebhook, SeenReactions, WebhookDelivery
from webhooks.models.delivery import KEYS

SENDING = "webhooks"
"""The name of the kind of due things that send deliveries."""

RECENT = timedelta(days=7)
"""What happened longer ago is not reported: it comes from a rewind. Deliveries are kept for longer than that."""

MOST_WAITING = 10_000
"""Most deliveries of one webhook that wait. One that is further behind is switched off."""


class Happened(NamedTuple):
    """One event that follows from a change of a message. `change` tells several of one kind apart."""

    kind: Kind
    message: Message
    change: int
    at: datetime


class Webhooks(Deriver):
    """Adds the deliveries of a room's webhooks, also for its threads, and forgets the answers about deleted texts."""

    name = "webhooks"
    watches = Watch.NEW | Watch.TEXT | Watch.EXTRAS

    def apply(self, room: Room, changes: Sequence[Change]) -> None:
        webhooks = list(OutgoingWebhook.objects.on().filter(room_id=room.members_room_id).order_by("pk"))
        if webhooks:
            add_deliveries(webhooks, events_of(webhooks, changes))
        # After the rows of webhooks are locked, as in the deletion of one.
        forget_answers(change.message.pk for change in changes if change.message.is_deleted)


def forget_answers(message_ids: Iterable[int]) -> None:
    """Forget what receivers answered about messages, since it may contain their texts."""
    ids = list(message_ids)
    if ids:
        WebhookDelivery.objects.filter(message__in=ids).exclude(answer="").update(answer="")


def add_deliveries(webhooks: Sequence[OutgoingWebhook], events: Sequence[Happened]) -> None:
    """Add what is not there yet, in order, and let it be sent."""
    recent = timezone.now() - RECENT
    waiting = _waiting(webhooks) if events else {}
    for webhook in webhooks:
        since = max(recent, webhook.created_at)
        rows = [_delivery(webhook, event) for event in events if event.kind in webhook.kinds and event.at > since]
        if not rows:
            continue
        if waiting.get(webhook.pk, 0) < MOST_WAITING:
            WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True)
        add_due(SENDING, {"webhook": webhook.pk}, key=uuid.uuid5(KEYS, f"send {rows[-1].key}"))


def _waiting(webhooks: Sequence[OutgoingWebhook]) -> Mapping[int, int]:
    """How many deliveries of each webhook wait."""
    rows = WebhookDelivery.objects.waiting().filter(webhook__in=webhooks).order_by()
    return dict(rows.values("webhook").annotate(n=Count("pk")).values_list("webhook", "n"))


def _delivery(webhook: OutgoingWebhook, event: Happened) -> WebhookDelivery:
    key = WebhookDelivery.key_of(webhook.pk, event.kind, event.message, event.change)
    return WebhookDelivery(webhook=webhook, kind=event.kind, message_id=event.message.pk, change=event.change, key=key)


# --- events -----------------------------------------------------------------------------------------------------------


def events_of(webhooks: Sequence[OutgoingWebhook], changes: Sequence[Change]) -> list[Happened]:
    """The events that follow from changes: new messages in the order of the room, then others as they changed."""
    posted = _posted_before(webhooks, changes)
    reacted = _with_other_reactions(changes) if any(Kind.REACTIONS in webhook.kinds for webhook in webhooks) else set()
    events: list[Happened] = []
    for change in changes:
        events += _events_of_text(change, was_posted=change.message.pk in posted)
        if change.message.pk in reacted:
            at = change.message.created_at if change.kind is Watch.NEW else timezone.now()
            events.append(Happened(Kind.REACTIONS, change.message, change.message.revision, at))
    return sorted(events, key=_place)


def _place(event: Happened) -> tuple[bool, int]:
    """Sorts new messages and lines first. Changes are ordered by revision, so one that was edited would come late."""
    is_new = event.kind in NEW
    return (not is_new, event.message.position if is_new else 0)


def _events_of_text(change: Change, *, was_posted: bool) -> Iterator[Happened]:
    message = change.message
    if message.is_system:
        if change.kind is Watch.NEW and (kind := OF_LINES.get(message.extras[SYSTEM]["code"])):
            yield Happened(kind, message, 0, message.created_at)
    elif change.kind is Watch.NEW and not was_posted:
        if not message.is_deleted:
            yield Happened(Kind.POSTED, message, 0, message.created_at)
    elif change.kind is not Watch.EXTRAS and message.deleted_at:
        yield Happened(Kind.DELETED, message, 0, message.deleted_at)
    elif change.kind is not Watch.EXTRAS and message.edited_at:
        yield Happened(Kind.EDITED, message, message.text_revision or message.revision, message.edited_at)


def _posted_before(webhooks: Sequence[OutgoingWebhook], changes: Sequence[Change]) -> set[int]:
    """Messages that count as new a second time, because something before them changed, and were edited or deleted."""
    again = [
        change.message.pk
        for change in changes
        if change.kind is Watch.NEW and (change.message.is_deleted or change.message.edited_at)
    ]
    if not again:
        return set()
    rows = WebhookDelivery.objects.filter(webhook__in=webhooks, kind=Kind.POSTED, message__in=again)
    return set(rows.values_list("message", flat=True))


def _with_other_reactions(changes: Sequence[Change]) -> set[int]:
    """Messages whose reactions are not those that were last seen, which are stored now."""
    digests = {change.message.pk: _digest(change.message) for change in changes if not change.message.is_system}
    seen = dict(SeenReactions.objects.filter(message__in=digests).values_list("message", "digest"))
    changed = {pk for pk, digest in digests.items() if digest != seen.get(pk, "")}
    SeenReactions.objects.bulk_create(
        [SeenReactions(message_id=pk, digest=digests[pk]) for pk in sorted(changed)],
        update_conflicts=True,
        unique_fields=["message"],
        update_fields=["digest"],
    )
    deleted = {change.message.pk for change in changes if change.message.is_deleted}
    return changed - deleted


def _digest(message: Message) -> str:
    """What identifies the reactions to a message; "" for none."""
    reactions = message.extras.get(REACTIONS)
    if not reactions:
        return ""
    return hashlib.sha256(json.dumps(reactions, sort_keys=True).encode()).hexdigest()
