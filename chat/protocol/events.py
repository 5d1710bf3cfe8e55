"""What the server may say, and the shapes in it. A shape is made from a row by `of`, and is the same for every reader
unless its docstring says otherwise."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny

from chat import models
from chat.protocol import PROTOCOL
from chat.protocol.commands import Ref
from chat.protocol.errors import ChatError
from chat.protocol.limits import MEMBERS_IN_FRAME, Limits


class Shape(BaseModel):
    """Something that travels. `encode` gives the JSON text of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def encode(self) -> str:
        """JSON text, without spaces."""
        return self.model_dump_json()


class User(Shape):
    """A person or bot."""

    id: int
    username: str
    name: str
    avatar: str | None
    bot: bool

    @classmethod
    def of(cls, user: models.User) -> "User":
        """The shape of a row."""
        return cls.model_construct(
            id=user.pk,
            username=user.username,
            name=user.name,
            avatar=user.avatar.url if user.avatar else None,
            bot=user.is_bot,
        )


class Message(Shape):
    """One message, or the tombstone of one (`deleted`, with empty body and html)."""

    id: int
    room: int
    position: int
    revision: int
    key: str
    kind: str
    author: User
    body: str
    html: str
    created_at: datetime
    edited_at: datetime | None
    deleted: bool
    reply_to: int | None

    @classmethod
    def of(cls, message: models.Message) -> "Message":
        """The shape of a row whose author is loaded."""
        return cls.model_construct(
            id=message.pk,
            room=message.room_id,
            position=message.position,
            revision=message.revision,
            key=str(message.key),
            kind=message.kind,
            author=User.of(message.author),
            body=message.body,
            html=message.html,
            created_at=message.created_at,
            edited_at=message.edited_at,
            deleted=message.is_deleted,
            reply_to=message.reply_to_id,
        )


class Member(Shape):
    """Somebody in a room, or somebody who left it (`left`)."""

    room: int
    user: User
    role: str
    revision: int
    left: bool

    @classmethod
    def of(cls, membership: models.Membership) -> "Member":
        """The shape of a row whose user is loaded."""
        return cls.model_construct(
            room=membership.room_id,
            user=User.of(membership.user),
            role=membership.role,
            revision=membership.revision,
            left=membership.has_left,
        )


class RoomInfo(Shape):
    """A room without anything of the reader's own: what `changes` carries as `info`."""

    id: int
    slug: str | None
    name: str
    topic: str
    kind: str
    archived: bool
    revision: int
    message_count: int

    @classmethod
    def of(cls, room: models.Room) -> "RoomInfo":
        """The shape of a row."""
        return cls.model_construct(**_room_fields(room))


class RoomSummary(RoomInfo):
    """A room as its reader has it in the sidebar."""

    role: str
    notify: str
    last_read: int
    unread: int
    last_message: Message | None

    @classmethod
    def for_member(cls, membership: models.Membership, last_message: models.Message | None) -> "RoomSummary":
        """The shape for the person of a membership whose room is loaded."""
        room = membership.room
        return cls.model_construct(
            **_room_fields(room),
            role=membership.role,
            notify=membership.notify,
            last_read=membership.last_read,
            unread=unread(room.message_count, membership.last_read),
            last_message=None if last_message is None else Message.of(last_message),
        )


def _room_fields(room: models.Room) -> dict[str, Any]:
    return {
        "id": room.pk,
        "slug": room.slug,
        "name": room.name,
        "topic": room.topic,
        "kind": room.kind,
        "archived": room.is_archived,
        "revision": room.revision,
        "message_count": room.message_count,
    }


def unread(message_count: int, last_read: int) -> int:
    """How many messages stand above what was read: no counting of rows."""
    return max(0, message_count - last_read)


class Error(Shape):
    """Why a command was refused."""

    code: str
    message: str
    field: str | None = None
    retry_after: float | None = None

    @classmethod
    def of(cls, error: ChatError) -> "Error":
        """The shape of a refusal, in the language that is active."""
        return cls(
            code=error.code,
            message=str(error.message),
            field=error.field,
            retry_after=error.retry_after,
        )


RemovalReason = Literal["left", "removed", "deleted"]


class Event(Shape):
    """A frame that the server sends."""

    type: str


class Hello(Event):
    """The first frame: who you are, what the limits are, and your rooms."""

    type: Literal["hello"] = "hello"
    protocol: str = PROTOCOL
    connection: str
    epoch: str
    user: User
    limits: Limits
    rooms: list[RoomSummary]


class OpenReply(Shape):
    """The state of a room at `revision`, whole (`reset`) or what changed since the asked revision.

    `contents_text` is the JSON text of `messages` and `members`, as members of an object, where it is at hand because
    other readers got the same.
    """

    room: RoomSummary
    revision: int
    reset: bool
    messages: Sequence[Message]
    members: Sequence[Member]
    has_older: bool
    contents_text: str | None = Field(default=None, exclude=True)

    def encode(self) -> str:
        """JSON text."""
        if self.contents_text is None:
            return self.model_dump_json()
        return (
            f'{{"room":{self.room.encode()},"revision":{self.revision},"reset":{json.dumps(self.reset)},'
            f'{self.contents_text},"has_older":{json.dumps(self.has_older)}}}'
        )

    def frames(self, ref: Ref) -> list[str]:
        """The texts of the reply and, in a room with many members, of the `changes` that bring the others after it."""
        first, others = self.members[:MEMBERS_IN_FRAME], self.members[MEMBERS_IN_FRAME:]
        if not others:
            return [Reply(ref=ref, result=self).encode()]
        head = self.model_copy(update={"members": first, "contents_text": None})
        return [Reply(ref=ref, result=head).encode(), *self._members_frames(others)]

    def _members_frames(self, members: Sequence[Member]) -> Iterator[str]:
        for start in range(0, len(members), MEMBERS_IN_FRAME):
            yield changes_frame(
                room=self.room.id,
                since=self.revision,
                revision=self.revision,
                messages=[],
                members=[member.encode() for member in members[start : start + MEMBERS_IN_FRAME]],
                info=None,
            )


class HistoryReply(Shape):
    """A page of messages by position."""

    messages: list[Message]
    has_older: bool
    has_newer: bool


class MessageReply(Shape):
    """The message as it now stands."""

    message: Message


class ReadReply(Shape):
    """How far the person has now read."""

    last_read: int
    unread: int


class RoomReply(Shape):
    """The room as it now is to the person."""

    room: RoomSummary


class PingReply(Shape):
    """The revisions of the rooms that are open on this connection."""

    rooms: dict[int, int]


class Ok(Shape):
    """Done; nothing to add."""


class Reply(Event):
    """The one answer to a command with a `ref`. The fields of `result` stand beside `ok` in the frame."""

    type: Literal["reply"] = "reply"
    ref: Ref
    ok: Literal[True] = True
    result: SerializeAsAny[Shape]

    def encode(self) -> str:
        """JSON text, with the result's fields laid into the frame."""
        head = f'{{"type":"reply","ref":{_encode_ref(self.ref)},"ok":true'
        fields = self.result.encode()[1:]
        return head + ("}" if fields == "}" else "," + fields)


class Refusal(Event):
    """The one answer to a command with a `ref` that was not carried out."""

    type: Literal["reply"] = "reply"
    ref: Ref
    ok: Literal[False] = False
    error: Error

    def encode(self) -> str:
        """JSON text; an error's absent fields are left out."""
        return (
            f'{{"type":"reply","ref":{_encode_ref(self.ref)},"ok":false,'
            f'"error":{self.error.model_dump_json(exclude_none=True)}}}'
        )


class ErrorEvent(Event):
    """A refusal of a command without a `ref`."""

    type: Literal["error"] = "error"
    error: Error

    def encode(self) -> str:
        """JSON text; an error's absent fields are left out."""
        return self.model_dump_json(exclude_none=True)


class Activity(Event):
    """Another room of the reader's changed: at most one per room per second, the newest wins."""

    type: Literal["activity"] = "activity"
    room: int
    message_count: int
    unread: int
    last_message: Message | None


class RoomEvent(Event):
    """A room became the reader's, or changed its name, topic, role or archiving."""

    type: Literal["room"] = "room"
    room: RoomSummary


class RoomRemoved(Event):
    """A room is no longer the reader's."""

    type: Literal["room_removed"] = "room_removed"
    room: int
    reason: RemovalReason


class ReadEvent(Event):
    """The reader read this room elsewhere."""

    type: Literal["read"] = "read"
    room: int
    last_read: int
    unread: int


class TypingEvent(Event):
    """Somebody types in an open room; it expires by itself after 10 s."""

    type: Literal["typing"] = "typing"
    room: int
    user: User
    on: bool


class Restarting(Event):
    """The server is about to close with 4012; come back after a random 0 to `delay` seconds."""

    type: Literal["restarting"] = "restarting"
    delay: float


class Changes(Event):
    """What changed in an open room, as the newest state of each thing that did.

    The live path never builds this object: `changes_frame` joins texts that were encoded once. It is here so that the
    whole wire stands in one file.
    """

    type: Literal["changes"] = "changes"
    room: int
    since: int
    revision: int
    messages: list[Message]
    members: list[Member]
    info: RoomInfo | None = None


EVENTS: dict[str, type[Event]] = {
    event.model_fields["type"].default: event
    for event in (
        Hello,
        Changes,
        Activity,
        RoomEvent,
        RoomRemoved,
        ReadEvent,
        TypingEvent,
        Restarting,
        Reply,
        ErrorEvent,
    )
}


def changes_frame(
    *,
    room: int,
    since: int,
    revision: int,
    messages: Sequence[str],
    members: Sequence[str],
    info: str | None,
) -> str:
    """The text of a `changes` frame from the texts of what it carries."""
    tail = f',"info":{info}' if info is not None else ""
    return (
        f'{{"type":"changes","room":{room},"since":{since},"revision":{revision},'
        f'"messages":[{",".join(messages)}],"members":[{",".join(members)}]{tail}}}'
    )


def activity_frame(*, room: int, message_count: int, unread: int, last_message: str) -> str:
    """The text of an `activity` frame from the text of the room's last message (`null` for none)."""
    return (
        f'{{"type":"activity","room":{room},"message_count":{message_count},'
        f'"unread":{unread},"last_message":{last_message}}}'
    )


def read_frame(*, room: int, last_read: int, unread: int) -> str:
    """The text of a `read` frame."""
    return ReadEvent(room=room, last_read=last_read, unread=unread).encode()


def room_frame(summary: str) -> str:
    """The text of a `room` frame from the text of the room as its reader has it."""
    return f'{{"type":"room","room":{summary}}}'


def reader_summary(info: str, *, role: str, notify: str, last_read: int, message_count: int, last_message: str) -> str:
    """The text of a RoomSummary from the texts of the room's settings and last message and what is the reader's own."""
    return (
        f'{info[:-1]},"role":"{role}","notify":"{notify}","last_read":{last_read},'
        f'"unread":{unread(message_count, last_read)},"last_message":{last_message}}}'
    )


def _encode_ref(ref: Ref) -> str:
    return json.dumps(ref)
