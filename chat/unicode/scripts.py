"""The script that a letter belongs to."""

from bisect import bisect_right
from functools import cache
from pathlib import Path

from chat.unicode.invisible import is_invisible

TABLE = Path(__file__).parent / "scripts.txt"

# Scripts that one language mixes: the "augmented script sets" of Unicode TS 39, section 5.1.
WRITTEN_TOGETHER = (
    frozenset({"Han", "Hangul"}),
    frozenset({"Han", "Hiragana", "Katakana"}),
    frozenset({"Han", "Bopomofo"}),
)


def scripts_of(text: str) -> set[str | None]:
    """The scripts of a folded text's characters; None stands for characters that are no letter of a script in use."""
    return {_script(character) for character in text}


def are_one_script(scripts: set[str]) -> bool:
    """Whether these scripts are at most one, or are used together by one language ("single script" in TS 39)."""
    return len(scripts) <= 1 or any(scripts <= together for together in WRITTEN_TOGETHER)


def _script(character: str) -> str | None:
    starts, spans = _table()
    _first, last, script = spans[max(0, bisect_right(starts, character) - 1)]
    return script if _first <= character <= last and not is_invisible(character) else None


@cache
def _table() -> tuple[list[str], list[tuple[str, str, str]]]:
    spans = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        script, semicolon, ranges = line.partition("; ")
        for span in ranges.split() if semicolon and not line.startswith("#") else ():
            first, _dots, last = span.partition("..")
            spans.append((chr(int(first, 16)), chr(int(last or first, 16)), script))
    spans.sort()
    return [first for first, _last, _script in spans], spans
