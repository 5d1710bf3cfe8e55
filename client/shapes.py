"""The objects on the wire, with the defaults of absent fields. Times are ISO 8601 strings in UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .text import plain

Fields = Mapping[str, Any]
"""A JSON object."""

ORDINARY_MAY = frozenset({"post", "react", "pin", "invite"})
"""What a member without a special role may do in a room without special rules."""


@dataclass(frozen=True, slots=True)
class User:
    """A person or a bot. `name` is shown to people."""

    id: int
    username: str
    name: str
    avatar: str | None = None
    bot: bool = False
    erased: bool = False
    guest: bool = False

    @classmethod
    def of(cls, fields: Fields) -> "User":
        return cls(
            fields["id"],
            fields["username"],
            fields["name"],
            fields.get("avatar"),
            bool(fields.get("bot", False)),
            bool(fields.get("erased", False)),
            bool(fields.get("guest", False)),
        )


@dataclass(frozen=True, slots=True)
class Message:
    """A message in its state at `revision`. A deleted message stays, without its text."""

    id: int
    room: int
    position: int
    revision: int
    key: str
    author: int
    """The id of a User; `Room.user` returns the User."""
    created_at: str
    body: str = ""
    html: str = ""
    kind: str = "text"
    counted: int = 0
    """The number of messages up to this one, without system lines."""
    edited_at: str | None = None
    deleted: bool = False
    reply_to: int | None = None
    extras: Fields = field(default_factory=dict)

    @classmethod
    def of(cls, fields: Fields, *, room: int) -> "Message":
        author, kind, body = fields["author"], fields.get("kind", "text"), fields.get("body", "")
        is_text = kind == "text" and not fields.get("deleted", False)
        return cls(
            id=fields["id"],
            room=room,
            position=fields["position"],
            revision=fields["revision"],
            key=fields["key"],
            author=author if isinstance(author, int) else author["id"],
            created_at=fields["created_at"],
            body=body,
            html=fields.get("html", plain(body) if is_text else ""),
            kind=kind,
            counted=fields.get("counted", fields["position"]),
            edited_at=fields.get("edited_at"),
            deleted=fields.get("deleted", False),
            reply_to=fields.get("reply_to"),
            extras=fields.get("extras") or {},
        )


@dataclass(frozen=True, slots=True)
class Status:
    """What a person says of themselves: an emoji, a text or both, perhaps until a time."""

    emoji: str = ""
    text: str = ""
    until: str | None = None

    @classmethod
    def of(cls, fields: Fields) -> "Status":
        return cls(fields.get("emoji", ""), fields.get("text", ""), fields.get("until"))


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether a person is here, and their status. `state` is here, away, busy, gone or unknown."""

    user: int
    state: str = "gone"
    status: Status | None = None

    @classmethod
    def of(cls, fields: Fields) -> "Presence":
        status = fields.get("status")
        return cls(fields["user"], fields.get("state", "gone"), None if status is None else Status.of(status))


@dataclass(frozen=True, slots=True)
class Version:
    """A text that a message had from `written_at` on. `number` counts its texts from 1, the original."""

    number: int
    body: str
    written_at: str

    @classmethod
    def of(cls, fields: Fields) -> "Version":
        return cls(fields["number"], fields["body"], fields["written_at"])


@dataclass(frozen=True, slots=True)
class Extras:
    """The extras of a message that is otherwise unchanged."""

    id: int
    position: int
    revision: int
    extras: Fields

    @classmethod
    def of(cls, fields: Fields) -> "Extras":
        return cls(fields["id"], fields["position"], fields["revision"], fields.get("extras") or {})


@dataclass(frozen=True, slots=True)
class Mine:
    """What the person has added to a message, as of a revision of it: all of their reactions, oldest first, and the
    numbers of the choices of its poll for which they voted."""

    id: int
    revision: int
    reactions: tuple[str, ...] = ()
    votes: tuple[int, ...] = ()

    @classmethod
    def of(cls, fields: Fields) -> "Mine":
        reactions, votes = (tuple(fields.get(name, ())) for name in ("reactions", "votes"))
        return cls(fields["id"], fields["revision"], reactions, votes)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The beginning of a message, as shown in a list of rooms."""

    id: int
    position: int
    revision: int
    author: User
    created_at: str
    text: str = ""
    kind: str = "text"
    deleted: bool = False
    system: Fields | None = None
    """What a system line says."""
    poll: bool = False
    """Whether the text is the question of a poll."""
    files: Fields | None = None
    """What it carries: `name` of the first file, `count` and `kind`."""

    @classmethod
    def of(cls, fields: Fields) -> "Excerpt":
        return cls(
            id=fields["id"],
            position=fields["position"],
            revision=fields["revision"],
            author=User.of(fields["author"]),
            created_at=fields["created_at"],
            text=fields.get("text", ""),
            kind=fields.get("kind", "text"),
            deleted=fields.get("deleted", False),
            system=fields.get("system"),
            poll=fields.get("poll", False),
            files=fields.get("files"),
        )


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a room, or a person who `left` it."""

    user: User
    revision: int
    role: str = "member"
    left: bool = False

    @classmethod
    def of(cls, fields: Fields) -> "Member":
        return cls(User.of(fields["user"]), fields["revision"], fields.get("role", "member"), fields.get("left", False))


@dataclass(frozen=True, slots=True)
class RoomInfo:
    """A room without data of the reader."""

    id: int
    slug: str | None
    name: str
    kind: str
    revision: int
    message_count: int
    topic: str = ""
    emoji: str = ""
    archived: bool = False
    counted: int = 0
    pins: int = 0
    """The number of pinned messages."""
    people: tuple[User, ...] = ()
    """The people of a direct room, which has no name."""
    closed: str = ""
    """Why nobody can write in a direct room: `refused` or `deactivated`."""
    shows_reads: bool = True
    """Whether the room shows who has read its messages."""
    who_posts: str = "everyone"
    who_mentions_all: str = ""
    who_invites: str = "everyone"
    slow_seconds: int = 0
    """The time between two messages of one person, unless they may moderate the room."""
    parent: int | None = None
    """Of a thread, the id of its room."""
    parent_message: int | None = None
    """Of a thread, the id of the message to which it replies."""

    @classmethod
    def of(cls, fields: Fields) -> "RoomInfo":
        return cls(**info_fields(fields))


@dataclass(frozen=True, slots=True)
class Threads:
    """Of the threads of a room that the reader follows: how many are unread, and the unread mentions in them."""

    unread: int = 0
    mentions: int = 0

    @classmethod
    def of(cls, fields: Fields) -> "Threads":
        return cls(fields.get("unread", 0), fields.get("mentions", 0))


@dataclass(frozen=True, slots=True)
class RoomSummary(RoomInfo):
    """A room with the reader's own data."""

    role: str = "member"
    notify: str = "all"
    last_read: int = 0
    unread: int = 0
    mentions: int = 0
    """The unread mentions of the reader when the room was read, at most 20."""
    last_message: Excerpt | None = None
    may: frozenset[str] = ORDINARY_MAY
    muted_until: str | None = None
    threads: Threads = Threads()
    follows: bool = False
    """Of a thread, whether the reader follows it."""

    @classmethod
    def of(cls, fields: Fields) -> "RoomSummary":
        last = fields.get("last_message")
        return cls(
            **info_fields(fields),
            role=fields.get("role", "member"),
            notify=fields.get("notify", "all"),
            last_read=fields.get("last_read", 0),
            unread=fields.get("unread", 0),
            mentions=fields.get("mentions", 0),
            last_message=None if last is None else Excerpt.of(last),
            may=frozenset(fields.get("may", ORDINARY_MAY)),
            muted_until=fields.get("muted_until"),
            threads=Threads.of(fields.get("threads") or {}),
            follows=fields.get("follows", False),
        )


def info_fields(fields: Fields) -> dict[str, Any]:
    """The fields of a RoomInfo, by name."""
    return {
        "id": fields["id"],
        "slug": fields.get("slug"),
        "name": fields["name"],
        "kind": fields["kind"],
        "revision": fields["revision"],
        "message_count": fields["message_count"],
        "topic": fields.get("topic", ""),
        "emoji": fields.get("emoji", ""),
        "archived": fields.get("archived", False),
        "counted": fields.get("counted", fields["message_count"]),
        "pins": fields.get("pins", 0),
        "people": tuple(User.of(user) for user in fields.get("people", ())),
        "closed": fields.get("closed", ""),
        "shows_reads": fields.get("shows_reads", True),
        "who_posts": fields.get("who_posts", "everyone"),
        "who_mentions_all": fields.get("who_mentions_all", ""),
        "who_invites": fields.get("who_invites", "everyone"),
        "slow_seconds": fields.get("slow_seconds", 0),
        "parent": fields.get("parent"),
        "parent_message": fields.get("parent_message"),
    }


@dataclass(frozen=True, slots=True)
class Refusal:
    """The reason why a command was refused. `retry_after` is in seconds."""

    code: str
    message: str = ""
    field: str | None = None
    retry_after: float | None = None

    @classmethod
    def of(cls, fields: Fields) -> "Refusal":
        return cls(fields["code"], fields.get("message", ""), fields.get("field"), fields.get("retry_after"))
