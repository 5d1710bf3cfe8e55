"""The shapes that travel. One is made from a row by `of`, and is the same for every reader unless its docstring says
otherwise."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from chat import models
from chat.protocol.errors import ChatError
from chat.protocol.plain import plain

EXCERPT_CHARS = 140
"""Most characters of a message's excerpt in the list of rooms."""


ORDINARY_MAY = ("post", "invite")
"""What a member without a special role may do in a room that is not archived: the default of `may`."""


class Shape(BaseModel):
    """Something that travels. `encode` gives the JSON text of it, without fields that have their default value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def encode(self) -> str:
        """JSON text, without spaces."""
        return self.model_dump_json(exclude_defaults=True)


class User(Shape):
    """A person or bot. `avatar` is an address."""

    id: int
    username: str
    name: str
    avatar: str | None = None
    bot: bool = False

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
    """One message, or the tombstone of one (`deleted`, without a text).

    `author` is the id of a person. `html` is absent if it equals `plain(body)`, `counted` if it equals `position`.
    """

    id: int
    position: int
    revision: int
    key: str
    author: int
    created_at: str
    body: str = ""
    html: str | None = None
    kind: str = models.Message.Kind.TEXT.value
    counted: int | None = None
    edited_at: str | None = None
    deleted: bool = False
    reply_to: int | None = None
    extras: dict[str, Any] = {}

    @classmethod
    def of(cls, message: models.Message) -> "Message":
        """The shape of a row."""
        return cls(
            id=message.pk,
            position=message.position,
            revision=message.revision,
            key=str(message.key),
            author=message.author_id,
            created_at=timestamp(message.created_at),
            body=message.body,
            html=None if message.is_deleted or message.html == plain(message.body) else message.html,
            kind=message.kind,
            counted=message.counted if message.system_lines else None,
            edited_at=timestamp(message.edited_at) if message.edited_at else None,
            deleted=message.is_deleted,
            reply_to=message.reply_to_id,
            extras=message.extras,
        )


class Extras(Shape):
    """The new `extras` of a message whose text did not change. They replace the former ones."""

    id: int
    position: int
    revision: int
    extras: dict[str, Any]

    @classmethod
    def of(cls, message: models.Message) -> "Extras":
        """The shape of a row."""
        return cls(id=message.pk, position=message.position, revision=message.revision, extras=message.extras)


class Excerpt(Shape):
    """The beginning of a message on one line, as the list of rooms shows it. Empty if the message was deleted.

    It has its author whole: the reader of a list does not hold the members of all its rooms.
    """

    id: int
    position: int
    revision: int
    author: User
    created_at: str
    text: str = ""
    kind: str = models.Message.Kind.TEXT.value
    deleted: bool = False

    @classmethod
    def of(cls, message: Message, author: User) -> "Excerpt":
        """The excerpt of a message."""
        return cls(
            id=message.id,
            position=message.position,
            revision=message.revision,
            author=author,
            created_at=message.created_at,
            text=" ".join(message.body.split())[:EXCERPT_CHARS],
            kind=message.kind,
            deleted=message.deleted,
        )


class Member(Shape):
    """Somebody in a room, or somebody who left it (`left`)."""

    user: User
    revision: int
    role: str = models.Membership.Role.MEMBER.value
    left: bool = False

    @classmethod
    def of(cls, membership: models.Membership) -> "Member":
        """The shape of a row whose user is loaded."""
        return cls(
            user=User.of(membership.user),
            revision=membership.revision,
            role=membership.role,
            left=membership.has_left,
        )


class RoomInfo(Shape):
    """A room without anything of the reader's own: what `changes` carries as `info`.

    `counted` is absent if it equals `message_count`.
    """

    id: int
    slug: str | None
    name: str
    kind: str
    revision: int
    message_count: int
    topic: str = ""
    archived: bool = False
    counted: int | None = None

    @property
    def is_archived(self) -> bool:
        """Whether the room can only be read. The policy asks rows and shapes by this name."""
        return self.archived

    @classmethod
    def of(cls, room: models.Room) -> "RoomInfo":
        """The shape of a row."""
        return cls(**_room_fields(room))


class RoomSummary(RoomInfo):
    """A room as its reader has it in the sidebar."""

    role: str = models.Membership.Role.MEMBER.value
    notify: str = models.Membership.Notify.ALL.value
    last_read: int = 0
    unread: int = 0
    last_message: Excerpt | None = None
    may: tuple[str, ...] = ORDINARY_MAY

    @classmethod
    def for_member(
        cls, membership: models.Membership, last_message: Excerpt | None, *, may: Sequence[str]
    ) -> "RoomSummary":
        """The shape for the person of a membership whose room is loaded, and what they may do in it."""
        room = membership.room
        return cls(
            **_room_fields(room),
            role=membership.role,
            notify=membership.notify,
            last_read=membership.last_read,
            unread=unread(room.counted, membership.counted_read),
            last_message=last_message,
            may=tuple(may),
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
        "counted": room.counted if room.system_lines else None,
    }


def timestamp(at: datetime) -> str:
    """A time in UTC as it travels: in ISO 8601, with milliseconds."""
    return at.isoformat(timespec="milliseconds")[:-6] + "Z"


def unread(counted: int, counted_read: int) -> int:
    """How many messages of people stand above what was read."""
    return max(0, counted - counted_read)


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
