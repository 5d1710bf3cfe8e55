"""Builds frames from parts that were encoded once for all readers."""

import json
from collections.abc import Mapping, Sequence

from chat.protocol.shapes import ORDINARY_MAY, Excerpt, Message, Threads, User


def changes_frame(
    *,
    room: int,
    since: int,
    revision: int,
    messages: Sequence[str] = (),
    extras: Sequence[str] = (),
    users: Sequence[str] = (),
    members: Sequence[str] = (),
    info: str | None = None,
) -> str:
    """A `changes` frame, from the JSON texts of its contents."""
    parts = {"messages": messages, "extras": extras, "users": users, "members": members}
    lists = "".join([f',"{name}":[{",".join(texts)}]' for name, texts in parts.items() if texts])
    tail = f',"info":{info}' if info is not None else ""
    return f'{{"type":"changes","room":{room},"since":{since},"revision":{revision}{lists}{tail}}}'


def excerpt_text(message: str, author: str) -> str:
    """The JSON text of a message's Excerpt, from the JSON texts of the message and its author.

    They may come from a process of a later version, so unknown fields are ignored.
    """
    return Excerpt.of(
        Message.model_validate_json(message, extra="ignore"), User.model_validate_json(author, extra="ignore")
    ).encode()


def activity_frame(*, room: int, message_count: int, counted: int, unread: int, last_message: str) -> str:
    """An `activity` frame, from the JSON text of the Excerpt of the room's last message."""
    only = f',"counted":{counted}' if counted != message_count else ""
    return (
        f'{{"type":"activity","room":{room},"message_count":{message_count}{only},'
        f'"unread":{unread},"last_message":{last_message}}}'
    )


def read_frame(*, room: int, last_read: int, unread: int) -> str:
    return f'{{"type":"read","room":{room},"last_read":{last_read},"unread":{unread}}}'


def mine_frame(*, room: int, mine: Sequence[str]) -> str:
    """A `mine` frame, from the JSON texts of its contents."""
    return f'{{"type":"mine","room":{room},"mine":[{",".join(mine)}]}}'


def presence_frame(people: Sequence[str]) -> str:
    """A `presence` frame, from the JSON texts of its contents."""
    return f'{{"type":"presence","people":[{",".join(people)}]}}'


def reads_frame(*, room: int, reads: Mapping[int, int | None]) -> str:
    """A `reads` frame: positions by the id of the person, None for people who are not counted any more."""
    texts = ",".join(f'"{user}":{"null" if position is None else position}' for user, position in reads.items())
    return f'{{"type":"reads","room":{room},"reads":{{{texts}}}}}'


def me_changes_frame(*, since: int, revision: int, reset: bool, items: Sequence[str]) -> str:
    """A `me_changes` frame, from the JSON texts of the items."""
    return (
        f'{{"type":"me_changes","since":{since},"revision":{revision},'
        f'"reset":{"true" if reset else "false"},"items":[{",".join(items)}]}}'
    )


def rooms_frame(summaries: Sequence[str], *, more: bool) -> str:
    """A `rooms` frame, from the JSON texts of the reader's RoomSummaries."""
    return f'{{"type":"rooms","rooms":[{",".join(summaries)}],"more":{"true" if more else "false"}}}'


def room_frame(summary: str) -> str:
    """A `room` frame, from the JSON text of the reader's RoomSummary."""
    return f'{{"type":"room","room":{summary}}}'


def reader_summary(
    info: str,
    *,
    role: str,
    notify: str,
    last_read: int,
    unread: int,
    last_message: str | None,
    may: Sequence[str],
    muted_until: str | None,
    threads: Threads | None,
) -> str:
    """A RoomSummary, from the JSON texts of the room's settings and excerpt and the reader's own fields."""
    last = "" if last_message is None else f',"last_message":{last_message}'
    granted = "" if tuple(may) == ORDINARY_MAY else f',"may":{json.dumps(may)}'
    muted = "" if muted_until is None else f',"muted_until":"{muted_until}"'
    followed = "" if threads is None else f',"threads":{threads.encode()}'
    own = f'"role":"{role}","notify":"{notify}","last_read":{last_read},"unread":{unread}'
    return f"{info[:-1]},{own}{last}{granted}{muted}{followed}}}"
