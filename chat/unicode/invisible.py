"""Invisible characters."""

import unicodedata

# Default_Ignorable_Code_Point of Unicode 15 outside category Cf: fillers, joiners and variation selectors.
IGNORABLE = frozenset(
    map(
        chr,
        [
            *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0),
            *range(0x180B, 0x1810),
            *range(0xFE00, 0xFE10),
            *range(0xE0000, 0xE1000),
        ],
    )
)

# A symbol by its category, but drawn as nothing: the braille cell without dots.
DRAWN_AS_NOTHING = frozenset("\u2800")

# Emoji sequences are joined by these two: 👩‍💻 and ❤️.
JOINERS = frozenset("\u200d\ufe0f")

INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def is_invisible(character: str) -> bool:
    """Whether a character is a control, a format character (bidi overrides among them) or a filler."""
    return character in IGNORABLE or unicodedata.category(character) in INVISIBLE_CATEGORIES


def is_blank(text: str) -> bool:
    """Whether nothing of a text is visible: only spaces, fillers, format characters, and marks without a letter."""
    return all(
        is_invisible(character)
        or character in DRAWN_AS_NOTHING
        or unicodedata.category(character)[0] in "ZM"  # spaces, and marks without a base character
        for character in text
    )


def without_invisible(text: str) -> str:
    """The text without invisible characters. Joiners of emoji stay between two visible characters."""
    kept: list[str] = []
    for character, following in zip(text, (*text[1:], ""), strict=False):
        if not is_invisible(character) or (kept and _joins(character, kept[-1], following)):
            kept.append(character)
    return "".join(kept)


def _joins(character: str, before: str, following: str) -> bool:
    return character in JOINERS and _is_symbol(before) and (character != "\u200d" or _is_symbol(following))


def _is_symbol(character: str) -> bool:
    """Whether a character can be part of an emoji: symbols, skin tones, and the selector for colour."""
    return bool(character) and (character == "\ufe0f" or unicodedata.category(character) in {"So", "Sk", "Sm"})
