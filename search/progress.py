"""How much of the index is complete."""

import time
from functools import lru_cache

from django.db.models import F, FilteredRelation, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Least

from chat.models import DeriverState, Room
from search.deriver import NAME
from search.index import the_index

LOOK_SECONDS = 5
"""How long what was read is good for."""

BEHIND = 200
"""An index that lacks fewer changes than this is complete: they are a few seconds old."""


def building() -> float | None:
    """Which part of all changes is in the index, or None if all of them are, except perhaps the newest."""
    return _building(int(time.monotonic() / LOOK_SECONDS))


@lru_cache(maxsize=1)
def _building(_time: int) -> float | None:
    index = the_index()
    if index.is_outside and not index.is_of(_epoch()):
        return 0.0
    done, all_changes = progress()
    return done / all_changes if all_changes - done > BEHIND else None


def forget() -> None:
    """Read again the next time."""
    _building.cache_clear()


def progress() -> tuple[int, int]:
    """How many changes of rooms are in the index, of how many: one query."""
    of_search = Q(deriver_cursors__name=NAME, deriver_cursors__epoch=Subquery(_states().values("epoch")))
    cursor = FilteredRelation("deriver_cursors", condition=of_search)
    reached = Least(Coalesce(F("cursor__revision"), 0), F("revision"))
    sums = Room.objects.alias(cursor=cursor).aggregate(done=Sum(reached), whole=Sum("revision"))
    return sums["done"] or 0, sums["whole"] or 0


def _epoch() -> int:
    return _states().values_list("epoch", flat=True).first() or 0


def _states() -> QuerySet[DeriverState]:
    return DeriverState.objects.filter(name=NAME)
