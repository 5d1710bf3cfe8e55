"""Building the index again: beside the one in use, from what there is, which it then replaces."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from django.db import OperationalError
from django.db.models import F, Max

from chat.derive.comparing import current_epochs
from chat.derive.deriver import Deriver
from chat.derive.turn import CursorMovedError, take_turn
from chat.models import DeriverCursor, Message, Room
from chat.services.deriving import rewind
from chat.store.lock_timeout import limited_transaction
from search.carried import file_texts, has_contents
from search.deriver import NAME, search_deriver, space_epoch
from search.facts import NO_FILES, Searched, all_tokens
from search.index import Cursor, NewIndex, the_index

MESSAGES_AT_ONCE = 2_000
ROOMS_AT_ONCE = 1_000

ATTEMPTS = 20
"""How often to try to replace an index that others use all the time."""


def rebuild() -> Iterator[int]:
    """Build the index again; yields the largest id of a message that is in it. The site may run meanwhile.

    Until the last step, searches use the index that there was, and if this is interrupted, they go on to. Raises
    AlreadyBuildingError while another process builds one.
    """
    deriver = search_deriver()
    deriver.prepare()
    current_epochs([NAME])  # so that there is something to rewind
    with the_index().new() as new:
        rooms = Room.objects.only("parent", "revision", "message_count").in_bulk()
        yield from _add_all(new, rooms)
        new.complete()
        # What changed since the rooms were read is derived (again): it may have been written with what was read before.
        _put_in_place(new, [Cursor(room.pk, room.revision, room.message_count) for room in rooms.values()])
    deriver.prepare()
    _catch_up(deriver, current_epochs([NAME])[NAME])


def _add_all(new: NewIndex, rooms: Mapping[int, Room]) -> Iterator[int]:
    last = 0
    newest = Message.objects.aggregate(newest=Max("pk"))["newest"] or 0  # what comes later is derived
    messages = Message.objects.filter(pk__lte=newest, kind=Message.Kind.TEXT, deleted_at__isnull=True).order_by("pk")
    while found := [
        Searched(*row) for row in messages.filter(pk__gt=last).values_list(*Searched._fields)[:MESSAGES_AT_ONCE]
    ]:
        in_files = file_texts(one.pk for one in found if has_contents(one.extras))
        new.add(
            {
                one.pk: all_tokens(rooms[one.room_id], one, in_files.get(one.pk, NO_FILES))
                for one in found
                if one.room_id in rooms
            }
        )
        last = found[-1].pk
        yield last


def _put_in_place(new: NewIndex, cursors: list[Cursor]) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with limited_transaction():
                rewind(None, name=NAME)
                epoch = current_epochs([NAME])[NAME]
                _move_cursors(cursors, epoch)
                new.put_in_place(cursors, space=space_epoch(), epoch=epoch)
        except OperationalError:
            if attempt == ATTEMPTS:
                raise
        else:
            return


def _move_cursors(cursors: Iterable[Cursor], epoch: int) -> None:
    rows = [
        DeriverCursor(room_id=room, name=NAME, revision=revision, position=position, epoch=epoch)
        for room, revision, position in cursors
    ]
    DeriverCursor.objects.bulk_create(
        rows,
        batch_size=ROOMS_AT_ONCE,
        update_conflicts=True,
        unique_fields=["room", "name"],
        update_fields=["revision", "position", "epoch"],
    )


def _catch_up(deriver: Deriver, epoch: int) -> None:
    done = DeriverCursor.objects.filter(name=NAME, epoch=epoch, revision__gte=F("room__revision")).values("room")
    for room_id in Room.objects.filter(revision__gt=0).exclude(pk__in=done).values_list("pk", flat=True):
        _catch_up_in(room_id, deriver, epoch)


def _catch_up_in(room_id: int, deriver: Deriver, epoch: int) -> None:
    while (room := Room.objects.filter(pk=room_id).first()) is not None:
        cursor, _is_new = DeriverCursor.objects.get_or_create(room=room, name=NAME)
        if cursor.reached(epoch) >= room.revision:
            return
        with suppress(CursorMovedError):  # the server derives in the same room
            take_turn(deriver, room, cursor, epoch=epoch, rests=False)
