"""The avatar of a person without a picture: initials on one of twelve hues. The room page renders the same avatar."""

import re
from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.timesince import timesince

from chat.models import Room, SignIn, User
from chat.queries.direct import title_of
from chat.web.browsers import browser_in_words

HUES = 12
SYLLABLES = range(2, 5)
"""How many syllables a Hangul name has; the last two of them are the given name."""

register = template.Library()


@register.filter
def initials(name: str) -> str:
    """The given name of a Hangul name; else the first letters of the first and last word, or only the first character
    in scripts without capitals."""
    words: list[str] = re.findall(r"\w+", name)
    if not words:
        return "?"
    if hangul := next((word for word in words if len(word) in SYLLABLES and is_hangul(word)), None):
        return hangul[-2:]
    first, last = words[0][0], words[-1][0]
    is_cased = first.upper() != first.lower()
    return (first + last if is_cased and len(words) > 1 else first).upper()


def is_hangul(word: str) -> bool:
    """Whether a word consists of Hangul syllables."""
    return all("가" <= letter <= "힣" for letter in word)


@register.filter
def hue(user: User) -> int:
    """The number of this person's hue on every page."""
    return int(user.pk) % HUES


@register.filter
def called_by(room: Room | str | None, reader: User) -> str:
    """What a person calls a room: a direct one by the names of the others. Empty on a page without a room."""
    return title_of(room, reader) if isinstance(room, Room) else ""


@register.filter
def in_words(sign_in: SignIn) -> str:
    """The browser and device of a session."""
    return browser_in_words(sign_in.user_agent)


@register.filter
def how_long(moment: datetime) -> str:
    """The approximate time since a moment in words, such as “2 hours”. Empty for less than a minute."""
    is_now = timezone.now() - moment < timedelta(minutes=1)
    return "" if is_now else str(timesince(moment, depth=1))


@register.filter
def local_time(person: User) -> datetime:
    """The present time where a person is, without a zone, so that it is displayed as it is."""
    return timezone.now().astimezone(person.zone).replace(tzinfo=None)
