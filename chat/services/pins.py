"""Pinning messages in their room."""

from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.models import Message, User
from chat.models.pin import PINNED
from chat.protocol.errors import Conflict
from chat.services import quotas, system_lines
from chat.services.changes import room_transaction
from chat.services.messages import room_of
from chat.services.room_pins import add_pin, remove_pin


def pin(actor: User, *, message_id: int, on: bool) -> Message:
    """Pin a message in its room, for everybody, or unpin it.

    Sets a state, so repeating it changes nothing. Raises NotFound, Forbidden, Archived, RateLimited, or Conflict for a
    deleted message and in a room with as many pins as it may have.
    """
    quotas.PINS.take(actor)
    with room_transaction(room_of(message_id), or_thread=True) as change:
        message = Message.objects.get(pk=message_id)
        policy.require_pin(actor, change.room, change.membership(actor))
        policy.require_from_a_person(message)
        if message.is_deleted:
            raise Conflict(_("This message was deleted."))
        if (PINNED in message.extras) == on:
            return message
        if on:
            add_pin(change, actor, message)
            system_lines.pinned(change, actor, message)
        else:
            remove_pin(change, message)
    return message
