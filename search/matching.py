"""Whether a message really contains what was looked for, and where."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from chat.unicode import fold
from search.folded import Folded, Span
from search.particles import stem
from search.tokens import Wanted, is_east_asian, wanted

MOST_MARKS = 50
"""Most places in one message that are marked."""


@dataclass(frozen=True, slots=True)
class Sought:
    """A word or a phrase of a query.

    Words of Latin and similar scripts are found where a word begins, in a phrase only as whole words; Hangul, Kana and
    Han are found anywhere, since particles and endings are attached to them. With `is_bent`, the word is also found
    without its own particles and endings: `pieces` is what is looked for, `whole` the word as it was typed.
    """

    text: str
    is_phrase: bool = False
    is_bent: bool = False
    pieces: tuple[str, ...] = field(init=False)
    whole: str = field(init=False)
    tokens: tuple[Wanted, ...] = field(init=False)

    def __post_init__(self) -> None:
        pieces = tuple(fold(self.text).split())
        object.__setattr__(self, "whole", pieces[0] if len(pieces) == 1 else "")
        if self.is_bent and self.whole:
            pieces = (stem(self.whole),)
        found = {token: None for piece in pieces for token in wanted(piece, is_whole=self.is_phrase)}
        object.__setattr__(self, "pieces", pieces)
        object.__setattr__(self, "tokens", tuple(found))


def places(text: Folded, sought: Sought) -> Iterator[tuple[int, int]]:
    """Where a word or phrase is in a folded text: beginnings and ends."""
    at = text.text.find(sought.pieces[0])
    while at >= 0:
        end = _end(text.text, at, sought)
        if end:
            if text.text.startswith(sought.whole, at):
                end = max(end, at + len(sought.whole))
            yield at, end
        at = text.text.find(sought.pieces[0], max(end, at + 1))


def contains(text: Folded, sought: Sought) -> bool:
    """Whether a word or phrase is in a folded text."""
    return next(places(text, sought), None) is not None


def marks(text: Folded, all_sought: Sequence[Sought]) -> list[Span]:
    """The parts of the original text to mark, in their order, which do not overlap."""
    found = sorted(
        place for sought in all_sought for place, _ in zip(places(text, sought), range(MOST_MARKS), strict=False)
    )
    merged: list[tuple[int, int]] = []
    for start, end in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return [text.span(start, end) for start, end in merged[:MOST_MARKS]]


def _end(text: str, at: int, sought: Sought) -> int:
    """Where the pieces end if they follow each other from here, else 0."""
    if _is_in_word(text, at):
        return 0
    end = at + len(sought.pieces[0])
    for piece in sought.pieces[1:]:
        begin = end
        while begin < len(text) and text[begin].isspace():
            begin += 1
        if begin == end or not text.startswith(piece, begin):
            return 0
        end = begin + len(piece)
    return 0 if sought.is_phrase and _is_in_word(text, end) else end


def _is_in_word(text: str, at: int) -> bool:
    """Whether this place is inside of a word of a script that separates words."""
    return 0 < at < len(text) and _is_letter(text[at - 1]) and _is_letter(text[at])


def _is_letter(character: str) -> bool:
    return character.isalnum() and not is_east_asian(character)
