"""Whether a command stays within the rooms to which a token is limited."""

from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

from chat.models import Message, Room
from chat.protocol.commands import Command
from chat.protocol.errors import Forbidden, NotFound
from chat.protocol.scopes import IN_ROOM, room_and_message

LIMITED = _("This token is limited to some rooms.")


def require_within(command: Command, rooms: Collection[int]) -> None:
    """Raise Forbidden for a command that is not about one room, or NotFound for one about another room.

    A thread is within if its room is.
    """
    room_id, message_id = room_and_message(command)
    if command.type not in IN_ROOM or (room_id is None and message_id is None):
        raise Forbidden(LIMITED)
    if room_id is not None:
        require_room_within(room_id, rooms)
    if message_id is not None:
        require_room_within(_room_of(message_id), rooms)


def require_room_within(room_id: int, rooms: Collection[int]) -> None:
    """Raise NotFound unless a room, or that of a thread, is one of these."""
    if room_id not in rooms:
        parent = Room.objects.filter(pk=room_id).values_list("parent_id", flat=True).first()
        if parent not in rooms:
            raise NotFound


def _room_of(message_id: int) -> int:
    room_id: int | None = Message.objects.filter(pk=message_id).values_list("room_id", flat=True).first()
    if room_id is None:
        raise NotFound
    return room_id
