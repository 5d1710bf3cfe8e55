"""Events: the frames of the server, the answers to commands, and events of the client itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .shapes import (
    Excerpt,
    Extras,
    Fields,
    Member,
    Message,
    Mine,
    Presence,
    Refusal,
    RoomInfo,
    RoomSummary,
    Status,
    Threads,
    User,
    Version,
)

if TYPE_CHECKING:
    from .outbox import Act


@dataclass(frozen=True, slots=True)
class Event:
    """The base class of all events."""


# --- frames of the server --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Frame(Event):
    """A frame of the server with all its `fields`. Frames of unknown types are instances of this class itself."""

    fields: Fields = field(repr=False)


@dataclass(frozen=True, slots=True)
class Hello(Frame):
    """The first frame of a connection: the user, and the ids of all their rooms."""

    epoch: str
    user: User
    rooms: tuple[int, ...]
    limits: Fields


@dataclass(frozen=True, slots=True)
class Rooms(Frame):
    """Some of the person's rooms; `more` is true if others follow."""

    rooms: tuple[RoomSummary, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Changes(Frame):
    """Changes in an open room after revision `since` up to `revision`: the newest state of each changed object."""

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
    """A new or changed last message in a room that is not open."""

    room: int
    message_count: int
    counted: int
    unread: int
    last_message: Excerpt | None


@dataclass(frozen=True, slots=True)
class RoomChanged(Frame):
    """The person joined a room, or its description changed."""

    room: RoomSummary


@dataclass(frozen=True, slots=True)
class RoomRemoved(Frame):
    """The person is no longer in a room. `reason` is `left`, `removed` or `deleted`."""

    room: int
    reason: str


@dataclass(frozen=True, slots=True)
class Read(Frame):
    """The person has read a room up to this position, perhaps on another connection."""

    room: int
    last_read: int
    unread: int


@dataclass(frozen=True, slots=True)
class ThreadsChanged(Frame):
    """What is unread in those threads of a room that the person follows has changed."""

    room: int
    threads: Threads


@dataclass(frozen=True, slots=True)
class FollowChanged(Frame):
    """The person follows a thread or not, and has read it up to a position, perhaps on another connection."""

    room: int
    follows: bool
    last_read: int
    unread: int


@dataclass(frozen=True, slots=True)
class Typing(Frame):
    """A member started or stopped typing in an open room."""

    room: int
    user: int
    on: bool


@dataclass(frozen=True, slots=True)
class ReadsChanged(Frame):
    """How far members have read an open room, by their ids; None for people who are not counted any more."""

    room: int
    reads: Mapping[int, int | None]


@dataclass(frozen=True, slots=True)
class MineChanged(Frame):
    """What the person has added to messages of an open room changed, perhaps on another connection."""

    room: int
    mine: tuple[Mine, ...]


@dataclass(frozen=True, slots=True)
class PresenceChanged(Frame):
    """The new state of people whom this client shows."""

    people: tuple[Presence, ...]


@dataclass(frozen=True, slots=True)
class Restarting(Frame):
    """The server is about to restart; the client reconnects automatically."""

    delay: float


@dataclass(frozen=True, slots=True)
class Reply(Frame):
    """The reply to a command, before it is matched to the command."""

    ref: int | str
    refusal: Refusal | None


@dataclass(frozen=True, slots=True)
class ErrorFrame(Frame):
    """A command without a `ref` was refused."""

    refusal: Refusal


@dataclass(frozen=True, slots=True)
class CursorGiven(Frame):
    """Over HTTP: from where a later request for events continues, after all frames before this one."""

    cursor: str


@dataclass(frozen=True, slots=True)
class Closed(Frame):
    """Over HTTP: the last frame of a stream that the server ends, with a close code."""

    code: int


# --- answers to commands ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer(Event):
    """A command was carried out. Subclasses contain its result."""

    ref: int
    command: Fields
    fields: Fields = field(repr=False)


@dataclass(frozen=True, slots=True)
class Opened(Answer):
    """A room is open: its whole state (`reset`), or what changed after the revision in the command."""

    room: RoomSummary
    revision: int
    reset: bool
    has_older: bool
    messages: tuple[Message, ...]
    users: tuple[User, ...]
    members: tuple[Member, ...]
    mine: tuple[Mine, ...] = ()
    reads: Mapping[int, int] | None = None
    """How far members have read, by their ids; None if the person is not shown that."""


@dataclass(frozen=True, slots=True)
class Page(Answer):
    """A page of a room's history, by position."""

    room: int
    messages: tuple[Message, ...]
    users: tuple[User, ...]
    has_older: bool
    has_newer: bool
    mine: tuple[Mine, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored(Answer):
    """The state of a message after a command about it; `mine` after `react` and `vote` only."""

    message: Message
    users: tuple[User, ...] = ()
    mine: Mine | None = None


@dataclass(frozen=True, slots=True)
class Versions(Answer):
    """The texts of a message at a revision of it, oldest first. The last one is its current text."""

    message: int
    revision: int
    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class ReadUpTo(Answer):
    """How far the person has read a room."""

    room: int
    last_read: int
    unread: int


@dataclass(frozen=True, slots=True)
class Joined(Answer):
    """The person joined a room, or follows a thread or not."""

    room: RoomSummary


@dataclass(frozen=True, slots=True)
class PeopleShown(Answer):
    """The present state of the people whom this client shows, without those whom the person may not see."""

    people: tuple[Presence, ...]


@dataclass(frozen=True, slots=True)
class StatusSet(Answer):
    """The person's status, or None."""

    status: Status | None


@dataclass(frozen=True, slots=True)
class Pong(Answer):
    """The revisions up to which the server has sent changes of the open rooms, by room."""

    rooms: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Refused(Event):
    """A command was refused, or not answered; then the code is `disconnected` or `unavailable`."""

    ref: int
    command: Fields
    refusal: Refusal


# --- what the client notices -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MessageArrived(Event):
    """A new message in an open room. `author` is None if the server did not send the User."""

    message: Message
    author: User | None


@dataclass(frozen=True, slots=True)
class RoomOpened(Event):
    """An open room is complete, after it was opened for the first time or after a reconnection."""

    room: int


@dataclass(frozen=True, slots=True)
class Gap(Event):
    """Changes of an open room are missing, in violation of the protocol. The client reopens the room automatically."""

    room: int
    held: int
    """The revision that the client holds."""
    missing_since: int


@dataclass(frozen=True, slots=True)
class ActStored(Event):
    """An act of the outbox is stored. `message` is None if the message to delete no longer existed."""

    act: "Act"
    message: Message | None


@dataclass(frozen=True, slots=True)
class ActRefused(Event):
    """An act of the outbox was refused permanently."""

    act: "Act"
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Disconnected(Event):
    """The connection ended. `retry_in` is in seconds, None if the client must not reconnect."""

    code: int
    retry_in: float | None
