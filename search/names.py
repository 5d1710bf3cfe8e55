"""The people and rooms that one reader can name in a query: those that they may know of."""

from collections.abc import Sequence
from functools import cached_property

from django.db.models import Q

from chat.models import Membership, Room, User
from chat.models.room import direct_key
from chat.unicode import fold

ME = ("me", "@me", "나", "@나")


class Names:
    """Looks names up for one reader. What they may not know of is not found, as if it did not exist."""

    def __init__(self, reader: User) -> None:
        self._reader = reader

    @cached_property
    def room_ids(self) -> set[int]:
        """The rooms that the reader is in."""
        return set(Room.objects.of(self._reader).values_list("pk", flat=True))

    @cached_property
    def _rooms(self) -> Sequence[Room]:
        return list(Room.objects.of(self._reader))

    def person(self, name: str) -> User | None:
        """The person with this username, or the only one with this name."""
        if fold(name) in ME:
            return self._reader
        met = Membership.objects.filter(room__in=Room.objects.of(self._reader).values("pk")).values("user")
        known = User.objects.filter(Q(pk__in=User.objects.known_to(self._reader).values("pk")) | Q(pk__in=met))
        called: User | None = known.filter(username=fold(name).removeprefix("@")).first()
        if called is not None:
            return called
        named = list(known.filter(display_name__iexact=name.removeprefix("@"))[:2])
        return named[0] if len(named) == 1 else None

    def room(self, name: str) -> Room | None:
        """The room of the reader with this address or name, or for `@name` their direct room with that person."""
        if name.startswith("@"):
            return self._direct_room(name)
        wanted = fold(name.removeprefix("#"))
        rooms = [room for room in self._rooms if room.kind != Room.Kind.DIRECT]
        by_address = next((room for room in rooms if room.slug == wanted), None)
        return by_address or next((room for room in rooms if fold(room.name) == wanted), None)

    def _direct_room(self, name: str) -> Room | None:
        user = self.person(name)
        if user is None:
            return None
        key = direct_key({user.pk, self._reader.pk})
        return next((room for room in self._rooms if room.direct_key == key), None)

    def direct_rooms_with(self, user: User) -> set[int]:
        """The direct rooms that the reader shares with a person."""
        direct = [room.pk for room in self._rooms if room.kind == Room.Kind.DIRECT]
        return set(Membership.objects.filter(user=user, room__in=direct).values_list("room_id", flat=True))
