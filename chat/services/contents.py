"""What everybody in a room sees when they open it: read and encoded once for all readers, until it changes.

Everything here is the same for every reader, and a revision says exactly when it changed: so what was read at a
revision stays true of that revision, in this process, for as long as there is room to keep it.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

from django.db.models import Max

from chat.models import Message, Room
from chat.protocol.events import Member
from chat.protocol.events import Message as MessageShape
from chat.protocol.limits import OUTBOUND_FRAME_BYTES

ROOMS_KEPT = 128

FRAME_OVERHEAD_BYTES = 64 * 1024
"""What a frame may hold beside its messages: members, the room, the envelope."""

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Encoded(Generic[S]):
    """Shapes, and the JSON text of their array."""

    shapes: Sequence[S]
    text: str


class _Kept(Generic[S]):
    """The newest of each room, of the rooms that were asked for last. Several threads may ask."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, tuple[Hashable, Encoded[S]]] = OrderedDict()
        self._lock = Lock()

    def get(self, room_id: int, version: Hashable, read: Callable[[], Encoded[S]]) -> Encoded[S]:
        """What is kept of this version, or what `read` gives."""
        with self._lock:
            kept = self._kept.get(room_id)
            if kept is not None and kept[0] == version:
                self._kept.move_to_end(room_id)
                return kept[1]
        encoded = read()
        with self._lock:
            self._kept[room_id] = (version, encoded)
            self._kept.move_to_end(room_id)
            while len(self._kept) > ROOMS_KEPT:
                self._kept.popitem(last=False)
        return encoded


_newest: _Kept[MessageShape] = _Kept()
_members: _Kept[Member] = _Kept()


def newest_messages(room: Room, limit: int) -> Encoded[MessageShape]:
    """The newest messages of a room as of its revision, by position: as many of `limit` as fit into a frame."""

    def read() -> Encoded[MessageShape]:
        shapes, _fits = that_fit(list(Message.objects.newest(room.pk)[:limit]))
        shapes.reverse()
        return Encoded(shapes, _array(shapes))

    return _newest.get(room.pk, (room.created_at, room.revision, limit), read)


def current_members(room: Room) -> Encoded[Member]:
    """Everybody who is in a room now."""

    def read() -> Encoded[Member]:
        memberships = room.memberships.current().select_related("user").order_by("pk")
        shapes = [Member.of(membership) for membership in memberships]
        return Encoded(shapes, _array(shapes))

    newest = room.memberships.aggregate(revision=Max("revision"))["revision"]
    return _members.get(room.pk, (room.created_at, newest), read)


def that_fit(messages: Sequence[Message], used: int = 0) -> tuple[list[MessageShape], bool]:
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
    """At most how many bytes a message takes in a frame: four a character, and its envelope."""
    return 4 * (len(message.body) + len(message.html)) + 600


def _array(shapes: Sequence[MessageShape] | Sequence[Member]) -> str:
    return f"[{','.join(shape.encode() for shape in shapes)}]"
