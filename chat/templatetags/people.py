"""How a person without a photo is pictured: initials on one of seven hues. The room page draws the same."""

import re
from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.timesince import timesince

from chat.models import SignIn, User
from chat.web.browsers import browser_in_words

HUES = 7

register = template.Library()


@register.filter
def initials(name: str) -> str:
    """First letters of the first and last word; of names in scripts without capitals, the first character alone."""
    words: list[str] = re.findall(r"\w+", name)
    if not words:
        return "?"
    first, last = words[0][0], words[-1][0]
    is_cased = first.upper() != first.lower()
    return (first + last if is_cased and len(words) > 1 else first).upper()


@register.filter
def hue(user: User) -> int:
    """Which hue this person has on every page."""
    return int(user.pk) % HUES


@register.filter
def in_words(sign_in: SignIn) -> str:
    """The browser and device of a session."""
    return browser_in_words(sign_in.user_agent)


@register.filter
def how_long(moment: datetime) -> str:
    """How long ago something was, roughly and in words: “2 hours”. Empty for less than a minute."""
    is_now = timezone.now() - moment < timedelta(minutes=1)
    return "" if is_now else str(timesince(moment, depth=1))
