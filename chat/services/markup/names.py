"""Finds `@name`, `#room` and `:emoji:` in a text, without looking them up.

Readers decide what a name means: a client knows the people and rooms that its reader may see. A Korean particle may
follow a name without a space, so the name that is meant may be the beginning of the one found here.
"""

import re
from collections.abc import Iterator
from html import escape, unescape
from typing import NamedTuple

from chat.models.room import SLUG_CHARS
from chat.models.user import USERNAME_CHARS
from chat.services.usernames import DIGITS, SIGNS
from chat.unicode import are_one_script, fold, scripts_of

EMOJI_CHARS = 64
MOST_NAMES = 300
"""Names beyond this many in a message stay text."""

# Not after a character that continues a word, an address or a number.
_START = re.compile(r"(?<![A-Za-z0-9/@#:.&=+\-])(?:[@#](?=[^\W_])|:(?=[\w+\-]))")
_EMOJI = re.compile(r"[\w+\-]+")
_ROOM = re.compile(r"[\w\-]+")

PARTICLE_CHARS = 5
"""The longest title and particle after a name, such as 님에게서."""

KINDS = {"@": "mention", "#": "room", ":": "emoji"}


class Name(NamedTuple):
    """`text[start:end]` names a person, room or emoji, whose `value` is folded."""

    start: int
    end: int
    kind: str
    value: str


def find_names(text: str) -> Iterator[Name]:
    """The names in a text, in order of their position."""
    for sign in _START.finditer(text):
        at = sign.end()
        end = _ENDS[sign[0]](text, at)
        if end > at:
            value = fold(text[at:end])
            yield Name(sign.start(), end + (sign[0] == ":"), KINDS[sign[0]], value)


def has_names(text: str) -> bool:
    """Whether a text may have names."""
    has_signs = "@" in text or "#" in text or ":" in text
    return has_signs and _START.search(text) is not None


def element(name: Name, text: str) -> str:
    """The HTML of a name with this escaped text."""
    return f'<span class="{name.kind}" data-{name.kind}="{escape(name.value)}">{text}</span>'


def mentioned(html: str) -> list[str]:
    """The names after an @ in rendered HTML, each once. A username is one of the `candidates` of each."""
    after = html.split(' data-mention="')[1:]
    return list(dict.fromkeys(unescape(piece.partition('"')[0]) for piece in after))


def candidates(name: str) -> list[str]:
    """The usernames that somebody may have meant: the name, and what is before a particle, the longest first."""
    ends = range(len(name) - 1, max(0, len(name) - 1 - PARTICLE_CHARS), -1)
    return [name, *(name[:end] for end in ends if "가" <= name[end] <= "힣" and name[end - 1] not in SIGNS)]


def _person_end(text: str, at: int) -> int:
    """The end of a username: letters of one script, digits and signs, but no sign at the end."""
    end, scripts = at, set[str]()
    while end < len(text) and end - at < USERNAME_CHARS:
        character = text[end]
        if character not in SIGNS and character not in DIGITS:
            own = {"Latin"} if character.isascii() and character.isalpha() else scripts_of(fold(character))
            letters = {script for script in own if script}
            if len(letters) != len(own) or not are_one_script(scripts | letters):
                break
            scripts |= letters
        end += 1
    return at + len(text[at:end].rstrip("._-"))


def _room_end(text: str, at: int) -> int:
    """The end of the address of a room. A number alone is rather the number of something."""
    match = _ROOM.match(text, at, at + SLUG_CHARS)
    name = match[0].rstrip("-_") if match else ""
    return at if name.isdigit() else at + len(name)


def _emoji_end(text: str, at: int) -> int:
    """The end of the name of an emoji: a colon must follow it, and no letter after that."""
    match = _EMOJI.match(text, at, at + EMOJI_CHARS)
    end = match.end() if match else at
    after = text[end + 1 : end + 2]
    is_emoji = text.startswith(":", end) and not text[at:end].isdigit() and not (after.isascii() and after.isalnum())
    return end if is_emoji else at


_ENDS = {"@": _person_end, "#": _room_end, ":": _emoji_end}
