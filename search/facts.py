"""What is known of a message besides its words: who wrote it, where, and what it has. Each fact is a token, too."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from chat.models import Message, Room
from chat.models.message import PREVIEWS, THREAD
from chat.models.pin import PINNED
from chat.models.reaction import REACTIONS
from search.carried import attachments, contents, shown_with
from search.folded import folded
from search.tokens import MARK, tokens

EVERYTHING = f"{MARK}m"
"""The token that every message has."""

IN_THREAD = f"{MARK}thread"

NO_FILES: Mapping[str, str] = {}


class Searched(NamedTuple):
    """What has to be known of a message that somebody wrote and nobody deleted, without the rest of its row."""

    pk: int
    room_id: int
    author_id: int
    body: str
    html: str
    created_at: datetime
    extras: dict[str, Any]


Written = Message | Searched


_IN_TEXT: dict[str, Callable[[Written], bool]] = {
    "link": lambda message: "<a " in message.html,
    "code": lambda message: "<code>" in message.html,
}
_IN_EXTRAS: dict[str, Callable[[Written], bool]] = {
    "reaction": lambda message: bool(message.extras.get(REACTIONS)),
    "pin": lambda message: PINNED in message.extras,
    "file": lambda message: any(attachments(message.extras)),
    "image": lambda message: any(str(one.get("type", "")).startswith("image/") for one in attachments(message.extras)),
}
HAS = _IN_TEXT | _IN_EXTRAS
"""What a message may have, for `has:`."""


def is_in_thread(room: Room, message: Written) -> bool:
    """Whether a message was written in a thread, or has one."""
    return room.is_thread or THREAD in message.extras


def author_token(user_id: int) -> str:
    """The token of the messages of a person."""
    return f"{MARK}u{user_id}"


def room_token(room_id: int) -> str:
    """The token of the messages of a room and of its threads."""
    return f"{MARK}r{room_id}"


def has_token(name: str) -> str:
    """The token of the messages that have a link, a file and so on."""
    return f"{MARK}{name}"


def previews_token(number: int) -> str:
    """The token of the messages with this many previews."""
    return f"{MARK}previews{number}"


def _day(day: date) -> str:
    return f"{MARK}d{day:%Y%m%d}"


def _month(year: int, month: int) -> str:
    return f"{MARK}d{year:04}{month:02}"


def _year(year: int) -> str:
    return f"{MARK}d{year:04}"


def day_tokens(first: date, last: date) -> set[str]:
    """Tokens of which each message has one that was sent on one of these days, in UTC: whole years, months and days."""
    found: set[str] = set()
    day = first
    while day <= last:
        year_ends, month_ends = date(day.year, 12, 31), _end_of_month(day)
        if day.month == day.day == 1 and year_ends <= last:
            found.add(_year(day.year))
            end = year_ends
        elif day.day == 1 and month_ends <= last:
            found.add(_month(day.year, day.month))
            end = month_ends
        else:
            found.add(_day(day))
            end = day
        day = end + timedelta(days=1)
    return found


def _end_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


@lru_cache(maxsize=400)
def _tokens_of_day(day: date) -> frozenset[str]:
    return frozenset((_day(day), _month(day.year, day.month), _year(day.year)))


def fact_tokens(room: Room, message: Written) -> set[str]:
    """The tokens of what is known of a message besides its words."""
    found = {EVERYTHING, author_token(message.author_id), room_token(room.members_room_id)}
    found.update([has_token(name) for name, has in _IN_TEXT.items() if has(message)])
    if message.extras:  # most have none
        found.update([has_token(name) for name, has in _IN_EXTRAS.items() if has(message)])
        if previews := len(message.extras.get(PREVIEWS, ())):
            found.add(previews_token(previews))
    found |= _tokens_of_day(message.created_at.astimezone(UTC).date())
    if is_in_thread(room, message):
        found.add(IN_THREAD)
    return found


def is_searched(message: Message) -> bool:
    """Whether a message can be found: what somebody wrote and nobody deleted."""
    return not (message.is_deleted or message.is_system)


def shown_tokens(room: Room, message: Written) -> set[str]:
    """The tokens of what the `extras` of a message show, and of what is known of it."""
    found = fact_tokens(room, message)
    for carried in shown_with(message.extras):
        found |= tokens(folded(carried.text))
    return found


def all_tokens(room: Room, message: Written, in_files: Mapping[str, str] = NO_FILES) -> set[str]:
    """All tokens of a message with the contents of its files; none for one that is not found."""
    if isinstance(message, Message) and not is_searched(message):
        return set()
    found = tokens(folded(message.body)) | shown_tokens(room, message)
    for carried in contents(in_files):
        found |= tokens(folded(carried.text))
    return found
