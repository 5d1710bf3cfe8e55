"""Puts the right Korean particle into every translated sentence (`chat.unicode.particles`).

Django has no place for this: its translations are ordinary strings, which code and templates fill with `%`. So the
class of its catalogs is replaced by one whose sentences choose their particles while they are filled.
"""

from typing import Any, cast

from django.utils.translation import trans_real

from chat.unicode.particles import MARK, with_particles


class Sentence(str):
    """A translation with particles to choose."""

    __slots__ = ()

    def __mod__(self, values: Any) -> str:
        """Fill the places, from a mapping."""
        filled: str = with_particles(self, values) % values
        return filled


class Catalog(trans_real.DjangoTranslation):
    """Django's catalog of a language."""

    def gettext(self, message: str) -> str:
        return sentence(super().gettext(message))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return sentence(super().ngettext(msgid1, msgid2, n))


def sentence(text: str) -> str:
    """The text, which chooses its particles if it has any."""
    return Sentence(text) if "{" in text and MARK.search(text) else text


def choose_particles() -> None:
    """From now on, languages are loaded into our catalogs."""
    cast("Any", trans_real).DjangoTranslation = Catalog
