"""Names of people: the fields that first run, sign-up and profile share."""

import re
import unicodedata
import zoneinfo
from functools import cache

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from chat.models import User

USERNAME_CHARS = User._meta.get_field("username").max_length
NAME_CHARS = User._meta.get_field("display_name").max_length


def suggest_username(name: str) -> str:
    """A username made from a name: lower case, dots for spaces, only what usernames may hold; may be empty.

    The browser suggests by the same rule (`suggestUsername` in pages.js).
    """
    lowered = unicodedata.normalize("NFKC", name).strip().lower()
    return re.sub(r"[^\w.+-]", "", re.sub(r"\s+", ".", lowered))[:USERNAME_CHARS].strip(".")


@cache
def time_zones() -> frozenset[str]:
    """The names of all time zones this machine knows."""
    return frozenset(zoneinfo.available_timezones())


def name_field() -> forms.CharField:
    """A person's name, as others read it."""
    return forms.CharField(
        label=_("Your name"),
        max_length=NAME_CHARS,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("What others read beside your messages."),
    )


class BrowserTimeZoneField(forms.CharField):
    """A hidden field that the browser fills in with its time zone; anything else than a known zone is left out."""

    widget = forms.HiddenInput(attrs={"data-time-zone": True})

    def __init__(self) -> None:
        super().__init__(required=False)

    def clean(self, value: object) -> str:
        """The zone's name, or an empty text."""
        return value if isinstance(value, str) and value in time_zones() else ""


def require_username(value: str) -> str:
    """The username, if one is left; raises ValidationError where a name suggests none."""
    if not value:
        raise ValidationError(_("Choose a username: your name suggests none."))
    return value
