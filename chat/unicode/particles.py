"""Korean particles, whose form depends on the last sound of the word before them: 방은, 친구는.

A translation writes both forms behind a place, `%(room)s{은|는}`: first the one after a consonant, then the one after a
vowel. `chat/static/chat/js/lib/i18n.js` follows the same rules; both are tested with `tests/harness/particles.json`.
"""

import re
from collections.abc import Mapping
from functools import partial
from html import unescape
from typing import Any, Literal

from django.utils.safestring import SafeData

Sound = Literal["vowel", "consonant", "l"]

MARK = re.compile(r"%\((\w+)\)s([^\w\s%{}]{0,3})\{([^{}|%]{1,9})\|([^{}|%]{1,9})\}")
"""A place, perhaps closing quotes, and the two forms of the particle."""

SYLLABLES = ("가", "힣")
FINALS = 28
FINAL_L = 8
DIGITS = dict(zip("0123456789", "clvcvvcllv", strict=True))
"""영 일 이 삼 사 오 육 칠 팔 구, and a number that ends with 0 ends with 십, 백, 천 or 만."""

SOUNDS: dict[str, Sound] = {"v": "vowel", "c": "consonant", "l": "l"}


def with_particles(text: str, values: Mapping[str, Any]) -> str:
    """The translation with the particle that fits the value of each place, ready for `%`."""
    return MARK.sub(partial(_chosen, values), text)


def _chosen(values: Mapping[str, Any], mark: "re.Match[str]") -> str:
    name, between, after_consonant, after_vowel = mark.groups()
    return f"%({name})s{between}{particle(_text(values[name]), after_consonant, after_vowel)}"


def _text(value: Any) -> str:
    return unescape(str(value)) if isinstance(value, SafeData) else str(value)


def particle(word: str, after_consonant: str, after_vowel: str) -> str:
    """The form of a particle behind a word; both forms, as 은(는) and (으)로, if nobody can know how the word ends."""
    sound = last_sound(word)
    if sound is None:
        optional = after_consonant.removesuffix(after_vowel)
        return f"({optional}){after_vowel}" if optional != after_consonant else f"{after_consonant}({after_vowel})"
    if sound == "l":
        return after_vowel if after_consonant.startswith("으") else after_consonant
    return after_consonant if sound == "consonant" else after_vowel


def last_sound(word: str) -> Sound | None:
    """How a word ends when it is read aloud in Korean, signs at its end aside; None if it is in another script."""
    letters = [letter for letter in word if letter.isalnum()]
    if not letters:
        return None
    last = letters[-1]
    if SYLLABLES[0] <= last <= SYLLABLES[1]:
        final = (ord(last) - ord(SYLLABLES[0])) % FINALS
        return "vowel" if final == 0 else "l" if final == FINAL_L else "consonant"
    if last in DIGITS:
        return SOUNDS[DIGITS[last]]
    return _latin("".join(letters[-3:])) if last.isascii() else None


def _latin(end: str) -> Sound:
    """The sound of the last letters of a word.

    An abbreviation is spelled: 엘, 엠, 엔, 알. Other words have a final consonant if they end with l, m, n, ng, or
    with a stop after one short vowel: 챗, 슬랙.
    """
    if end.isupper() or len(end) == 1:
        return SOUNDS[{"l": "l", "r": "l", "m": "c", "n": "c"}.get(end[-1].lower(), "v")]
    before, last = end[:-1].lower(), end[-1].lower()
    if last == "l":
        return "l"
    if last in "mn" or (before.endswith("n") and last == "g"):
        return "consonant"
    is_short = before[-1] in "aeiou" and before[:-1] not in tuple("aeiou")
    return "consonant" if last in "bckpt" and (is_short or (last == "k" and before[-1] == "c")) else "vowel"
