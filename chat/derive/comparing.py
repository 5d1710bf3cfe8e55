"""Which rooms derivers have not caught up with: one query for all rooms and all derivers."""

import hashlib
from collections.abc import Collection, Iterable, Mapping

from django.db.models import F, FilteredRelation, Q
from django.db.models.functions import Coalesce

from chat.models import DerivedRoom, DeriverCursor, DeriverState, Room
from chat.store.relaxed_transaction import relaxed_transaction

Epochs = Mapping[str, int]
"""The epoch of each deriver, by name."""


def current_epochs(names: Collection[str]) -> dict[str, int]:
    """The epochs of these derivers. One that never ran before gets its row."""
    found = dict(DeriverState.objects.filter(name__in=names).values_list("name", "epoch"))
    if missing := set(names) - found.keys():
        DeriverState.objects.bulk_create([DeriverState(name=name) for name in sorted(missing)], ignore_conflicts=True)
        found = dict(DeriverState.objects.filter(name__in=names).values_list("name", "epoch"))
    return found


def stamp_of(epochs: Epochs) -> int:
    """A number that identifies these derivers in these epochs."""
    digest = hashlib.sha256(repr(sorted(epochs.items())).encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


def rooms_behind(epochs: Epochs, *, most: int) -> list[int]:
    """The ids of at most this many rooms that changed since all derivers were last known to have caught up.

    In no order: sorting them would keep PostgreSQL from joining the tables in the order of their keys, which it does in
    two thirds of the time.
    """
    derived = FilteredRelation("derived", condition=Q(derived__stamp=stamp_of(epochs)))
    rooms = Room.objects.alias(known=derived).alias(reached=Coalesce(F("known__revision"), 0))
    behind = rooms.filter(revision__gt=F("reached"))
    return list(behind.order_by().values_list("pk", flat=True)[:most])


def note_caught_up(room_ids: Iterable[int], epochs: Epochs) -> None:
    """Store how far all derivers together have come in these rooms, for the next comparison.

    The cursors stay locked until then: otherwise a rewind in between could be overlooked.
    """
    with relaxed_transaction():
        cursors = DeriverCursor.objects.select_for_update(no_key=True).filter(room__in=list(room_ids), name__in=epochs)
        reached: dict[int, list[int]] = {}
        for cursor in cursors.order_by("pk"):
            reached.setdefault(cursor.room_id, []).append(cursor.reached(epochs[cursor.name]))
        stamp = stamp_of(epochs)
        known = [
            DerivedRoom(room_id=room_id, revision=min(revisions), stamp=stamp)
            for room_id, revisions in sorted(reached.items())
            if len(revisions) == len(epochs)
        ]
        DerivedRoom.objects.bulk_create(
            known, update_conflicts=True, unique_fields=["room"], update_fields=["revision", "stamp"]
        )
