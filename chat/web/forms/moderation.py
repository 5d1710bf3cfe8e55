"""Forms of the moderation of a room: its rules, and sanctions against one person."""

from datetime import datetime, timedelta
from typing import Any, cast

from django import forms
from django.forms import model_to_dict
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from chat.models import Room
from chat.services.room_rules import RULES
from chat.services.sanctions import LONGEST_DAYS
from chat.web.forms.rooms import GREATEST_ID
from chat.web.forms.service import ServiceForm

MINUTE, HOUR, DAY = 60, 3600, 24

SLOW_SECONDS = (0, 5, 10, 30, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR)
"""Times between two messages of one person that are offered."""

SANCTION_HOURS = (1, DAY, 7 * DAY, 30 * DAY)
"""Durations of sanctions that are offered."""


def slow_text(seconds: int) -> str:
    """A time between two messages in words."""
    if not seconds:
        return gettext("Off")
    if seconds % HOUR == 0:
        return ngettext("%d hour", "%d hours", seconds // HOUR) % (seconds // HOUR)
    if seconds % MINUTE == 0:
        return ngettext("%d minute", "%d minutes", seconds // MINUTE) % (seconds // MINUTE)
    return ngettext("%d second", "%d seconds", seconds) % seconds


def durations() -> list[tuple[int, str]]:
    """The durations of sanctions in hours, with their labels."""
    return [(hours, _duration_text(hours)) for hours in SANCTION_HOURS]


def _duration_text(hours: int) -> str:
    if hours > DAY:
        return ngettext("%d day", "%d days", hours // DAY) % (hours // DAY)
    return ngettext("%d hour", "%d hours", hours) % hours


def rule_choices(room: Room) -> dict[str, list[tuple[Any, Any]]]:
    """The choices of those rules of a room that depend on it."""
    usual = Room.Who.MODERATORS if room.kind == Room.Kind.PUBLIC else Room.Who.EVERYONE
    return {
        "who_mentions_all": [("", gettext("as usual: %(who)s") % {"who": usual.label}), *Room.Who.choices],
        "slow_seconds": [(n, slow_text(n)) for n in dict.fromkeys((*SLOW_SECONDS, room.slow_seconds))],
    }


class RoomRulesForm(ServiceForm):
    """Who may post, mention everybody and invite people in a room, and slow mode. A script may send some of them."""

    who_posts = forms.ChoiceField(label=_("Who may write"), required=False, choices=Room.Who.choices)
    who_mentions_all = forms.ChoiceField(
        label=_("Who may mention everybody"), required=False, choices=[("", _("as usual")), *Room.Who.choices]
    )
    who_invites = forms.ChoiceField(label=_("Who may invite people"), required=False, choices=Room.Who.choices)
    slow_seconds = forms.TypedChoiceField(
        label=_("Slow mode"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=_("How long a person waits between two messages. Moderators and owners don't wait."),
    )

    def __init__(self, data: QueryDict | None = None, *, room: Room) -> None:
        super().__init__(data, initial=model_to_dict(room, RULES))
        for name, choices in rule_choices(room).items():
            cast("forms.ChoiceField", self.fields[name]).choices = choices

    @property
    def wanted(self) -> dict[str, Any]:
        """The arguments of the service: the rules that were sent."""
        return {name: value for name, value in self.cleaned_data.items() if value or name in self.data}


class SanctionForm(ServiceForm):
    """Mutes or bans a person for some hours, or ends that."""

    MUTE, UNMUTE, BAN, LIFT = "mute", "unmute", "ban", "lift"

    user = forms.IntegerField(min_value=1, max_value=GREATEST_ID)
    act = forms.ChoiceField(choices=[(act, act) for act in (MUTE, UNMUTE, BAN, LIFT)])
    hours = forms.IntegerField(min_value=1, max_value=LONGEST_DAYS * DAY, required=False)

    def clean(self) -> dict[str, Any]:
        """Require the hours of what lasts for a time."""
        if self.cleaned_data.get("act") in {self.MUTE, self.BAN} and not self.cleaned_data.get("hours"):
            self.add_error("hours", self.fields["user"].error_messages["required"])
        return self.cleaned_data

    @property
    def until(self) -> datetime:
        """When it ends."""
        return timezone.now() + timedelta(hours=self.cleaned_data["hours"])
