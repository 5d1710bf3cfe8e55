"""Compares direct rooms with the people whose rooms they are."""

from collections.abc import Iterable

from chat.models import PersonItem, Room
from chat.models.room import direct_key


def wrong_direct_rooms(room_ids: Iterable[int]) -> list[str]:
    """A sentence for every direct room of these that is not that of its people, or is closed without a reason, or not
    closed although there is one. Django must be set up."""
    wrong = []
    for room in Room.objects.filter(pk__in=list(room_ids), kind=Room.Kind.DIRECT):
        people = room.direct_people
        ids = [person.pk for person in people]
        if room.direct_key != direct_key(ids):
            wrong.append(f"direct room {room.pk} of {ids} is that of {room.direct_key}")
        is_blocked = len(ids) == 2 and PersonItem.objects.blocks_among(ids).exists()
        is_deserted = len(ids) > 1 and sum(person.is_active for person in people) < 2
        wanted = Room.Closed.DEACTIVATED.value if is_deserted else Room.Closed.REFUSED.value if is_blocked else ""
        if room.closed != wanted:
            wrong.append(f"direct room {room.pk} is closed because {room.closed!r}, not {wanted!r}")
    return wrong
