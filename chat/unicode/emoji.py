"""Single emoji, by the grammar of Unicode TS 51, section 1.4.9."""

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
