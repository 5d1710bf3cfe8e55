"""What happens in the rooms of a bot, and what it still has to read before it can know. Without I/O."""

from collections.abc import Sequence
from dataclasses import dataclass

from .shapes import Fields, Message


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened in a room. A bot is given each once it has handled those before."""

    room: int


@dataclass(frozen=True, slots=True)
class Posted(Happening):
    """A new message, in its newest state."""

    message: Message


@dataclass(frozen=True, slots=True)
class Edited(Happening):
    """A message has another text."""

    message: Message


@dataclass(frozen=True, slots=True)
class Deleted(Happening):
    """A message was deleted: its text is empty."""

    message: Message


@dataclass(frozen=True, slots=True)
class Reacted(Happening):
    """The reactions to a message changed; these are all of them."""

    message_id: int
    revision: int
    reactions: Sequence[Fields]


@dataclass(frozen=True, slots=True)
class Joined(Happening):
    """People joined a room, or were added; at most 10 are named, by id."""

    people: Sequence[int]


@dataclass(frozen=True, slots=True)
class Left(Happening):
    """People left a room, or were removed; at most 10 are named, by id."""

    people: Sequence[int]


# --- what has to be read first ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Behind(Happening):
    """Changes between these revisions are missing: read them as events."""

    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Unplaced(Happening):
    """The bot came into a room while it was away: read when, and everything since."""


@dataclass(frozen=True, slots=True)
class Hole(Happening):
    """Messages between these positions come later, because they changed later: read them from the history."""

    after: int
    before: int
