"""The events of the bus, each addressed to a group of the channel layer. `chat/bus/encoding.py` turns them into dicts.

To add one, define its class, add it to `Event`, and handle it in `chat/live/bus_events.py`; mypy reports a missing
handler.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from chat.bus.groups import presence_group, room_group, space_group, user_group

if TYPE_CHECKING:
    from chat.protocol.events import RemovalReason  # which loads the models


SYSTEM_KIND = '"kind":"system"'
KIND_WITHIN = 300
"""Where the kind of a system line is in its JSON text. Quotation marks that people type are escaped there."""


class MessageItem(NamedTuple):
    """The newest state of one message as JSON text, and the fields that the hub needs without parsing it.

    If only the extras changed, `extras` is the JSON text of an `Extras`: enough for clients that have the text as of
    `text_revision`.
    """

    id: int
    revision: int
    position: int
    author: int
    counted: int
    text: str
    text_revision: int = 0
    extras: str = ""

    @property
    def is_system(self) -> bool:
        """Whether it is a system line: these have no text, so their kind is near the beginning of the JSON text."""
        return SYSTEM_KIND in self.text[:KIND_WITHIN]


class AuthorItem(NamedTuple):
    """The author of a message in a change, as JSON text. Clients already know authors who are members."""

    user: int
    is_member: bool
    text: str


class MemberItem(NamedTuple):
    """The newest state of one member, with its JSON text."""

    user: int
    revision: int
    role: str
    left: bool
    text: str


class ReactorItem(NamedTuple):
    """All reactions of a person to one message, after they changed at `revision`, as the JSON text of a `Mine`.

    It is only for the connections of this person.
    """

    user: int
    revision: int
    text: str


class PersonHere(NamedTuple):
    """A person, and the state of their connections to a process: a value of `chat.protocol.presence.State`."""

    user: int
    state: str


class ItemState(NamedTuple):
    """The newest state of one item of a person, with its JSON text."""

    kind: str
    key: str
    revision: int
    text: str


# --- for the people in a room ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RoomEvent:
    """Base class of events for the people in a room."""

    room: int

    @property
    def group(self) -> str:
        return room_group(self.room)


@dataclass(frozen=True, slots=True)
class RoomChanged(RoomEvent):
    """All that one transaction changed in one room, between revisions `since` and `revision`.

    `info` is the JSON text of the room's settings, if they changed.
    """

    TYPE: ClassVar = "room.changed"

    since: int
    revision: int
    message_count: int = field(metadata={"encoded_as": "count"})
    counted: int
    messages: tuple[MessageItem, ...] = ()
    authors: tuple[AuthorItem, ...] = ()
    members: tuple[MemberItem, ...] = ()
    info: str | None = None
    reactors: tuple[ReactorItem, ...] = field(default=(), metadata={"may_be_absent": True})


@dataclass(frozen=True, slots=True)
class Typing(RoomEvent):
    """A person types in a room, or has stopped. `text` is the frame for the others who have the room open."""

    TYPE: ClassVar = "room.typing"

    user: int
    text: str


@dataclass(frozen=True, slots=True)
class MemberRead(RoomEvent):
    """A member has read the room up to a position, and the room shows it."""

    TYPE: ClassVar = "room.read"

    user: int
    position: int


@dataclass(frozen=True, slots=True)
class RoomDeleted(RoomEvent):
    """A room was deleted, and disappears for everybody."""

    TYPE: ClassVar = "room.deleted"


# --- for one person's connections ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PersonEvent:
    """Base class of events for the connections of one person."""

    user: int

    @property
    def group(self) -> str:
        return user_group(self.user)


@dataclass(frozen=True, slots=True)
class PersonChanged(PersonEvent):
    """Changes of one person's items between revisions `since` and `revision`.

    With `reset`, set only by reads from the database, `items` lists all items that have a value.
    """

    TYPE: ClassVar = "user.changed"

    since: int
    revision: int
    items: tuple[ItemState, ...]
    reset: bool = field(default=False, metadata={"encoded_as": None})


@dataclass(frozen=True, slots=True)
class MemberJoined(PersonEvent):
    """The person entered a room, which is now at `revision`. `summary` is their RoomSummary as JSON text.

    `muted_until` is the time until which they are muted there, in seconds since 1970, or 0.
    """

    TYPE: ClassVar = "user.control"
    KIND: ClassVar = "joined"

    room: int
    revision: int
    role: str
    notify: str
    last_read: int
    counted_read: int
    summary: str
    muted_until: float = field(default=0, metadata={"may_be_absent": True})


@dataclass(frozen=True, slots=True)
class MemberRemoved(PersonEvent):
    """The person left a room, or was removed from it, at `revision`."""

    TYPE: ClassVar = "user.control"
    KIND: ClassVar = "removed"

    room: int
    revision: int
    reason: "RemovalReason"


@dataclass(frozen=True, slots=True)
class RoomRead(PersonEvent):
    """The person has read a room up to position `last_read`; `unread` messages follow it."""

    TYPE: ClassVar = "user.control"
    KIND: ClassVar = "read"

    room: int
    last_read: int
    counted_read: int
    unread: int


@dataclass(frozen=True, slots=True)
class ThreadsChanged(PersonEvent):
    """What is unread in those threads of a room that the person follows: threads and mentions.

    `follow` is the frame that says whether they follow one of them, and how far they have read it, if that changed.
    """

    TYPE: ClassVar = "user.control"
    KIND: ClassVar = "threads"

    room: int
    unread: int
    mentions: int
    follow: str = ""


@dataclass(frozen=True, slots=True)
class SessionEnded(PersonEvent):
    """The person signed out. `credential` is the name of that of the session."""

    TYPE: ClassVar = "user.control"
    KIND: ClassVar = "signed_out"

    credential: str


@dataclass(frozen=True, slots=True)
class Deactivated(PersonEvent):
    """The person was deactivated."""

    TYPE: ClassVar = "user.control"
    KIND: ClassVar = "deactivated"


@dataclass(frozen=True, slots=True)
class AccessChanged(PersonEvent):
    """The person's permissions, name or picture changed, or some of their sessions ended: they must be read again."""

    TYPE: ClassVar = "user.control"
    KIND: ClassVar = "check"


# --- for all processes -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SpaceChanged:
    """The name, the settings or the emoji of the space changed, and must be read again."""

    TYPE: ClassVar = "space.changed"

    @property
    def group(self) -> str:
        return space_group()


@dataclass(frozen=True, slots=True)
class PresenceReported:
    """Who is connected to a process: everybody (`is_whole`), or only the people whose state has changed.

    With `asks`, the process has just subscribed, and the others report soon.
    """

    TYPE: ClassVar = "presence.reported"

    process: str
    people: tuple[PersonHere, ...]
    is_whole: bool
    asks: bool = False

    @property
    def group(self) -> str:
        return presence_group()


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """A person has another status, or none. `status` is the JSON text of a Status, or empty."""

    TYPE: ClassVar = "presence.status"

    user: int
    version: int
    status: str

    @property
    def group(self) -> str:
        return presence_group()


Event = (
    RoomChanged
    | Typing
    | MemberRead
    | RoomDeleted
    | PersonChanged
    | MemberJoined
    | MemberRemoved
    | RoomRead
    | ThreadsChanged
    | SessionEnded
    | Deactivated
    | AccessChanged
    | SpaceChanged
    | PresenceReported
    | StatusChanged
)
