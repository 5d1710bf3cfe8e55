"""Fields for names, shared by first run, sign-up and profile."""

import zoneinfo
from collections.abc import Callable
from functools import cache

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from chat.models.user import DISPLAY_NAME_CHARS
from chat.protocol.errors import ChatError
from chat.services.text import clean_line
from chat.services.usernames import clean_username, suggest_username


def obey(rule: Callable[[], str]) -> str:
    """Apply a rule of a service and return its result; a refusal becomes a ValidationError."""
    try:
        return rule()
    except ChatError as error:
        raise ValidationError(str(error.message)) from error


class DisplayNameField(forms.CharField):
    """A person's display name."""

    def clean(self, value: object) -> str:
        """The name with normalized spaces. Raises ValidationError if no character is visible."""
        typed = super().clean(value)
        return obey(lambda: clean_line(typed, field="display_name", limit=DISPLAY_NAME_CHARS, required=True))


@cache
def time_zones() -> frozenset[str]:
    """The names of all time zones that this machine knows."""
    return frozenset(zoneinfo.available_timezones())


def name_field() -> forms.CharField:
    """The field for a display name."""
    return DisplayNameField(
        label=_("Your name"),
        max_length=DISPLAY_NAME_CHARS,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("The name that others see next to your messages."),
    )


class BrowserTimeZoneField(forms.CharField):
    """A hidden field that the browser fills with its time zone. Unknown zones are dropped."""

    widget = forms.HiddenInput(attrs={"data-time-zone": True})

    def __init__(self) -> None:
        super().__init__(required=False)

    def clean(self, value: object) -> str:
        """The zone's name, or an empty string."""
        return value if isinstance(value, str) and value in time_zones() else ""


def owners_username(typed: str, name: str) -> str:
    """The username of a space's owner: the one entered, or else one derived from the name. Raises ValidationError."""
    username = typed or suggest_username(name)
    if not username:
        raise ValidationError(_("Choose a username: none can be made from your name."))
    return obey(lambda: clean_username(username, may_be_reserved=True))
