"""Caches the contents of rooms: read and encoded once for all readers, until the room changes.

The contents are the same for every reader and can only change with the revision of the room, so what was read at a
revision never becomes invalid, only obsolete.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

from django.db.models import Max

from chat.models import Membership, Message, Room
from chat.models import User as UserRow
from chat.protocol.limits import OUTBOUND_FRAME_BYTES
from chat.protocol.shapes import Excerpt, Member, Shape, User, timestamp
from chat.protocol.shapes import Message as MessageShape
from chat.queries.changes import in_room, people_of

ROOMS_KEPT = 128
"""Rooms whose newest page and members are cached, some 50 KB each."""

RESUMES_KEPT = 16
"""Replies to `open` with `since` that are cached, up to 1 MB each: after a restart many clients have one revision."""

LAST_MESSAGES_KEPT = 5_000
"""Rooms whose last message is cached, some 1 KB each."""

ROOMS_AT_ONCE = 500
"""Most rooms whose last messages one query reads: SQLite refuses more than a thousand conditions."""

FRAME_OVERHEAD_BYTES = 64 * 1024
"""Room in a frame for everything but messages: members, the room, the envelope."""

CONTENTS_BYTES = OUTBOUND_FRAME_BYTES - FRAME_OVERHEAD_BYTES

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class RoomContents:
    """Messages and members of a room, and the authors of these messages and its creator, if they are not members.

    `text` is the JSON text of the lists that are not empty, and of who created the room and when, as members of an
    object, each preceded by a comma.
    """

    messages: Sequence[MessageShape] = ()
    users: Sequence[User] = ()
    members: Sequence[Member] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class EncodedMembers:
    """Members, and the JSON text of their array."""

    shapes: Sequence[Member]
    text: str


class VersionedLRU(Generic[V]):
    """An LRU cache of the newest version of each value. Thread-safe."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._kept: OrderedDict[Hashable, tuple[Hashable, V]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, version: Hashable, read: Callable[[], V]) -> V:
        """Return the cached value if it is of this version, else cache and return the result of `read`."""
        value = self.find(key, version)
        if value is None:
            value = read()
            self.keep(key, version, value)
        return value

    def find(self, key: Hashable, version: Hashable) -> V | None:
        """Return the cached value if it is of this version, else None."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept[0] != version:
                return None
            self._kept.move_to_end(key)
            return kept[1]

    def keep(self, key: Hashable, version: Hashable, value: V) -> None:
        """Cache a value, and drop the least recently used ones."""
        with self._lock:
            self._kept[key] = (version, value)
            self._kept.move_to_end(key)
            while len(self._kept) > self.size:
                self._kept.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Changed:
    """What changed in a room after a revision; `fits` if all of it fits into one frame."""

    contents: RoomContents
    fits: bool


@dataclass(frozen=True, slots=True)
class Last:
    """The last message of a room, if it has one."""

    excerpt: Excerpt | None


_contents: VersionedLRU[RoomContents] = VersionedLRU(ROOMS_KEPT)
_members: VersionedLRU[EncodedMembers] = VersionedLRU(ROOMS_KEPT)
_changed: VersionedLRU[Changed] = VersionedLRU(RESUMES_KEPT)
_last: VersionedLRU[Last] = VersionedLRU(LAST_MESSAGES_KEPT)


def room_contents(room: Room, limit: int) -> RoomContents:
    """Return the members of a room, and its newest messages: up to `limit`, as many as fit into a frame."""

    def read() -> RoomContents:
        messages, _fits = fit_to_frame(list(Message.objects.newest(room.pk)[:limit]))
        messages.reverse()
        members = _current_members(room)
        inside = {member.user.id for member in members.shapes}
        known = people_in(messages) | {room.created_by_id}
        users = strangers(room.pk, known - inside)
        text = f',"created_by":{room.created_by_id},"created_at":"{timestamp(room.created_at)}"'
        text += _lists(messages=messages, users=users) + f',"members":{members.text}'
        return RoomContents(messages=messages, users=users, members=members.shapes, text=text)

    return _contents.get(room.pk, (room.created_at, room.revision, limit), read)


def _current_members(room: Room) -> EncodedMembers:
    """Everybody who is in a room now. Cached separately, because most changes of a room are messages."""

    def read() -> EncodedMembers:
        memberships = room.memberships.current().select_related("user").order_by("pk")
        shapes = [Member.of(membership) for membership in memberships]
        return EncodedMembers(shapes, _array(shapes))

    newest = room.memberships.aggregate(revision=Max("revision"))["revision"]
    return _members.get(room.pk, (room.created_at, newest), read)


def changed_since(room: Room, since: int) -> Changed:
    """Return what changed in a room after a revision, up to its own, including members who left.

    Every message is whole: a client that was cut off between two frames of one flush has a revision up to which it
    need not have all texts.
    """

    def read() -> Changed:
        messages, fits = fit_to_frame(list(Message.objects.changed_since(room.pk, since)))
        members = [Member.of(membership) for membership in Membership.objects.changed_since(room.pk, since)]
        users = strangers(room.pk, people_in(messages))
        text = _lists(messages=messages, users=users, members=members)
        return Changed(RoomContents(messages, users, members, text), fits)

    return _changed.get((room.pk, since), (room.created_at, room.revision), read)


def people_in(messages: Iterable[MessageShape]) -> set[int]:
    """The authors of these messages, and of those that they quote."""
    return {user_id for message in messages for user_id in people_of(message.author, message.extras)}


def strangers(room_id: int, author_ids: Iterable[int]) -> list[User]:
    """The authors who are not in a room, by one query."""
    users = UserRow.objects.filter(~in_room(room_id), pk__in=set(author_ids)).order_by("pk")
    return [User.of(user) for user in users]


def last_messages(rooms: Iterable[Room]) -> dict[int, Excerpt | None]:
    """The excerpts of the last messages of these rooms, as of their revisions, by room id; usually one query."""
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
    return Excerpt.of(MessageShape.of(message), User.of(message.author))


def fit_to_frame(messages: Sequence[Message], used: int = 0) -> tuple[list[MessageShape], bool]:
    """Return the shapes of the first messages that fit into a frame beside `used` bytes, and whether all fit."""
    shapes: list[MessageShape] = []
    bytes_left = CONTENTS_BYTES - used
    for message in messages:
        shape = MessageShape.of(message)
        bytes_left -= frame_bytes(shape)
        if bytes_left < 0 and shapes:
            return shapes, False
        shapes.append(shape)
    return shapes, True


def frame_bytes(message: MessageShape) -> int:
    """The most bytes that a message may take in a frame: six per character (\\u0001), its extras, and its envelope."""
    extras = len(json.dumps(message.extras)) if message.extras else 0
    return 6 * (len(message.body) + len(message.html or "")) + extras + 600


def _lists(**lists: Sequence[Shape]) -> str:
    return "".join([f',"{name}":{_array(shapes)}' for name, shapes in lists.items() if shapes])


def _array(shapes: Sequence[Shape]) -> str:
    return f"[{','.join(shape.encode() for shape in shapes)}]"
