"""The index: which messages have some tokens. It may find too many, so whatever it finds is compared with the rows."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

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


class Cursor(NamedTuple):
    """How much of a room is in the index."""

    room: int
    revision: int
    position: int


@dataclass(frozen=True, slots=True)
class Ask:
    """Messages that have all of `tokens`, and one of each group in `one_of`, with ids from `low` up to below `high`."""

    tokens: Sequence[Wanted]
    one_of: Sequence[Collection[str]] = ()
    low: int = 1
    high: int = 2**62


class Index(ABC):
    """Where ids of messages are found by tokens."""

    def is_of(self, epoch: int) -> bool:
        """Whether there is an index that belongs to this epoch of the deriver."""
        return True

    @abstractmethod
    def add(self, tokens: Mapping[int, set[str]]) -> None:
        """Store the tokens of messages, in a transaction."""

    def move(self, cursors: Iterable[Cursor]) -> None:  # noqa: B027 (a table has none)
        """Move the cursors that are beside the index, if there are any, in a transaction."""

    @abstractmethod
    def find(self, ask: Ask, *, seconds: float) -> Iterator[Sequence[int]]:
        """The ids of messages, newest first, some at a time. Raises IndexUnavailable, also after this long."""


@cache
def the_index() -> Index:
    """The index of this site."""
    if connection.vendor == "postgresql":
        from search.table_index import TableIndex

        return TableIndex()
    from search.file_index import FileIndex

    return FileIndex()
