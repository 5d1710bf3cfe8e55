"""Compares a message that the index proposes with what somebody looks for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from chat.models import Message
from search.carried import Carried, contents, has_contents, shown_with
from search.folded import Folded, Span
from search.matching import Sought, contains, marks, places
from search.places import Place, places_in

COUNTED = 5
"""How often a word counts at most in one text."""


class Compared:
    """A message and the words that are sought, each of which must be in some text of it, and without others."""

    def __init__(self, message: Message, sought: Sequence[Sought], without: Sequence[Sought]) -> None:
        self.message = message
        self._sought = sought
        self._without = without
        self._body = Folded(message.body)
        self._carried: list[tuple[Carried, Folded]] = []
        if sought or without:
            self._add(shown_with(message.extras))

    def _add(self, texts: Iterable[Carried]) -> None:
        self._carried += [(carried, Folded(carried.text)) for carried in texts]

    def _has(self, sought: Sought) -> bool:
        return contains(self._body, sought) or any(contains(text, sought) for _carried, text in self._carried)

    @property
    def needs_files(self) -> bool:
        """Whether it depends on the contents of files whether this message matches."""
        if not has_contents(self.message.extras) or any(map(self._has, self._without)):
            return False
        return bool(self._without) or not all(map(self._has, self._sought))

    def matches(self, in_files: Mapping[str, str]) -> bool:
        """Whether the message matches, with these contents of files, if they were needed."""
        self._add(contents(in_files))
        return all(map(self._has, self._sought)) and not any(map(self._has, self._without))

    def marks(self) -> list[Span]:
        """Where the words are in what was written."""
        return marks(self._body, self._sought)

    def places(self) -> list[Place]:
        """Where they are in what the message carries."""
        return places_in(self._carried, self._sought)

    def score(self) -> int:
        """How well the message matches: how often the words occur, as they were typed, in a short text."""
        texts = [self._body, *(text for _carried, text in self._carried)]
        times = sum(_times(text, sought) for text in texts for sought in self._sought)
        letters = sum(len(piece) for sought in self._sought for piece in sought.pieces)
        return times * 100 + min(100, letters * 200 // (len(self._body.text) or 1))


def _times(text: Folded, sought: Sought) -> int:
    found: Iterator[tuple[int, int]] = islice(places(text, sought), COUNTED)
    return sum(1 + (end - start == len(sought.whole)) for start, end in found)
