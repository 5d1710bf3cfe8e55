"""What a client is told: the events of the server, the answers to commands, and what the client itself notices."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from client.shapes import Excerpt, Extras, Fields, Member, Message, Refusal, RoomInfo, RoomSummary, User

if TYPE_CHECKING:
    from client.outbox import Act


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened."""


# --- frames of the server --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Frame(Event):
    """A frame of the server. `fields` is all of it; a Frame of no other class has a type that this client ignores."""

    fields: Fields = field(repr=False)


@dataclass(frozen=True, slots=True)
class Hello(Frame):
    """The first frame of a connection: who I am, and the ids of all my rooms."""

    epoch: str
    user: User
    rooms: tuple[int, ...]
    limits: Fields


@dataclass(frozen=True, slots=True)
class Rooms(Frame):
    """Some of my rooms; `more` follow."""

    rooms: tuple[RoomSummary, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Changes(Frame):
    """What changed in an open room after revision `since` and up to `revision`: the newest state of each thing."""

    room: int
    since: int
    revision: int
    messages: tuple[Message, ...] = ()
    extras: tuple[Extras, ...] = ()
    users: tuple[User, ...] = ()
    members: tuple[Member, ...] = ()
    info: RoomInfo | None = None


@dataclass(frozen=True, slots=True)
class Activity(Frame):
    """Something was said in a room that is not open."""

    room: int
    message_count: int
    counted: int
    unread: int
    last_message: Excerpt | None


@dataclass(frozen=True, slots=True)
class RoomChanged(Frame):
    """A room became mine, or is described in another way."""

    room: RoomSummary


@dataclass(frozen=True, slots=True)
class RoomRemoved(Frame):
    """A room is no longer mine. `reason` is `left`, `removed` or `deleted`."""

    room: int
    reason: str


@dataclass(frozen=True, slots=True)
class Read(Frame):
    """I have read a room up to here, perhaps elsewhere."""

    room: int
    last_read: int
    unread: int


@dataclass(frozen=True, slots=True)
class Typing(Frame):
    """Somebody began or stopped to type in an open room."""

    room: int
    user: int
    on: bool


@dataclass(frozen=True, slots=True)
class Restarting(Frame):
    """The server is about to restart; the client reconnects by itself."""

    delay: float


@dataclass(frozen=True, slots=True)
class Reply(Frame):
    """The answer to a command, before it is known which."""

    ref: int | str
    refusal: Refusal | None


@dataclass(frozen=True, slots=True)
class ErrorFrame(Frame):
    """A command without a `ref` was refused."""

    refusal: Refusal


# --- answers to commands ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer(Event):
    """A command was carried out. Subclasses have what it gave."""

    ref: int
    command: Fields
    fields: Fields = field(repr=False)


@dataclass(frozen=True, slots=True)
class Opened(Answer):
    """A room is open: whole (`reset`), or what changed since the revision that the command named."""

    room: RoomSummary
    revision: int
    reset: bool
    has_older: bool
    messages: tuple[Message, ...]
    extras: tuple[Extras, ...]
    users: tuple[User, ...]
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Page(Answer):
    """A page of a room's history, by position."""

    room: int
    messages: tuple[Message, ...]
    users: tuple[User, ...]
    has_older: bool
    has_newer: bool


@dataclass(frozen=True, slots=True)
class Stored(Answer):
    """A message as it is stored after `send`, `edit` or `delete`."""

    message: Message
    users: tuple[User, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadUpTo(Answer):
    """How far I have read a room now."""

    room: int
    last_read: int
    unread: int


@dataclass(frozen=True, slots=True)
class Joined(Answer):
    """A room is mine now."""

    room: RoomSummary


@dataclass(frozen=True, slots=True)
class Pong(Answer):
    """The revisions to which the server has brought the open rooms, by room."""

    rooms: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Refused(Event):
    """A command was refused, or was not answered: then the code is `disconnected` or `unavailable`."""

    ref: int
    command: Fields
    refusal: Refusal


# --- what the client notices -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MessageArrived(Event):
    """A message in an open room that was not held before. `author` is None if the server did not say who that is."""

    message: Message
    author: User | None


@dataclass(frozen=True, slots=True)
class RoomOpened(Event):
    """An open room is complete as of now: opened for the first time, or again after a reconnection."""

    room: int


@dataclass(frozen=True, slots=True)
class Gap(Event):
    """Changes of an open room are missing, against the protocol. The client opens the room again by itself."""

    room: int
    held: int
    """The revision that is held."""
    missing_since: int


@dataclass(frozen=True, slots=True)
class ActStored(Event):
    """Something in the outbox is stored. `message` is None if it was already gone when it was to be deleted."""

    act: "Act"
    message: Message | None


@dataclass(frozen=True, slots=True)
class ActRefused(Event):
    """Something in the outbox was refused for good."""

    act: "Act"
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Disconnected(Event):
    """The connection ended. `retry_in` is in seconds, None if the client must not reconnect."""

    code: int
    retry_in: float | None
