"""The shapes that travel. One is made from a row by `of`, and is the same for every reader unless its docstring says
otherwise."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from chat import models
from chat.protocol.errors import ChatError

EXCERPT_CHARS = 140
"""Most characters of a message's excerpt in the list of rooms."""


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
        return cls(
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
        return cls(
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


class Excerpt(Shape):
    """The beginning of a message on one line, as the list of rooms shows it. Empty if the message was deleted."""

    id: int
    position: int
    revision: int
    author: User
    kind: str
    deleted: bool
    created_at: datetime
    text: str

    @classmethod
    def of(cls, message: Message) -> "Excerpt":
        """The excerpt of a message."""
        return cls(
            id=message.id,
            position=message.position,
            revision=message.revision,
            author=message.author,
            kind=message.kind,
            deleted=message.deleted,
            created_at=message.created_at,
            text=" ".join(message.body.split())[:EXCERPT_CHARS],
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
        return cls(
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
        return cls(**_room_fields(room))


class RoomSummary(RoomInfo):
    """A room as its reader has it in the sidebar."""

    role: str
    notify: str
    last_read: int
    unread: int
    last_message: Excerpt | None

    @classmethod
    def for_member(cls, membership: models.Membership, last_message: Excerpt | None) -> "RoomSummary":
        """The shape for the person of a membership whose room is loaded."""
        room = membership.room
        return cls(
            **_room_fields(room),
            role=membership.role,
            notify=membership.notify,
            last_read=membership.last_read,
            unread=unread(room.message_count, membership.last_read),
            last_message=last_message,
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


class Item(Shape):
    """One item of the reader's own; `value` is null if it was unset."""

    kind: str
    key: str
    value: Any
    revision: int

    @classmethod
    def of(cls, item: models.PersonItem) -> "Item":
        """The shape of a row."""
        return cls(kind=item.kind, key=item.key, value=item.value, revision=item.revision)


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
