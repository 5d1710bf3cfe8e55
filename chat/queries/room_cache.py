"""What everybody in a room sees when they open it: read and encoded once for all readers, until it changes.

Everything here is the same for every reader, and a revision says exactly when it changed: so what was read at a
revision stays true of that revision, in this process, for as long as there is room to keep it.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

from django.db.models import Max

from chat.models import Membership, Message, Room
from chat.protocol.limits import OUTBOUND_FRAME_BYTES
from chat.protocol.shapes import Excerpt, Member
from chat.protocol.shapes import Message as MessageShape

ROOMS_KEPT = 128
"""Rooms of which the newest page and the members are kept: some 50 KB each."""

RESUMES_KEPT = 16
"""Answers to `open` with `since` that are kept, up to 1 MB each: after a restart many come back from one revision."""

LAST_MESSAGES_KEPT = 5_000
"""Rooms of which the last message is kept: some 1 KB each."""

ROOMS_AT_ONCE = 500
"""Most rooms whose last messages one query reads: SQLite refuses conditions of more than a thousand parts."""

FRAME_OVERHEAD_BYTES = 64 * 1024
"""What a frame may hold beside its messages: members, the room, the envelope."""

S = TypeVar("S")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class EncodedList(Generic[S]):
    """Shapes, and the JSON text of their array."""

    shapes: Sequence[S]
    text: str


class VersionedLRU(Generic[V]):
    """The newest version of each thing, of those that were asked for last. Several threads may ask."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._kept: OrderedDict[Hashable, tuple[Hashable, V]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, version: Hashable, read: Callable[[], V]) -> V:
        """What is kept of this version, or what `read` gives."""
        value = self.find(key, version)
        if value is None:
            value = read()
            self.keep(key, version, value)
        return value

    def find(self, key: Hashable, version: Hashable) -> V | None:
        """What is kept of this version."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept[0] != version:
                return None
            self._kept.move_to_end(key)
            return kept[1]

    def keep(self, key: Hashable, version: Hashable, value: V) -> None:
        """Keep this, and let go of what was asked for longest ago."""
        with self._lock:
            self._kept[key] = (version, value)
            self._kept.move_to_end(key)
            while len(self._kept) > self.size:
                self._kept.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Changed:
    """What changed in a room after a revision; `fits` says whether all of it goes into one frame."""

    messages: EncodedList[MessageShape]
    members: EncodedList[Member]
    fits: bool


@dataclass(frozen=True, slots=True)
class Last:
    """The last message of a room, if it has one."""

    excerpt: Excerpt | None


_newest: VersionedLRU[EncodedList[MessageShape]] = VersionedLRU(ROOMS_KEPT)
_members: VersionedLRU[EncodedList[Member]] = VersionedLRU(ROOMS_KEPT)
_members_now: VersionedLRU[EncodedList[Member]] = VersionedLRU(ROOMS_KEPT)
_changed: VersionedLRU[Changed] = VersionedLRU(RESUMES_KEPT)
_last: VersionedLRU[Last] = VersionedLRU(LAST_MESSAGES_KEPT)


def newest_messages(room: Room, limit: int) -> EncodedList[MessageShape]:
    """The newest messages of a room as of its revision, by position: as many of `limit` as fit into a frame."""

    def read() -> EncodedList[MessageShape]:
        shapes, _fits = fit_to_frame(list(Message.objects.newest(room.pk)[:limit]))
        shapes.reverse()
        return EncodedList(shapes, _array(shapes))

    return _newest.get(room.pk, (room.created_at, room.revision, limit), read)


def current_members(room: Room) -> EncodedList[Member]:
    """Everybody who is in a room now."""

    def read() -> EncodedList[Member]:
        memberships = room.memberships.current().select_related("user").order_by("pk")
        shapes = [Member.of(membership) for membership in memberships]
        return EncodedList(shapes, _array(shapes))

    def find() -> EncodedList[Member]:
        """Most changes of a room are messages: then the members of an earlier revision are still those."""
        newest = room.memberships.aggregate(revision=Max("revision"))["revision"]
        return _members.get(room.pk, (room.created_at, newest), read)

    return _members_now.get(room.pk, (room.created_at, room.revision), find)


def changed_since(room: Room, since: int) -> Changed:
    """What changed in a room after a revision, up to its own, people who left included."""

    def read() -> Changed:
        shapes, fits = fit_to_frame(list(Message.objects.changed_since(room.pk, since)))
        members = [Member.of(membership) for membership in Membership.objects.changed_since(room.pk, since)]
        return Changed(EncodedList(shapes, _array(shapes)), EncodedList(members, _array(members)), fits)

    return _changed.get((room.pk, since), (room.created_at, room.revision), read)


def last_messages(rooms: Iterable[Room]) -> dict[int, Excerpt | None]:
    """The excerpts of the last messages of these rooms as of their revisions, by room id: mostly one query."""
    found: dict[int, Excerpt | None] = {}
    unknown: list[Room] = []
    for room in rooms:
        kept = _last.find(room.pk, (room.created_at, room.revision))
        if kept is None:
            unknown.append(room)
        else:
            found[room.pk] = kept.excerpt
    for start in range(0, len(unknown), ROOMS_AT_ONCE):
        found |= _read_last(unknown[start : start + ROOMS_AT_ONCE])
    return found


def _read_last(rooms: Sequence[Room]) -> dict[int, Excerpt | None]:
    read = {message.room_id: excerpt_of(message) for message in Message.objects.last_of(rooms)}
    for room in rooms:
        _last.keep(room.pk, (room.created_at, room.revision), Last(read.get(room.pk)))
    return {room.pk: read.get(room.pk) for room in rooms}


def excerpt_of(message: Message) -> Excerpt:
    """The excerpt of a message whose author is loaded."""
    return Excerpt.of(MessageShape.of(message))


def fit_to_frame(messages: Sequence[Message], used: int = 0) -> tuple[list[MessageShape], bool]:
    """The shapes of as many of these, from the first on, as fit a frame beside `used` bytes; and whether all did."""
    shapes: list[MessageShape] = []
    bytes_left = OUTBOUND_FRAME_BYTES - FRAME_OVERHEAD_BYTES - used
    for message in messages:
        shape = MessageShape.of(message)
        bytes_left -= frame_bytes(shape)
        if bytes_left < 0 and shapes:
            return shapes, False
        shapes.append(shape)
    return shapes, True


def frame_bytes(message: MessageShape) -> int:
    """At most how many bytes a message takes in a frame: six a character (\\u0001), and its envelope."""
    return 6 * (len(message.body) + len(message.html)) + 600


def _array(shapes: Sequence[MessageShape] | Sequence[Member]) -> str:
    return f"[{','.join(shape.encode() for shape in shapes)}]"
