"""Forms for tokens and bots."""

from datetime import timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chat.models import Room, User
from chat.models.token import TOKEN_NAME_CHARS, Scope
from chat.models.user import DESCRIPTION_CHARS, DISPLAY_NAME_CHARS, USERNAME_CHARS
from chat.web.forms.service import ServiceForm

DAYS = (30, 90, 365)
NO_END = 0
ROOMS_SHOWN = 200
WITHOUT_HELP = {"autocomplete": "off"}


class TokenForm(ServiceForm):
    """What a new token is for, what it may do, and until when."""

    name = forms.CharField(
        label=_("Name"),
        max_length=TOKEN_NAME_CHARS,
        widget=forms.TextInput(attrs=WITHOUT_HELP),
        help_text=_("What will use this token, such as “backup script”."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=Scope.choices,
        initial=[Scope.READ, Scope.WRITE],
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.TypedChoiceField(label=_("Valid for"), coerce=int, initial=DAYS[1], widget=forms.RadioSelect)
    rooms = forms.TypedMultipleChoiceField(
        label=_("Only in these rooms"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: QueryDict | None = None, *, user: User) -> None:
        super().__init__(data)
        rooms = Room.objects.of(user).without_threads().exclude(kind=Room.Kind.DIRECT).order_by("name", "pk")
        choices = list(rooms.values_list("pk", "name")[:ROOMS_SHOWN])
        self.fields["rooms"].choices = choices  # type: ignore[attr-defined]
        days = [(number, ngettext("%d day", "%d days", number) % number) for number in DAYS]
        self.fields["days"].choices = [*days, (NO_END, _("No end"))]  # type: ignore[attr-defined]

    @property
    def wanted(self) -> dict[str, Any]:
        """The arguments of the service."""
        given = self.cleaned_data
        ends = timezone.now() + timedelta(days=given["days"]) if given["days"] else None
        rooms = given["rooms"] or None
        return {"name": given["name"], "scopes": given["scopes"], "room_ids": rooms, "expires_at": ends}


class BotForm(ServiceForm):
    """What a bot is called, and what it does."""

    display_name = forms.CharField(
        label=_("Name"), max_length=DISPLAY_NAME_CHARS, widget=forms.TextInput(attrs=WITHOUT_HELP)
    )
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=DESCRIPTION_CHARS,
        widget=forms.TextInput(attrs=WITHOUT_HELP),
        help_text=_("What it does, in one line."),
    )

    def __init__(self, data: QueryDict | None = None, *, bot: User) -> None:
        super().__init__(data, initial={"display_name": bot.name, "description": bot.description})


class NewBotForm(ServiceForm):
    """A new bot. Its username cannot be changed later."""

    username = forms.CharField(
        label=_("Username"),
        max_length=USERNAME_CHARS,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        help_text=_("With it the bot is mentioned."),
    )
    display_name = forms.CharField(
        label=_("Name"), required=False, max_length=DISPLAY_NAME_CHARS, widget=forms.TextInput(attrs=WITHOUT_HELP)
    )
    description = BotForm.base_fields["description"]
