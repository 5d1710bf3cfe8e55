"""What a client of a stream has received so far, read from the frames that it was sent."""

import re
from typing import NamedTuple, Self

from chat.live.person import Person
from chat.protocol import PROTOCOL
from chat.protocol.events import RoomEvent
from chat.protocol.shapes import User, later
from chat.queries.rooms import MembershipState
from chat.queries.space import current_limits, held_space
from chat.streams.cursor import STAMP_BYTES, Cursor, digest

NUMBER = "[0-9]{1,16}"
REVISIONS = f'"since":(?P<since>{NUMBER}),"revision":(?P<revision>{NUMBER})'
CHANGES = re.compile(rf'\{{"type":"changes","room":(?P<room>{NUMBER}),{REVISIONS}')
ME_CHANGES = re.compile(rf'\{{"type":"me_changes",{REVISIONS}')
ROOM_REMOVED = re.compile(rf'\{{"type":"room_removed","room":(?P<room>{NUMBER})')
PATTERNS = {"changes": CHANGES, "me_changes": ME_CHANGES, "room_removed": ROOM_REMOVED}
ROOM = '{"type":"room",'
ROOMS = '{"type":"rooms",'
LAST = '"more":false}'
STAMPED = ('{"type":"read",', '{"type":"threads",')
"""Frames without a revision about what `hello` and the rooms say: they change the stamp of a cursor."""

CHANGES_HELLO = ('{"type":"user",', '{"type":"limits",', '{"type":"space",')

NOT_GREETED = bytes(STAMP_BYTES)


class SnapshotText(str):
    """The text of a reply with the whole state of a room, or with its first part (`revision` is then 0)."""

    __slots__ = ("revision", "room")

    room: int
    revision: int

    def __new__(cls, text: str, room: int, revision: int) -> Self:
        made = super().__new__(cls, text)
        made.room, made.revision = room, revision
        return made


class Effect(NamedTuple):
    """What a frame adds to what its client has: `kind` is the type of the frame."""

    kind: str
    room: int = 0
    since: int = 0
    revision: int = 0


def effect_of(text: str) -> Effect | None:
    """The effect of a frame; None if it has none on a cursor."""
    if isinstance(text, SnapshotText):
        return Effect("changes", text.room, 0, text.revision)
    for kind, pattern in PATTERNS.items():
        if found := pattern.match(text):
            return Effect(kind, **{name: int(value) for name, value in found.groupdict().items()})
    if text.startswith(ROOM):
        room = RoomEvent.model_validate_json(text).room
        return Effect("room", room.id, 0, room.revision)
    if text.startswith(ROOMS) and text.endswith(LAST):
        return Effect("greeted")
    if text.startswith(STAMPED):
        return Effect("stamped")
    return Effect("hello") if text.startswith(CHANGES_HELLO) else None


class Progress:
    """The changing cursor of one stream. `rooms` holds revisions by room, for rooms whose changes are sent."""

    __slots__ = ("_digest", "_held", "_hello", "_limit", "epoch", "is_greeted", "me", "person", "rooms")

    def __init__(self, person: Person, *, epoch: bytes, limit: set[int] | None = None) -> None:
        self.person = person
        self.epoch = epoch
        self._limit = limit
        self.me = 0
        self.rooms: dict[int, int] = {}
        self.is_greeted = False
        self._hello = self._digest = b""
        self._held: tuple[list[int], list[MembershipState]] = ([], [])
        """What the digest was computed from: comparing it costs a tenth of computing it."""

    def note(self, effect: Effect) -> None:
        """The client was sent a frame with this effect, after all frames before it."""
        kind, room, since, revision = effect
        if kind == "changes":
            self.rooms[room] = revision
        elif kind == "me_changes":
            if since <= self.me:
                self.me = max(self.me, revision)
        elif kind == "room_removed":
            self.rooms.pop(room, None)
        elif kind == "greeted":
            self.is_greeted = True
        elif kind == "hello":
            self._hello = b""

    def resume(self, cursor: Cursor) -> bool:
        """Continue from a cursor of this epoch. Returns whether `hello` and the rooms have not changed since."""
        self.me = cursor.me
        self.is_greeted = cursor.stamp == self._stamp()
        return self.is_greeted

    def cursor(self) -> str:
        """The text of the present cursor."""
        stamp = self._stamp() if self.is_greeted else NOT_GREETED
        return Cursor(self.epoch, stamp, self.me, self.rooms).pack()

    def _stamp(self) -> bytes:
        """Identifies what is sent without a revision, but can be sent again: `hello` and how far the person has read.

        Computed from what this process holds, so it can differ from that of another one although nothing has changed.
        """
        held = (list(self.person.rooms), list(self.person.rooms.values()))
        if self._hello and held == self._held:
            return self._digest
        self._held = held
        if not self._hello:
            parts = (PROTOCOL, User.of(self.person.user).encode(), current_limits().encode(), held_space())
            self._hello = digest(parts, STAMP_BYTES)
        places = [
            (room, place.role, place.notify, place.last_read, place.unread_threads, place.thread_mentions)
            if place.muted_until is None
            else (room, place.role, place.notify, place.last_read, later(place.muted_until))
            for room, place in sorted(self.person.rooms.items())
            if self._limit is None or room in self._limit
        ]
        self._digest = digest((self._hello, places), STAMP_BYTES)
        return self._digest
