"""The emoji of Unicode, with their shortcodes."""

from functools import cache
from pathlib import Path

TABLE = Path(__file__).parent / "emoji.txt"

COLOURED = "\ufe0f"
"""The selector for colour, which some programs omit."""

EMOJI_CHARS = 10
"""The length of the longest emoji."""


def one_emoji(text: str) -> str | None:
    """The emoji that a text consists of, with the selectors for colour that it needs; None for any other text."""
    return _forms().get(text)


def is_emoji(text: str) -> bool:
    """Whether a text is one emoji in the form that `one_emoji` returns: the form to store and to compare."""
    return one_emoji(text) == text


def emoji_end(text: str, at: int) -> int:
    """The end of the longest emoji that begins here, written as `one_emoji` returns it; `at` if there is none."""
    ends = range(min(len(text), at + EMOJI_CHARS), at, -1)
    return next((end for end in ends if is_emoji(text[at:end])), at)


def emoji_named(shortcode: str) -> str | None:
    """The emoji with a standard shortcode, given without colons, such as `maple_leaf`; None if there is none."""
    return _shortcodes().get(shortcode)


@cache
def _rows() -> list[tuple[str, list[str]]]:
    """Each emoji with its shortcodes."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    rows = (line.partition(";") for line in lines if not line.startswith("# "))
    return [(emoji, codes.split()) for emoji, _semicolon, codes in rows]


@cache
def _forms() -> dict[str, str]:
    """Each emoji by its text, with and without selectors for colour."""
    bare = {emoji.replace(COLOURED, ""): emoji for emoji, _codes in _rows()}
    return bare | {emoji: emoji for emoji, _codes in _rows()}


@cache
def _shortcodes() -> dict[str, str]:
    return {code: emoji for emoji, codes in _rows() for code in codes}
