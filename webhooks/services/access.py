"""Which webhooks a person may manage, and how many there may be."""

from typing import TypeVar

from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.models import Room, User
from chat.protocol.errors import NotFound
from chat.services.quotas import HOUR, Quota
from webhooks.models import IncomingWebhook, OutgoingWebhook

W = TypeVar("W", IncomingWebhook, OutgoingWebhook)

WEBHOOKS = 20
"""Most webhooks of each direction in one room."""

TOO_MANY = _("This room has as many webhooks as it may. Delete one that nobody needs.")
NEW_WEBHOOKS = Quota(
    burst=30,
    seconds=HOUR,
    sentence=_("You have created many webhooks in a short time. Try again in a few minutes."),
)


def managed_room(actor: User, room_id: int) -> Room:
    """A room whose webhooks the actor may manage. Raises NotFound."""
    room = Room.objects.filter(pk=room_id).first()
    if room is None:
        raise NotFound
    policy.require_manage_webhooks(actor, room, room.memberships.filter(user=actor).first())
    return room


def locked_webhook(actor: User, model: type[W], webhook_id: int) -> W:
    """A webhook that the actor may manage, under the lock of its row. Raises NotFound."""
    rows = model.objects.select_for_update(no_key=True, of=("self",)).select_related("room")
    webhook: W | None = rows.filter(pk=webhook_id).first()
    if webhook is None:
        raise NotFound
    managed_room(actor, webhook.room_id)
    return webhook
