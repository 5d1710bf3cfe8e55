"""The people of direct rooms, whose names are the titles of these rooms."""

from collections.abc import Iterable, Sequence

from chat.models import Membership, Room, User


def load_people(rooms: Iterable[Room]) -> None:
    """Read the people of the direct rooms among these by one query; by none without direct rooms."""
    direct: dict[int, list[Room]] = {}
    for room in rooms:
        if room.kind == Room.Kind.DIRECT:
            direct.setdefault(room.pk, []).append(room)
    if not direct:
        return
    people: dict[int, list[User]] = {room_id: [] for room_id in direct}
    for membership in Membership.objects.filter(room__in=direct).select_related("user").order_by("user_id"):
        people[membership.room_id].append(membership.user)
    for room_id, same in direct.items():
        for room in same:
            room.direct_people = people[room_id]


def others_in(room: Room, reader: User) -> Sequence[User]:
    """The people of a direct room besides the reader; the reader alone in a room of their own."""
    return [person for person in room.direct_people if person.pk != reader.pk] or [reader]


def title_of(room: Room, reader: User) -> str:
    """The name of a room as the reader sees it."""
    if room.kind != Room.Kind.DIRECT:
        return room.name
    return ", ".join(person.name for person in others_in(room, reader))
