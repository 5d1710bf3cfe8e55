"""The index: which messages have some tokens. It may propose too many, so each is compared with its row."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, NamedTuple

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from search.tokens import Wanted

TOOK_TOO_LONG = _("This search takes too long. Add a word, a person or a room.")
BEING_BUILT = _("The search index is being built again. Try again in a minute.")


class IndexUnavailable(Exception):  # noqa: N818 (named by what it means)
    """The index cannot be read, or it took too long."""

    def __init__(self, sentence: Promise = TOOK_TOO_LONG) -> None:
        self.sentence = sentence
        super().__init__()


class AlreadyBuildingError(Exception):
    """Another process is building an index."""


class Cursor(NamedTuple):
    """How much of a room is in the index."""

    room: int
    revision: int
    position: int


@dataclass(frozen=True, slots=True)
class Ask:
    """Messages that have all of `tokens`, and one of each group in `one_of`, with ids below `high`."""

    tokens: Sequence[Wanted]
    one_of: Sequence[Collection[str]] = ()
    high: int = 2**62


class NewIndex(ABC):
    """An index that is being built beside the one that is in use, which it replaces when it is complete."""

    @abstractmethod
    def add(self, tokens: Mapping[int, set[str]]) -> None:
        """Store the tokens of messages, each of which is given once, in the order of their ids."""

    @abstractmethod
    def complete(self) -> None:
        """Do the rest of the work, which may take long, before it is put in place."""

    @abstractmethod
    def put_in_place(self, cursors: Iterable[Cursor], *, space: str, epoch: int) -> None:
        """Replace the index that is in use, at the end of the transaction that begins this epoch of the deriver."""


class Index(ABC):
    """Where ids of messages are found by tokens."""

    is_outside: ClassVar[bool] = False
    """Whether the index is not in the main database, and therefore may be missing or of another one."""

    def is_of(self, epoch: int) -> bool:
        """Whether there is an index that belongs to this epoch of the deriver."""
        return True

    @abstractmethod
    def find(self, ask: Ask, *, seconds: float) -> Iterator[Sequence[int]]:
        """The ids of messages, newest first, some at a time. Raises IndexUnavailable, also after this long."""

    @abstractmethod
    def new(self) -> AbstractContextManager[NewIndex]:
        """Begin to build another one. Raises AlreadyBuildingError while another process does."""


@cache
def the_index() -> Index:
    """The index of this site."""
    if connection.vendor == "postgresql":
        from search.table_index import TableIndex

        return TableIndex()
    from search.file_index import FileIndex

    return FileIndex()
