"""Texts as they are compared, without compatibility characters and case, whose places lead back to what was typed."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from chat.unicode import fold

HANGUL_PARTS = range(0x1160, 0x1200)
"""Vowels and final consonants of Hangul that are not composed: they belong to the character before them."""


_MAY_CHANGE = re.compile("[^\\x00-\\x7f\\uac00-\\ud7a3\\u3041-\\u3096\\u30a1-\\u30fa\\u4e00-\\u9fff]")
"""Characters other than ASCII, Hangul, Kana and Han. A text without any of them needs no normalisation."""


class Span(NamedTuple):
    """A part of a text, in UTF-16 code units, in which browsers count."""

    start: int
    length: int


class Folded:
    """A folded text that knows from where in the original each of its characters comes."""

    def __init__(self, text: str) -> None:
        self._original = text
        self.text = folded(text)
        self._is_same_length = text.isascii() or (
            len(self.text) == len(text) and max(text) <= "\uffff" and unicodedata.is_normalized("NFKC", text)
        )
        self._starts: list[int] | None = None

    def span(self, start: int, end: int) -> Span:
        """The part of the original from which a part of the folded text comes."""
        if self._is_same_length:
            return Span(start, end - start)
        if self._starts is None:
            self._starts = _starts(self._original, len(self.text))
        first, last = self._starts[start], self._starts[end]
        return Span(first, max(1, last - first))


def folded(text: str) -> str:
    """What `fold` returns, which takes longer than most texts need."""
    if text.isascii():
        return text.lower()
    return fold(text) if _MAY_CHANGE.search(text) else text.lower()


def utf16_length(text: str) -> int:
    """The length of a text in UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def _starts(text: str, length: int) -> list[int]:
    """For each character of the folded text, and for its end, where the original of it begins."""
    starts: list[int] = []
    at = 0
    for cluster in _clusters(text):
        starts += [at] * len(fold(cluster))
        at += utf16_length(cluster)
    # Should parts fold otherwise than the whole, the marks are off by some characters, but inside of the text.
    starts = starts[:length]
    return starts + [at] * (length + 1 - len(starts))


def _clusters(text: str) -> Iterator[str]:
    """The characters of a text, each with what combines with it."""
    start = 0
    for at in range(1, len(text)):
        if not _belongs_to_the_one_before(text[at]):
            yield text[start:at]
            start = at
    if text:
        yield text[start:]


def _belongs_to_the_one_before(character: str) -> bool:
    return character > "\u02ff" and (bool(unicodedata.combining(character)) or ord(character) in HANGUL_PARTS)
