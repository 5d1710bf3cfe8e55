"""Refuses common passwords, and passwords made from the names of the person or the space."""

import gzip
import re
import string
from array import array
from bisect import bisect_left
from difflib import SequenceMatcher
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from django.contrib.auth.password_validation import UserAttributeSimilarityValidator, exceeds_maximum_length_ratio
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from chat.models import Space, User

COMMON_PASSWORDS = Path(__file__).resolve().parent.parent / "data" / "common-passwords.txt.gz"

PUNCTUATION = string.punctuation + string.whitespace
AFFIXES = PUNCTUATION + string.digits
"""Characters that people add around a common password to satisfy rules about digits or signs."""

AFFIX_CHARS = 4
"""A password with more affixes than this is not considered common."""

LONGEST_CHARS = 128
"""No common password is longer; of longer passwords, only the beginning is compared."""

SIMILARITY = 0.7


@cache
def common_passwords() -> "array[int]":
    """The sorted fingerprints of all common passwords: 0.8 MB, loaded on first use."""
    with gzip.open(COMMON_PASSWORDS, "rt", encoding="utf-8") as lines:
        return array("Q", sorted(_fingerprint(line.rstrip("\n")) for line in lines))


def is_common(password: str) -> bool:
    """Whether this is one of the 100,000 common passwords, possibly with a few digits or signs around it."""
    if len(password) > LONGEST_CHARS:
        return False
    folded = password.casefold()
    cores = {folded, folded.strip(PUNCTUATION), folded.strip(AFFIXES)}
    return any(len(folded) - len(core) <= AFFIX_CHARS and _is_listed(core) for core in cores)


def is_like_name(password: str, name: str) -> bool:
    """Whether a password is little more than a name, or one word of it."""
    folded = password[:LONGEST_CHARS].casefold()
    words = [*re.split(r"\W+", name.casefold()), name.casefold()]
    return any(_is_similar(form, word) for form in (folded, folded.strip(AFFIXES)) for word in words)


def check_space_name(password: str, name: str) -> None:
    """Raise ValidationError for a password made from the space's name."""
    if is_like_name(password, name):
        raise ValidationError(_("The password is too similar to the name of the space."), code="password_too_similar")


class CommonPasswordValidator:
    """Refuses the 100,000 most common passwords; Django's own validator knows 20,000."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError for a common password."""
        if is_common(password):
            raise ValidationError(_("This password is too common."), code="password_too_common")

    def get_help_text(self) -> str:
        return _("Your password can’t be a commonly used password.")


class NamesValidator(UserAttributeSimilarityValidator):
    """Refuses passwords made from a person's names or address, or from the space's name."""

    def __init__(self) -> None:
        super().__init__(user_attributes=("username", "display_name", "email"), max_similarity=SIMILARITY)

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for a password made from one of these names."""
        shortened = password[:LONGEST_CHARS]
        for form in {shortened, shortened.strip(AFFIXES)}:
            super().validate(form, user)
        space = Space.objects.current()
        if space is not None:
            check_space_name(password, space.name)


def _is_similar(password: str, word: str) -> bool:
    if not password or exceeds_maximum_length_ratio(password, SIMILARITY, word):
        return False
    return SequenceMatcher(a=password, b=word).quick_ratio() >= SIMILARITY


def _fingerprint(password: str) -> int:
    return int.from_bytes(blake2b(password.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def _is_listed(password: str) -> bool:
    listed, wanted = common_passwords(), _fingerprint(password)
    place = bisect_left(listed, wanted)
    return place < len(listed) and listed[place] == wanted
