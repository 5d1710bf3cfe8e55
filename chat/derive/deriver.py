"""What a deriver is: something that keeps rows up to date with the messages of rooms."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from enum import Flag, auto
from typing import Any, ClassVar, NamedTuple

from chat.models import DeriverCursor, Message, Room
from chat.store.lock_timeout import limited_transaction
from chat.store.relaxed_transaction import relaxed_transaction


class Watch(Flag):
    """The kinds of change."""

    NEW = auto()
    """A message above the cursor's position."""
    TEXT = auto()
    """An older message whose text was edited or deleted."""
    EXTRAS = auto()
    """An older message of which only the extras changed."""


class Change(NamedTuple):
    """The current state of a message, and what kind of change led to it since the cursor."""

    kind: Watch
    message: Message


class Deriver(ABC):
    """Derives rows from messages. One instance serves all rooms.

    Changes are states, not events: a message that was posted, edited and deleted since the last turn is one change.
    The same change may come again, after a failure or a rewind, so `apply` replaces what it has derived from a message
    instead of adding to it. It never sees a change of a kind that it does not watch, so it may change the extras of
    messages without waking itself.
    """

    name: ClassVar[str]
    """Identifies its cursors in the database, so it never changes."""

    watches: ClassVar[Watch]

    changes_rooms: ClassVar[bool] = False
    """Whether `apply` changes rooms. Clients are sent such changes, so its transactions wait for the disk."""

    is_outside: ClassVar[bool] = False
    """Whether the rows are not in the main database. Then `transaction` is one of where they are, which ends before the
    cursor moves: after a failure in between, the same changes come again."""

    def prepare(self) -> None:  # noqa: B027 (most have nothing to do)
        """Called outside any transaction before rooms are compared, every few seconds, by the process that derives."""

    def transaction(self, room: Room, messages: Sequence[Message]) -> AbstractContextManager[Any]:
        """The transaction in which `apply` is called for these messages."""
        return limited_transaction() if self.must_last(room, messages) else relaxed_transaction()

    def moved(self, cursor: DeriverCursor) -> None:  # noqa: B027 (as above)
        """Called at the end of a turn, still in its transaction, with the cursor as it will be."""

    def pause_after(self, room: Room) -> float:
        """How many seconds to wait after a turn in a room before the next one there."""
        return 0.0

    def must_last(self, room: Room, messages: Sequence[Message]) -> bool:
        """Whether `apply` may change for these messages what clients are sent, so that no crash may undo it."""
        return self.changes_rooms

    @abstractmethod
    def apply(self, room: Room, changes: Sequence[Change]) -> int | None:
        """Bring the rows up to date, by database queries only.

        Returns None, or the number of changes that it has applied, at least one: then the turn ends here, so that a
        deriver can limit the work of a transaction, and take its locks at once. The other changes come again.

        `room` is not locked, and other derivers are given the same messages, so change neither object. Called in a
        transaction that moves the cursor as well and holds its lock; locks of rooms are taken after it, in the order of
        their ids.
        """
