"""What is stored in the index of a text: its words, and of Hangul, Kana and Han every two neighbouring characters."""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

TOKEN_CHARS = 32
"""Most characters of a word that are stored. Longer words are found by their beginnings."""

MARK = "="
"""Begins tokens that are not words: texts have none with it."""

# Hangul, Kana and Han are written without spaces, or with endings.
_EAST_ASIAN = (
    "\u1100-\u11ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u3400-\u4dbf"
    "\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_SYMBOLS = "\u2190-\u2bff\U0001f000-\U0001faff"
_RUNS = re.compile(f"[{_EAST_ASIAN}]+|[{_SYMBOLS}]|[^{_EAST_ASIAN}{_SYMBOLS}\\W_]+")
_IS_EAST_ASIAN = re.compile(f"[{_EAST_ASIAN}]")
_FIRST_EAST_ASIAN = "\u1100"
_MAY_COMBINE = re.compile(
    "[\u0300-\u1aff\u20d0-\u20ff\u302a-\u302f\u3099\u309a\ua66f-\uabff\ufb1e\ufe20-\ufe2f\U00010000-\U0001efff]"
)


class Wanted(NamedTuple):
    """A token of a query. With `is_prefix`, all tokens that begin with it will do."""

    token: str
    is_prefix: bool = False


def runs(folded: str) -> list[str]:
    """The parts of a folded text: words of Latin and other scripts, those of Hangul, Kana and Han, single symbols."""
    return _RUNS.findall(_without_marks(folded))


def is_east_asian(character: str) -> bool:
    """Whether a character is Hangul, Kana or Han, where words are found in the middle of others."""
    return character >= _FIRST_EAST_ASIAN and _IS_EAST_ASIAN.match(character) is not None


def tokens(folded: str) -> set[str]:
    """The tokens of a folded text. The last character of a run stands for itself, so single ones are found, too."""
    found: set[str] = set()
    for run in runs(folded):
        if is_east_asian(run[0]):
            found.update([run[at : at + 2] for at in range(len(run))])
        else:
            found.add(run[:TOKEN_CHARS])
    return found


def wanted(folded: str, *, is_whole: bool = False) -> list[Wanted]:
    """The tokens that every text has in which a folded word of a query occurs, or occurs as a whole word."""
    found: dict[Wanted, None] = {}
    parts = runs(folded)
    for number, run in enumerate(parts):
        found.update(dict.fromkeys(_wanted_of(run, may_go_on=not is_whole and number == len(parts) - 1)))
    return list(found)


def _wanted_of(run: str, *, may_go_on: bool) -> Sequence[Wanted]:
    if not is_east_asian(run[0]):
        return [Wanted(run[:TOKEN_CHARS], is_prefix=may_go_on or len(run) > TOKEN_CHARS)]
    if len(run) == 1:
        return [Wanted(run, is_prefix=True)]
    return [Wanted(run[at : at + 2]) for at in range(len(run) - 1)]


def _without_marks(folded: str) -> str:
    """Without marks that do not compose with the letter before them, which would divide the word."""
    if folded.isascii() or not _MAY_COMBINE.search(folded):
        return folded
    return "".join(character for character in folded if not unicodedata.combining(character))
