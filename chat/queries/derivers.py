"""How far derivers have come, for administrators."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import F, FilteredRelation, Q
from django.db.models.functions import Coalesce

from chat.models import DeriverState, Message, Room

ROOMS_LOOKED_AT = 50
"""Rooms whose oldest change is looked for; those that are behind by most changes."""


class Progress(NamedTuple):
    """How many rooms a deriver has not caught up with, and since when, if that is known."""

    rooms_behind: int
    behind_since: datetime | None


def progress_of(state: DeriverState) -> Progress:
    """How far a deriver has come."""
    cursor = FilteredRelation(
        "deriver_cursors", condition=Q(deriver_cursors__name=state.name, deriver_cursors__epoch=state.epoch)
    )
    rooms = Room.objects.alias(cursor=cursor).annotate(reached=Coalesce(F("cursor__revision"), 0))
    behind = rooms.filter(revision__gt=F("reached")).order_by()
    count = behind.count()
    pairs = behind.order_by(F("reached") - F("revision")).values_list("pk", "reached")
    some = pairs[:ROOMS_LOOKED_AT] if count else []
    since = [at for room_id, revision in some if (at := _first_change_after(room_id, revision)) is not None]
    return Progress(count, min(since, default=None))


def _first_change_after(room_id: int, revision: int) -> datetime | None:
    """When the first message that changed after a revision was sent, or when its text last changed."""
    message = Message.objects.changed_since(room_id, revision).first()
    return None if message is None else message.deleted_at or message.edited_at or message.created_at
