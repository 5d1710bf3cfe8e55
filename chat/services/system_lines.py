"""System lines: what happened in a room, among its messages. Stored as a code with arguments; clients word it.

A line is written in the transaction of what it is about, and under the same lock. Its author is the person who did it.
"""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.utils import timezone

from chat.models import Message, Room, User
from chat.models.message import SYSTEM
from chat.services.changes import RoomChange

PEOPLE_NAMED = 10
"""Most people whose ids one line contains, however many it is about."""

_are_written: ContextVar[bool] = ContextVar("are_written", default=True)


def joined(change: RoomChange, user: User) -> None:
    _write(change, user, {"code": "joined", **_people([user.pk])})


def added(change: RoomChange, actor: User, user_ids: Sequence[int]) -> None:
    """Somebody brought people into the room."""
    _write(change, actor, {"code": "added", **_people(user_ids)})


def left(change: RoomChange, user: User) -> None:
    _write(change, user, {"code": "left", **_people([user.pk])})


def removed(change: RoomChange, actor: User, user_ids: Sequence[int]) -> None:
    _write(change, actor, {"code": "removed", **_people(user_ids)})


def renamed(change: RoomChange, actor: User, *, before: str, after: str) -> None:
    _write(change, actor, {"code": "renamed", "from": before, "to": after})


def topic_changed(change: RoomChange, actor: User, topic: str) -> None:
    """The topic is another one; an empty text means that there is none any more."""
    _write(change, actor, {"code": "topic", "to": topic})


def archived(change: RoomChange, actor: User) -> None:
    _write(change, actor, {"code": "archived"})


def unarchived(change: RoomChange, actor: User) -> None:
    _write(change, actor, {"code": "unarchived"})


def pinned(change: RoomChange, actor: User, message: Message) -> None:
    _write(change, actor, {"code": "pinned", "message": message.pk, "position": message.position})


@contextmanager
def unwritten() -> Iterator[None]:
    """Write no lines, for a room that is only being set up. Never use this for requests."""
    token = _are_written.set(False)
    try:
        yield
    finally:
        _are_written.reset(token)


def backdate_lines(room: Room, *, created_at: datetime, after: int = 0) -> None:
    """Set when the system lines after a position were written. Nobody is sent the change."""
    lines = Message.objects.filter(room=room, position__gt=after, kind=Message.Kind.SYSTEM)
    lines.update(created_at=created_at)


def _people(user_ids: Sequence[int]) -> dict[str, Any]:
    """The first people of a line, and how many there are if these are not all."""
    people: dict[str, Any] = {"people": list(user_ids[:PEOPLE_NAMED])}
    return people if len(user_ids) <= PEOPLE_NAMED else {**people, "count": len(user_ids)}


def _write(change: RoomChange, author: User, line: dict[str, Any]) -> None:
    if _are_written.get():
        change.add_system_line(
            Message(
                author=author,
                key=uuid.uuid4(),
                kind=Message.Kind.SYSTEM,
                created_at=timezone.now(),
                extras={SYSTEM: line},
            )
        )
