"""The objects on the wire. `of` builds one from a row. It is the same for every reader unless its docstring says
otherwise."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from pydantic import BaseModel, ConfigDict

from chat import models
from chat.models.message import ATTACHMENTS, SYSTEM
from chat.models.poll import POLL
from chat.models.user import ERASED_NAME
from chat.protocol.errors import ChatError
from chat.protocol.excerpts import excerpt
from chat.protocol.plain import plain
from chat.protocol.presence import State

ORDINARY_MAY = ("post", "react", "pin", "invite")
"""The default of `may`: what a member without a special role may do in a room that is not archived."""


class Shape(BaseModel):
    """An object on the wire. `encode` omits fields that have their default value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def encode(self) -> str:
        """JSON text without spaces."""
        return self.model_dump_json(exclude_defaults=True)


class User(Shape):
    """A person or bot. `avatar` is the URL of a square picture of 96 pixels.

    A `guest` is only in rooms they were added to; `erased` is true of an erased account.
    """

    id: int
    username: str
    name: str
    avatar: str | None = None
    bot: bool = False
    guest: bool = False
    erased: bool = False

    @classmethod
    def of(cls, user: models.User) -> "User":
        """Build the shape from a row."""
        return cls(
            id=user.pk,
            username=user.username,
            name=user.name if user.erased_at is None else ERASED_NAME,
            avatar=user.avatar.url if user.avatar else None,
            bot=user.is_bot,
            erased=user.erased_at is not None,
            guest=user.is_guest,
        )


class Space(Shape):
    """The space. `picture` is the URL of a square picture of 96 pixels; `emoji_version` counts changes of its emoji."""

    name: str
    picture: str | None = None
    emoji_version: int = 0

    @classmethod
    def of(cls, space: models.Space) -> "Space":
        """Build the shape from the row."""
        return cls(
            name=space.name,
            picture=space.picture.url if space.picture else None,
            emoji_version=space.emoji_version,
        )


class Message(Shape):
    """A message, or the tombstone of a deleted one (`deleted`, without text).

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
        """Build the shape from a row."""
        return cls(
            id=message.pk,
            position=message.position,
            revision=message.revision,
            key=str(message.key),
            author=message.author_id,
            created_at=timestamp(message.created_at),
            body=message.body,
            html=None if _is_plain(message) else message.html,
            kind=message.kind,
            counted=message.counted if message.system_lines else None,
            edited_at=timestamp(message.edited_at) if message.edited_at else None,
            deleted=message.is_deleted,
            reply_to=message.reply_to_id,
            extras=message.extras,
        )


class Version(Shape):
    """A text that a message had from `written_at` on. `number` counts its texts from 1, the original."""

    number: int
    body: str
    written_at: str


class Extras(Shape):
    """The new `extras` of a message with an unchanged text. They replace the former ones."""

    id: int
    position: int
    revision: int
    extras: dict[str, Any]

    @classmethod
    def of(cls, message: models.Message) -> "Extras":
        """Build the shape from a row."""
        return cls(id=message.pk, position=message.position, revision=message.revision, extras=message.extras)


class Mine(Shape):
    """What the reader has added to a message, as of a revision: all of their reactions to it, oldest first, and the
    numbers of the choices of its poll for which they voted."""

    id: int
    revision: int
    reactions: tuple[str, ...] = ()
    votes: tuple[int, ...] = ()


class FilesExcerpt(Shape):
    """The files of a message in a list of rooms: how many, the name of the first, and their kind, if they have one."""

    name: str
    count: int = 1
    kind: str = "file"

    @classmethod
    def of(cls, attachments: Sequence[dict[str, Any]]) -> "FilesExcerpt | None":
        """The excerpt of what a message carries; None if it carries nothing."""
        if not attachments:
            return None
        kinds = {attachment["kind"] for attachment in attachments}
        kind = kinds.pop() if len(kinds) == 1 else "file"
        return cls(name=attachments[0]["name"], count=len(attachments), kind=kind)


class Excerpt(Shape):
    """The beginning of a message on one line, without markup, as the list of rooms shows it. Empty if it was deleted.

    `author` is a whole User, because the reader does not hold the members of all rooms in the list. `poll` means that
    the text is the question of a poll; `files` says what it carries.
    """

    id: int
    position: int
    revision: int
    author: User
    created_at: str
    text: str = ""
    kind: str = models.Message.Kind.TEXT.value
    deleted: bool = False
    system: dict[str, Any] | None = None
    poll: bool = False
    files: FilesExcerpt | None = None

    @classmethod
    def of(cls, message: Message, author: User) -> "Excerpt":
        """The excerpt of a message. Of a system line, what it says."""
        return cls(
            id=message.id,
            position=message.position,
            revision=message.revision,
            author=author,
            created_at=message.created_at,
            text=excerpt(message.body, message.html),
            kind=message.kind,
            deleted=message.deleted,
            system=message.extras.get(SYSTEM),
            poll=POLL in message.extras,
            files=FilesExcerpt.of(message.extras.get(ATTACHMENTS, ())),
        )


class Member(Shape):
    """A member of a room, or a person who left it (`left`)."""

    user: User
    revision: int
    role: str = models.Membership.Role.MEMBER.value
    left: bool = False

    @classmethod
    def of(cls, membership: models.Membership) -> "Member":
        """Build the shape from a row. `user` must be loaded."""
        return cls(
            user=User.of(membership.user),
            revision=membership.revision,
            role=membership.role,
            left=membership.has_left,
        )


class RoomInfo(Shape):
    """A room without data of the reader: the `info` of `changes`.

    The rules of the room are `who_posts`, `who_mentions_all` (empty: as its kind says), `who_invites` and
    `slow_seconds`, the time between two messages of one person. `counted` is absent if it equals `message_count`.
    `people` are those of a direct room, `closed` is why nobody can write there. `parent` and `parent_message` are ids,
    of a thread only.
    """

    id: int
    slug: str | None
    name: str
    kind: str
    revision: int
    message_count: int
    topic: str = ""
    emoji: str = ""
    archived: bool = False
    pins: int = 0
    shows_reads: bool = True
    who_posts: str = models.Room.Who.EVERYONE.value
    who_mentions_all: str = ""
    who_invites: str = models.Room.Who.EVERYONE.value
    slow_seconds: int = 0
    counted: int | None = None
    people: tuple[User, ...] = ()
    closed: str = ""
    parent: int | None = None
    parent_message: int | None = None

    @property
    def is_public(self) -> bool:
        """Whether everybody may know that the room exists. Of a thread, only the row tells."""
        return self.kind == models.Room.Kind.PUBLIC

    @property
    def is_thread(self) -> bool:
        """Whether it is a thread of another room."""
        return self.parent is not None

    @property
    def governing(self) -> "RoomInfo":
        """Itself: of a thread, it has the rules of the room as of when it was read."""
        return self

    @property
    def is_archived(self) -> bool:
        """Whether the room is read-only. Rows have the same attribute, so that the policy accepts rows and shapes."""
        return self.archived

    @classmethod
    def of(cls, room: models.Room) -> "RoomInfo":
        """Build the shape from a row."""
        return cls(**_room_fields(room))


class Threads(Shape):
    """Of the threads of a room that the reader follows: how many are unread, and the unread mentions in them."""

    unread: int = 0
    mentions: int = 0


class RoomSummary(RoomInfo):
    """A room with the reader's own data, as shown in the sidebar. `muted_until` is absent if they are not muted.

    `follows` is about a thread.
    """

    role: str = models.Membership.Role.MEMBER.value
    notify: str = models.Membership.Notify.ALL.value
    last_read: int = 0
    unread: int = 0
    mentions: int = 0
    last_message: Excerpt | None = None
    may: tuple[str, ...] = ORDINARY_MAY
    muted_until: str | None = None
    threads: Threads | None = None
    follows: bool = False

    @classmethod
    def for_member(
        cls, membership: models.Membership, last_message: Excerpt | None, *, may: Sequence[str]
    ) -> "RoomSummary":
        """Build the shape for the person of a membership, and what they may do in the room. `room` must be loaded."""
        room = membership.room
        return cls(
            **_room_fields(room),
            role=membership.role,
            notify=membership.notify,
            last_read=membership.last_read,
            unread=unread(room.counted, membership.counted_read),
            mentions=membership.unread_mentions,
            last_message=last_message,
            may=tuple(may),
            muted_until=later(membership.muted_until),
            threads=threads(membership.unread_threads, membership.thread_mentions),
            follows=membership.follow is not None and membership.follow.is_following,
        )


def threads(unread: int, mentions: int) -> Threads | None:
    """The shape of what is unread in threads of a room; None if nothing is."""
    return Threads(unread=unread, mentions=mentions) if unread or mentions else None


def _is_plain(message: models.Message) -> bool:
    """Whether clients can make the HTML of a message themselves."""
    return message.is_deleted or message.is_system or message.html == plain(message.body)


def _room_fields(room: models.Room) -> dict[str, Any]:
    return {
        "id": room.pk,
        "slug": room.slug,
        "name": room.name,
        "topic": room.topic,
        "emoji": room.emoji,
        "kind": room.kind,
        "archived": room.is_archived,
        "pins": room.pin_count,
        "shows_reads": room.shows_reads and not room.is_thread,
        "who_posts": room.governing.who_posts,
        "who_mentions_all": room.who_mentions_all,
        "who_invites": room.who_invites,
        "slow_seconds": room.governing.slow_seconds,
        "revision": room.revision,
        "message_count": room.message_count,
        "counted": room.counted if room.system_lines else None,
        "people": tuple(map(User.of, room.direct_people)) if room.kind == models.Room.Kind.DIRECT else (),
        "closed": room.governing.closed,
        "parent": room.parent_id,
        "parent_message": room.parent_message_id,
    }


def timestamp(at: datetime) -> str:
    """A UTC time in ISO 8601 with milliseconds."""
    return at.isoformat(timespec="milliseconds")[:-6] + "Z"


def later(at: datetime | None) -> str | None:
    """A time on the wire, or None if it has passed."""
    return timestamp(at) if at is not None and at > timezone.now() else None


def unread(counted: int, counted_read: int) -> int:
    """The number of unread messages."""
    return max(0, counted - counted_read)


class Item(Shape):
    """One of the reader's own items; `value` is null if it was unset."""

    kind: str
    key: str
    value: Any
    revision: int

    @classmethod
    def of(cls, item: models.PersonItem) -> "Item":
        """Build the shape from a row."""
        return cls(kind=item.kind, key=item.key, value=item.value, revision=item.revision)


class Status(Shape):
    """What a person says of themselves: an emoji, a text or both, perhaps until a time."""

    emoji: str = ""
    text: str = ""
    until: str | None = None

    @classmethod
    def of(cls, status: models.PersonStatus) -> "Status":
        """Build the shape from a row."""
        return cls(
            emoji=status.emoji,
            text=status.text,
            until=timestamp(status.until.astimezone(UTC)) if status.until else None,
        )


class Presence(Shape):
    """Whether a person is here, and their status. `state` is a value of `chat.protocol.presence.State`."""

    user: int
    state: str = State.GONE.value
    status: Status | None = None


class Error(Shape):
    """The reason why a command was refused."""

    code: str
    message: str
    field: str | None = None
    retry_after: float | None = None

    @classmethod
    def of(cls, error: ChatError) -> "Error":
        """Build the shape from an exception, in the active language."""
        return cls(
            code=error.code,
            message=str(error.message),
            field=error.field,
            retry_after=error.retry_after,
        )
