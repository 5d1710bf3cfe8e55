"""Building the index again, room by room."""

from collections.abc import Iterator
from contextlib import suppress

from chat.derive.comparing import current_epochs
from chat.derive.deriver import Deriver
from chat.derive.turn import CursorMovedError, take_turn
from chat.models import DeriverCursor, Room
from chat.services.deriving import rewind
from search.deriver import NAME, search_deriver

ROOMS_AT_ONCE = 1_000


def rebuild() -> Iterator[None]:
    """Build the index again; yields after each step. The site may run meanwhile, and help."""
    deriver = search_deriver()
    deriver.prepare()
    rewind(None, name=NAME)
    deriver.prepare()
    epoch = current_epochs([NAME])[NAME]
    passed: set[int] = set()
    while rooms := [pk for pk in _behind(epoch) if pk not in passed]:
        for room_id in rooms:
            yield from _catch_up(deriver, room_id, epoch)
            passed.add(room_id)


def _behind(epoch: int) -> list[int]:
    """Rooms that have not been derived since the index was begun."""
    done = DeriverCursor.objects.filter(name=NAME, epoch=epoch).values("room")
    return list(Room.objects.filter(revision__gt=0).exclude(pk__in=done).values_list("pk", flat=True)[:ROOMS_AT_ONCE])


def _catch_up(deriver: Deriver, room_id: int, epoch: int) -> Iterator[None]:
    while (room := Room.objects.filter(pk=room_id).first()) is not None:
        cursor, _is_new = DeriverCursor.objects.get_or_create(room=room, name=NAME)
        if cursor.reached(epoch) >= room.revision:
            return
        with suppress(CursorMovedError):  # the server derives in the same room
            take_turn(deriver, room, cursor, epoch=epoch, rests=False)
        yield
