"""The pins of a locked room: rows, what messages say of them, and their number."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models import Message, Pin, User
from chat.models.pin import PINNED
from chat.protocol.errors import Conflict
from chat.protocol.shapes import timestamp
from chat.services.changes import RoomChange

MOST_PINS = 50
"""Most pinned messages of one room."""


def add_pin(change: RoomChange, actor: User, message: Message) -> None:
    """Pin a message. Raises Conflict if the room has as many pins as it may have."""
    count = Pin.objects.in_room(change.room.pk).count()
    if count >= MOST_PINS:
        raise Conflict(_("A room can have 50 pinned messages. Unpin one that is no longer needed."))
    pin = Pin.objects.create(room=change.room, message=message, pinned_by=actor, pinned_at=timezone.now())
    message.extras = {**message.extras, PINNED: {"by": actor.pk, "at": timestamp(pin.pinned_at)}}
    change.save_extras(message)
    _note(change, count + 1)


def remove_pin(change: RoomChange, message: Message) -> None:
    """Unpin a message."""
    drop_pin(change, message)
    message.extras = {name: value for name, value in message.extras.items() if name != PINNED}
    change.save_extras(message)


def drop_pin(change: RoomChange, message: Message) -> None:
    """Remove the row of a pin, if the message is pinned. The caller clears its extras and saves it."""
    if PINNED in message.extras:
        Pin.objects.filter(message=message).delete()
        _note(change, Pin.objects.in_room(change.room.pk).count())


def _note(change: RoomChange, count: int) -> None:
    change.room.pin_count = count
    change.touch_settings()
