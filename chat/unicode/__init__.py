"""Properties of characters: which script they belong to, which look alike, which are invisible.

Knows nothing of people or rooms. The tables are made by `bin/unicode` and `bin/emoji` from the data
of the Unicode Consortium.
"""

from chat.unicode.emoji import emoji_end, emoji_named, is_emoji, one_emoji
from chat.unicode.folding import fold
from chat.unicode.invisible import is_blank, without_invisible
from chat.unicode.scripts import are_one_script, scripts_of
from chat.unicode.skeletons import skeleton, skeleton_digest

__all__ = [
    "are_one_script",
    "emoji_end",
    "emoji_named",
    "fold",
    "is_blank",
    "is_emoji",
    "one_emoji",
    "scripts_of",
    "skeleton",
    "skeleton_digest",
    "without_invisible",
]
