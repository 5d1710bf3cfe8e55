"""Emoji, by the grammar of Unicode TS 51, section 1.4.9."""

from functools import cache
from pathlib import Path

TABLE = Path(__file__).parent / "emoji.txt"

COLOURED, JOINER, KEYCAP, CANCEL_TAG, BLACK_FLAG = "\ufe0f", "\u200d", "\u20e3", "\U000e007f", "\U0001f3f4"
SKIN_TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
REGIONAL_INDICATORS = frozenset(map(chr, range(0x1F1E6, 0x1F200)))
TAGS = frozenset(map(chr, range(0xE0020, 0xE007F)))
KEYS = frozenset("0123456789#*")
REGION_TAGS = range(3, 7)


def one_emoji(text: str) -> str | None:
    """The emoji that a text consists of, with the selector for colour if it needs one; None for any other text."""
    if _is_flag(text) or _is_region_flag(text) or (text[:1] in KEYS and text[1:] == COLOURED + KEYCAP):
        return text
    parts = text.split(JOINER)
    if not all(map(_is_part, parts)):
        return None
    is_coloured = len(text) > 1 or text in _characters("Emoji_Presentation")
    return text if is_coloured else text + COLOURED


def emoji_end(text: str, at: int) -> int:
    """The end of the emoji that begins here; `at` if there is none, or one that is displayed as text."""
    if _is_flag(text[at : at + 2]):
        return at + 2
    if text[at] in KEYS:
        return at + 3 if text[at + 1 : at + 3] == COLOURED + KEYCAP else at
    if text[at] == BLACK_FLAG and (cancel := text.find(CANCEL_TAG, at, at + REGION_TAGS.stop + 2)) > at:
        return cancel + 1 if _is_region_flag(text[at : cancel + 1]) else at
    end = _part_end(text, at)
    while end > at and text.startswith(JOINER, end) and _part_end(text, end + 1) > end + 1:
        end = _part_end(text, end + 1)
    is_coloured = end - at > 1 or text[at] in _characters("Emoji_Presentation")
    return end if is_coloured else at


def _part_end(text: str, at: int) -> int:
    """The end of a picture, with a skin tone or the selector for colour."""
    if text[at : at + 1] not in _characters("Extended_Pictographic"):
        return at
    return at + 2 if text[at + 1 : at + 2] in SKIN_TONES | {COLOURED} else at + 1


def _is_flag(text: str) -> bool:
    return len(text) == 2 and REGIONAL_INDICATORS.issuperset(text)


def _is_region_flag(text: str) -> bool:
    tags = text[1:-1]
    return text[:1] == BLACK_FLAG and text[-1:] == CANCEL_TAG and len(tags) in REGION_TAGS and TAGS.issuperset(tags)


def _is_part(part: str) -> bool:
    """Whether this is a picture, alone or with a skin tone or the selector for colour."""
    rest = part[1:]
    is_whole = not rest or rest == COLOURED or rest in SKIN_TONES
    return is_whole and part[:1] in _characters("Extended_Pictographic")


@cache
def _characters(name: str) -> frozenset[str]:
    """The characters with a property."""
    found: list[str] = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        given, _semicolon, spans = line.partition("; ")
        for span in spans.split() if given == name else ():
            first, _dots, last = span.partition("..")
            found += map(chr, range(int(first, 16), int(last or first, 16) + 1))
    return frozenset(found)
