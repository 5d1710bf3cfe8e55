"""What the server may say."""

import json
from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field, SerializeAsAny

from chat.protocol.commands import Ref
from chat.protocol.frames import changes_frame
from chat.protocol.limits import MEMBERS_IN_FRAME, Limits
from chat.protocol.shapes import Error, Excerpt, Extras, Item, Member, Message, RoomInfo, RoomSummary, Shape, User

RemovalReason = Literal["left", "removed", "deleted"]


class Event(Shape):
    """A frame that the server sends."""

    type: str

    def encode(self) -> str:
        """JSON text; its `type` comes first and is never left out."""
        fields = self.model_dump_json(exclude_defaults=True, exclude={"type"})[1:]
        return f'{{"type":"{self.type}"' + (fields if fields == "}" else "," + fields)


class Hello(Event):
    """The first frame: who you are, what the limits are, the ids of all your rooms, and the revision of your items."""

    type: Literal["hello"] = "hello"
    protocol: str
    connection: str
    epoch: str
    user: User
    limits: Limits
    rooms: list[int]
    me: int


class Rooms(Event):
    """Some of the reader's rooms; `more` says whether others follow. The live path uses `rooms_frame` instead."""

    type: Literal["rooms"] = "rooms"
    rooms: list[RoomSummary]
    more: bool


class OpenReply(Shape):
    """The state of a room at `revision`, whole (`reset`) or what changed since the asked revision.

    `users` are authors of these messages who are not in the room. `contents_text` is the JSON text of the lists, as
    members of an object, if it is known because other readers got the same.
    """

    room: RoomSummary
    revision: int
    reset: bool = False
    messages: Sequence[Message] = ()
    extras: Sequence[Extras] = ()
    users: Sequence[User] = ()
    members: Sequence[Member] = ()
    has_older: bool = False
    contents_text: str | None = Field(default=None, exclude=True)

    def encode(self) -> str:
        """JSON text."""
        if self.contents_text is None:
            return super().encode()
        flags = "".join(f',"{name}":true' for name in ("reset", "has_older") if getattr(self, name))
        return f'{{"room":{self.room.encode()},"revision":{self.revision}{flags}{self.contents_text}}}'

    def frames(self, ref: Ref) -> list[str]:
        """The texts of the reply and, in a room with many members, of the `changes` that bring the others after it.

        Only the last of these brings the client to the revision: one whose socket breaks before it begins anew.
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
    """A page of messages by position; `users` are their authors who are not in the room."""

    messages: list[Message] = []
    users: list[User] = []
    has_older: bool = False
    has_newer: bool = False


class MessageReply(Shape):
    """The message as it now is, and its room."""

    room: int
    message: Message


class ReadReply(Shape):
    """How far the person has now read."""

    last_read: int
    unread: int


class RoomReply(Shape):
    """The room as it now is to the person."""

    room: RoomSummary


class MeReply(Shape):
    """The reader's items: what changed after the asked revision, or all that have a value (`reset`)."""

    revision: int
    reset: bool
    items: list[Item]


class ItemReply(Shape):
    """The item as it is now."""

    item: Item


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
        """JSON text."""
        return f'{{"type":"reply","ref":{_encode_ref(self.ref)},"ok":false,"error":{self.error.encode()}}}'


class ErrorEvent(Event):
    """A refusal of a command without a `ref`."""

    type: Literal["error"] = "error"
    error: Error


class Activity(Event):
    """Another room of the reader's changed: at most one per room per second, the newest wins."""

    type: Literal["activity"] = "activity"
    room: int
    message_count: int
    counted: int | None = None
    unread: int
    last_message: Excerpt


class RoomEvent(Event):
    """A room became the reader's, or its name, topic or archiving, or what the reader may do in it, changed."""

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
    """A member types in an open room; it expires by itself after 10 s."""

    type: Literal["typing"] = "typing"
    room: int
    user: int
    on: bool


class LimitsEvent(Event):
    """An administrator changed the limits that `hello` contained."""

    type: Literal["limits"] = "limits"
    limits: Limits


class Restarting(Event):
    """The server is about to close with 4012; come back after a random 0 to `delay` seconds."""

    type: Literal["restarting"] = "restarting"
    delay: float


class MeChanges(Event):
    """What changed in the reader's own items. The live path uses `me_changes_frame` instead."""

    type: Literal["me_changes"] = "me_changes"
    since: int
    revision: int
    reset: bool
    items: list[Item]


class Changes(Event):
    """What changed in an open room, as the newest state of each thing that did.

    The live path never builds this object: `changes_frame` joins texts that were encoded once. It is here so that the
    whole wire stands in one file.
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
        TypingEvent,
        MeChanges,
        LimitsEvent,
        Restarting,
        Reply,
        ErrorEvent,
    )
}


def _encode_ref(ref: Ref) -> str:
    return json.dumps(ref)
