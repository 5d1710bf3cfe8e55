"""The frames that the server sends."""

import json
from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field, SerializeAsAny

from chat.protocol.commands import Ref
from chat.protocol.frames import changes_frame
from chat.protocol.limits import MEMBERS_IN_FRAME, Limits
from chat.protocol.shapes import (
    Error,
    Excerpt,
    Extras,
    Item,
    Member,
    Message,
    Mine,
    Presence,
    RoomInfo,
    RoomSummary,
    Shape,
    Space,
    Status,
    User,
    Version,
)

RemovalReason = Literal["left", "removed", "deleted"]


class Event(Shape):
    """A frame that the server sends."""

    type: str

    def encode(self) -> str:
        """JSON text. `type` comes first and is never omitted."""
        fields = self.model_dump_json(exclude_defaults=True, exclude={"type"})[1:]
        return f'{{"type":"{self.type}"' + (fields if fields == "}" else "," + fields)


class Hello(Event):
    """The first frame: the user, the limits, the ids of all the user's rooms, the revision of the user's items, and the
    space."""

    type: Literal["hello"] = "hello"
    protocol: str
    connection: str
    epoch: str
    user: User
    limits: Limits
    rooms: list[int]
    me: int
    space: Space | None = None


class Rooms(Event):
    """Some of the reader's rooms; `more` is true if others follow. The live path uses `rooms_frame` instead."""

    type: Literal["rooms"] = "rooms"
    rooms: list[RoomSummary]
    more: bool


class OpenReply(Shape):
    """The state of a room at `revision`: all of it (`reset`), or what changed after the requested revision.

    `created_by`, the id of a person, and `created_at` are part of a reset only. `users` are the authors of these
    messages and the creator, if they are not in the room. `mine` is what the reader has added to these messages.
    `reads` says how far people have read, by their ids; None if the reader is not shown that.
    `contents_text` is the JSON text of the lists and of the
    creation, as members of an object, if it was already encoded for another reader.
    """

    room: RoomSummary
    revision: int
    reset: bool = False
    created_by: int | None = None
    created_at: str | None = None
    messages: Sequence[Message] = ()
    users: Sequence[User] = ()
    members: Sequence[Member] = ()
    has_older: bool = False
    mine: Sequence[Mine] = ()
    reads: dict[int, int] | None = None
    contents_text: str | None = Field(default=None, exclude=True)

    def encode(self) -> str:
        """JSON text."""
        if self.contents_text is None:
            return super().encode()
        flags = "".join(f',"{name}":true' for name in ("reset", "has_older") if getattr(self, name))
        mine = f',"mine":[{",".join(one.encode() for one in self.mine)}]' if self.mine else ""
        reads = "" if self.reads is None else f',"reads":{json.dumps(self.reads, separators=(",", ":"))}'
        return f'{{"room":{self.room.encode()},"revision":{self.revision}{flags}{self.contents_text}{mine}{reads}}}'

    def frames(self, ref: Ref) -> list[str]:
        """The reply and, in a room with many members, the `changes` frames with the other members.

        Only the last frame contains the revision, so a client that is disconnected before it starts over.
        """
        first, others = self.members[:MEMBERS_IN_FRAME], self.members[MEMBERS_IN_FRAME:]
        if not others:
            return [Reply(ref=ref, result=self).encode()]
        head = self.model_copy(update={"revision": 0, "members": first, "contents_text": None})
        return [Reply(ref=ref, result=head).encode(), *self._members_frames(others)]

    def _members_frames(self, members: Sequence[Member]) -> Iterator[str]:
        for start in range(0, len(members), MEMBERS_IN_FRAME):
            is_last = start + MEMBERS_IN_FRAME >= len(members)
            yield changes_frame(
                room=self.room.id,
                since=0,
                revision=self.revision if is_last else 0,
                members=[member.encode() for member in members[start : start + MEMBERS_IN_FRAME]],
            )


class HistoryReply(Shape):
    """A page of messages by position; `users` are the authors who are not in the room.

    `mine` is what the reader has added to these messages.
    """

    messages: list[Message] = []
    users: list[User] = []
    has_older: bool = False
    has_newer: bool = False
    mine: Sequence[Mine] = ()


class MessageReply(Shape):
    """The new state of the message, and its room."""

    room: int
    message: Message


class MineReply(MessageReply):
    """The new state of the message, its room, and what the person has added to it."""

    mine: Mine


class VersionsReply(Shape):
    """The texts of a message as of a revision of it, oldest first. The last one is its current text."""

    id: int
    revision: int
    versions: Sequence[Version]


class PinsReply(Shape):
    """Pinned messages, those that were pinned last first; `users` are the authors who are not in the room."""

    messages: list[Message] = []
    users: list[User] = []
    has_more: bool = False


class ReadReply(Shape):
    """How far the person has read."""

    last_read: int
    unread: int


class RoomReply(Shape):
    """The room with the person's own data."""

    room: RoomSummary


class MeReply(Shape):
    """The reader's items: those that changed after the requested revision, or all that have a value (`reset`)."""

    revision: int
    reset: bool
    items: list[Item]


class ItemReply(Shape):
    """The new state of the item."""

    item: Item


class ItemsReply(Shape):
    """The new states of the items that changed."""

    items: list[Item] = []


class PeopleReply(Shape):
    """The present state of the people whom the client shows, without those whom the person may not see."""

    people: list[Presence] = []


class StatusReply(Shape):
    """The person's status; absent if they have none."""

    status: Status | None = None


class PingReply(Shape):
    """The revisions of the rooms that are open on this connection."""

    rooms: dict[int, int]


class Ok(Shape):
    """A result without fields."""


class Reply(Event):
    """The reply to a command with a `ref`. The fields of `result` are next to `ok` in the frame."""

    type: Literal["reply"] = "reply"
    ref: Ref
    ok: Literal[True] = True
    result: SerializeAsAny[Shape]

    def encode(self) -> str:
        """JSON text, with the fields of the result merged into the frame."""
        head = f'{{"type":"reply","ref":{_encode_ref(self.ref)},"ok":true'
        fields = self.result.encode()[1:]
        return head + ("}" if fields == "}" else "," + fields)


class Refusal(Event):
    """The reply to a command with a `ref` that was refused."""

    type: Literal["reply"] = "reply"
    ref: Ref
    ok: Literal[False] = False
    error: Error

    def encode(self) -> str:
        """JSON text."""
        return f'{{"type":"reply","ref":{_encode_ref(self.ref)},"ok":false,"error":{self.error.encode()}}}'


class ErrorEvent(Event):
    """A refusal of a command without a `ref`."""

    type: Literal["error"] = "error"
    error: Error


class Activity(Event):
    """A change in a room that is not open: at most one per room per second, the newest wins."""

    type: Literal["activity"] = "activity"
    room: int
    message_count: int
    counted: int | None = None
    unread: int
    last_message: Excerpt


class RoomEvent(Event):
    """The reader joined a room, or its settings, or what the reader may do in it, changed."""

    type: Literal["room"] = "room"
    room: RoomSummary


class RoomRemoved(Event):
    """The reader is no longer in a room."""

    type: Literal["room_removed"] = "room_removed"
    room: int
    reason: RemovalReason


class ReadEvent(Event):
    """The reader read this room on another connection."""

    type: Literal["read"] = "read"
    room: int
    last_read: int
    unread: int


class ReadsEvent(Event):
    """Members of an open room have read further, or are not counted any more (null). By the ids of the people.

    The live path uses `reads_frame` instead.
    """

    type: Literal["reads"] = "reads"
    room: int
    reads: dict[int, int | None]


class ThreadsEvent(Event):
    """What is unread in those threads of a room that the reader follows has changed."""

    type: Literal["threads"] = "threads"
    room: int
    unread: int
    mentions: int


class FollowEvent(Event):
    """The reader follows a thread or not, and has read it up to a position, perhaps on another connection."""

    type: Literal["follow"] = "follow"
    room: int
    follows: bool
    last_read: int
    unread: int


class TypingEvent(Event):
    """A member is typing in an open room; expires after 10 s."""

    type: Literal["typing"] = "typing"
    room: int
    user: int
    on: bool


class MineEvent(Event):
    """What the reader has added to messages of an open room has changed. The live path uses `mine_frame` instead."""

    type: Literal["mine"] = "mine"
    room: int
    mine: list[Mine]


class PresenceEvent(Event):
    """The new state of people whom this client shows. The live path uses `presence_frame` instead."""

    type: Literal["presence"] = "presence"
    people: list[Presence]


class LimitsEvent(Event):
    """An administrator changed the limits that `hello` contained."""

    type: Literal["limits"] = "limits"
    limits: Limits


class UserEvent(Event):
    """The reader's own name or picture changed."""

    type: Literal["user"] = "user"
    user: User


class SpaceEvent(Event):
    """The name, the picture or the emoji of the space changed."""

    type: Literal["space"] = "space"
    space: Space


class Restarting(Event):
    """The server is about to close with 4012; clients reconnect after a random 0 to `delay` seconds."""

    type: Literal["restarting"] = "restarting"
    delay: float


class MeChanges(Event):
    """Changes of the reader's own items. The live path uses `me_changes_frame` instead."""

    type: Literal["me_changes"] = "me_changes"
    since: int
    revision: int
    reset: bool
    items: list[Item]


class Changes(Event):
    """Changes in an open room, as the newest state of each changed object.

    The live path never builds this object: `changes_frame` joins texts that were encoded once. The class exists so that
    this file describes all frames.
    """

    type: Literal["changes"] = "changes"
    room: int
    since: int
    revision: int
    messages: list[Message] = []
    extras: list[Extras] = []
    users: list[User] = []
    members: list[Member] = []
    info: RoomInfo | None = None


EVENTS: dict[str, type[Event]] = {
    event.model_fields["type"].default: event
    for event in (
        Hello,
        Rooms,
        Changes,
        Activity,
        RoomEvent,
        RoomRemoved,
        ReadEvent,
        ReadsEvent,
        ThreadsEvent,
        FollowEvent,
        TypingEvent,
        PresenceEvent,
        MineEvent,
        MeChanges,
        LimitsEvent,
        UserEvent,
        SpaceEvent,
        Restarting,
        Reply,
        ErrorEvent,
    )
}


def _encode_ref(ref: Ref) -> str:
    return json.dumps(ref)
