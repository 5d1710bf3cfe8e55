"""Looks for the blocked words of the space in messages.

Both are folded: case, width and invisible characters do not matter. Words of scripts with spaces are found as whole
words, so that "ass" is not found in "class"; others, as Korean ones, are found within words. Words are also found that
markup divides where they are typed, but not where they are read. Takes time in proportion to the length of the text for
each word, of which there are few; there are no patterns.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from typing import Any

from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.models import User
from chat.models.space_settings import BLOCKED_WORDS, BLOCKED_WORDS_ACT, WordsAct
from chat.protocol.errors import Forbidden, Held
from chat.protocol.excerpts import text_of
from chat.queries.space import held_value_of, value_of
from chat.unicode import fold, without_invisible

REFUSED = _("This message contains a word that is not allowed here.")

WITHOUT_SPACES = (
    ("\u1100", "\u11ff"),  # Hangul Jamo
    ("\u2e80", "\u9fff"),  # Han, Kana, Bopomofo, compatibility Jamo
    ("\ua960", "\ua97f"),
    ("\uac00", "\ud7ff"),  # Hangul syllables
    ("\uf900", "\ufaff"),
    ("\U00020000", "\U0003ffff"),
)
"""Characters of scripts whose words are found within other words."""


def check_words(author: User, body: str, *, html: str, on_loop: bool = False, may_wait: bool = True) -> None:
    """Raise Forbidden or Held if a message has a blocked word, as the space wants it. Superusers are exempt.

    `html` is the rendered text. Without `may_wait`, it is never held, but refused. With `on_loop`, never queries the
    database.
    """
    read: Any = held_value_of if on_loop else value_of
    act = read(BLOCKED_WORDS_ACT)
    if act == WordsAct.OFF or policy.is_administrator(author):
        return
    words = read(BLOCKED_WORDS)
    if not (has_blocked_word(words, body) or has_blocked_word(words, text_of(html, with_spoilers=True))):
        return
    if act == WordsAct.HOLD and may_wait:
        raise Held
    raise Forbidden(REFUSED, field="body")


def has_blocked_word(words: Iterable[str], text: str) -> bool:
    """Whether a text contains one of these words."""
    whole, within = _prepared(tuple(words))
    folded = _folded(text)
    if any(word in folded for word in within):
        return True
    spelled = f" {' '.join(_pieces(folded))} " if whole else ""
    return any(f" {word} " in spelled for word in whole)


def blocked_words_in(text: str) -> list[str]:
    """The blocked words of the space that a text contains."""
    words: Any = value_of(BLOCKED_WORDS)
    return [word for word in words if has_blocked_word([word], text)]


@lru_cache(8)
def _prepared(words: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """The words that are found as whole words, as `_pieces` spells them, and those that are found within words."""
    folded = [_folded(word) for word in words]
    within = [word for word in folded if word and any(_is_without_spaces(character) for character in word)]
    whole = [" ".join(_pieces(word)) for word in folded if word not in within]
    return [word for word in whole if word], within


def _folded(text: str) -> str:
    """The text in one spelling. Line breaks are invisible characters, too, but separate words."""
    return fold(without_invisible(" ".join(text.split())))


def _pieces(text: str) -> Iterator[str]:
    """The words of a text. A word also ends where the script changes: a Korean particle may follow an English word."""
    for kind, characters in groupby(text, _kind):
        if kind:
            yield "".join(characters)


def _kind(character: str) -> int:
    """0 between words, or the kind of word of which the character is a part."""
    if not character.isalnum():
        return 0
    if character < WITHOUT_SPACES[0][0]:
        return 1
    return 2 if _is_without_spaces(character) else 1


def _is_without_spaces(character: str) -> bool:
    return any(first <= character <= last for first, last in WITHOUT_SPACES)
