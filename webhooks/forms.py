"""Forms for webhooks."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from chat.models import User
from chat.queries.tokens import bots_of
from chat.web.forms.service import ServiceForm
from webhooks.models.incoming import NAME_CHARS


class IncomingForm(ServiceForm):
    """What posts here, and as whom."""

    name = forms.CharField(
        label=_("Name"),
        max_length=NAME_CHARS,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("What will post here, such as “build server”."),
    )
    bot_id = forms.TypedChoiceField(
        label=_("Posts as"),
        coerce=int,
        widget=forms.RadioSelect,
        help_text=_("One of your bots. It is added to the room."),
    )

    def __init__(self, data: QueryDict | None = None, *, user: User) -> None:
        super().__init__(data)
        choices = [(bot.pk, f"{bot.name} (@{bot.username})") for bot in bots_of(user)]
        self.fields["bot_id"].choices = choices  # type: ignore[attr-defined]
