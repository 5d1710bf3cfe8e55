"""Where words are in the texts that a message carries: a line of each, with the words marked."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from search.carried import TEXT, Carried
from search.folded import Folded, Span
from search.matching import Sought, marks, places

MOST_PLACES = 10

LINE_CHARS = 160
STEP_CHARS = 80
"""Longer lines are cut to the first part that has a word; the parts begin this far apart."""

CUT = "…"


class Place(NamedTuple):
    """A line of a text with words that were looked for. `line` is its number in the contents of a file, from 1."""

    carried: Carried
    text: str
    marks: Sequence[Span]
    line: int | None = None


def places_in(texts: Iterable[tuple[Carried, Folded]], all_sought: Sequence[Sought]) -> list[Place]:
    """One line of each text that has one of the words, of at most MOST_PLACES texts."""
    found: list[Place] = []
    for carried, text in texts:
        first = min((at for sought in all_sought for at, _end in _first(text, sought)), default=None)
        if first is not None:
            found.append(_place(carried, text.text.count("\n", 0, first), all_sought))
        if len(found) == MOST_PLACES:
            break
    return found


def _first(text: Folded, sought: Sought) -> Iterator[tuple[int, int]]:
    place = next(places(text, sought), None)
    return iter(()) if place is None else iter((place,))


def _place(carried: Carried, number: int, all_sought: Sequence[Sought]) -> Place:
    lines = carried.text.split("\n", number + 1)  # folding changes no end of a line
    line = lines[min(number, len(lines) - 1)]
    text, found = _part(line, all_sought)
    return Place(carried, text, found, number + 1 if carried.kind == TEXT else None)


def _part(line: str, all_sought: Sequence[Sought]) -> tuple[str, Sequence[Span]]:
    """The first part of a line that has a word, and where; its beginning if words are in none."""
    for start in range(0, max(1, len(line) - STEP_CHARS), STEP_CHARS):
        part = _cut(line, start)
        if found := marks(Folded(part), all_sought):
            return part, found
    return _cut(line, 0), []


def _cut(line: str, start: int) -> str:
    end = start + LINE_CHARS
    return (CUT if start else "") + line[start:end] + (CUT if end < len(line) else "")
