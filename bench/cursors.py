"""Marks rooms as derived: for seeded messages, from which nothing would follow. Only for processes with Django."""

from collections.abc import Collection, Sequence

from chat.derive.comparing import current_epochs, stamp_of
from chat.models import DerivedRoom, DeriverCursor, Room

ROWS = 5_000


def mark_as_derived(rooms: Sequence[Room], names: Collection[str]) -> None:
    """Let these derivers have caught up in these rooms."""
    epochs = current_epochs(names)
    stamp = stamp_of(epochs)
    DerivedRoom.objects.bulk_create(
        (DerivedRoom(room=room, revision=room.revision, stamp=stamp) for room in rooms), batch_size=ROWS
    )
    DeriverCursor.objects.bulk_create(
        (
            DeriverCursor(room=room, name=name, revision=room.revision, position=room.message_count, epoch=epochs[name])
            for room in rooms
            for name in names
        ),
        batch_size=ROWS,
    )
