"""Creating, changing and deleting incoming webhooks."""

from django.db import transaction
from django.utils import timezone

from chat.models import Membership, Room, User
from chat.models.audit import Action
from chat.models.token import digest_of
from chat.protocol.errors import Conflict
from chat.services import audit
from chat.services.bots import own_bot
from chat.services.memberships import invite_member
from chat.services.text import clean_line
from webhooks.models import IncomingWebhook
from webhooks.models.incoming import HINT_CHARS, NAME_CHARS, new_secret
from webhooks.services.access import NEW_WEBHOOKS, TOO_MANY, WEBHOOKS, locked_webhook, managed_room


@transaction.atomic
def create_incoming(actor: User, *, room_id: int, name: str, bot_id: int) -> tuple[IncomingWebhook, str]:
    """Create an address that posts as a bot of the actor, which is added to the room if it is not in it.

    Returns its row and its secret, which is never seen again. Raises NotFound, Invalid, TooLarge, Archived,
    RateLimited, or Conflict if there are too many.
    """
    managed_room(actor, room_id)
    room = Room.objects.locked().get(pk=room_id)
    bot = own_bot(actor, bot_id)
    NEW_WEBHOOKS.take(actor)
    if IncomingWebhook.objects.filter(room=room).count() >= WEBHOOKS:
        raise Conflict(TOO_MANY)
    name = clean_line(name, field="name", limit=NAME_CHARS, required=True)
    if not Membership.objects.current().filter(room=room, user=bot).exists():
        invite_member(actor, room_id=room.pk, user_id=bot.pk)
    secret = new_secret()
    webhook: IncomingWebhook = IncomingWebhook.objects.create(
        room=room, bot=bot, created_by=actor, name=name, digest=digest_of(secret), hint=secret[-HINT_CHARS:]
    )
    _record(actor, Action.WEBHOOK_CREATED, webhook)
    return webhook, secret


@transaction.atomic
def new_incoming_secret(actor: User, *, webhook_id: int) -> tuple[IncomingWebhook, str]:
    """Give a webhook a new address. The old one ends at once. Raises NotFound."""
    webhook = locked_webhook(actor, IncomingWebhook, webhook_id)
    secret = new_secret()
    webhook.digest, webhook.hint = digest_of(secret), secret[-HINT_CHARS:]
    webhook.save(update_fields=["digest", "hint"])
    _record(actor, Action.WEBHOOK_SECRET, webhook)
    return webhook, secret


@transaction.atomic
def switch_incoming(actor: User, *, webhook_id: int, on: bool) -> None:
    """Switch a webhook off or on. Raises NotFound."""
    webhook = locked_webhook(actor, IncomingWebhook, webhook_id)
    if webhook.is_on != on:
        webhook.off_at = None if on else timezone.now()
        webhook.save(update_fields=["off_at"])
        _record(actor, Action.WEBHOOK_ON if on else Action.WEBHOOK_OFF, webhook)


@transaction.atomic
def delete_incoming(actor: User, *, webhook_id: int) -> None:
    """Delete a webhook. Its address ends at once; what it has posted stays. Raises NotFound."""
    webhook = locked_webhook(actor, IncomingWebhook, webhook_id)
    _record(actor, Action.WEBHOOK_DELETED, webhook)
    webhook.delete()


def _record(actor: User, action: Action, webhook: IncomingWebhook) -> None:
    details = {"direction": "incoming", "webhook": f"…{webhook.hint}", "bot": webhook.bot_id}
    audit.record(actor, action, target=webhook.room, details=details)
