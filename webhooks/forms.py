"""Forms for webhooks."""

from typing import Self

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from chat.models import User
from chat.queries.tokens import bots_of
from chat.web.forms.service import ServiceForm
from webhooks.kinds import CHOSEN, Kind
from webhooks.models import OutgoingWebhook
from webhooks.models.incoming import NAME_CHARS
from webhooks.models.outgoing import URL_CHARS


def _moment() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


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


class OutgoingForm(ServiceForm):
    """What is sent where."""

    name = forms.CharField(
        label=_("Name"),
        max_length=NAME_CHARS,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("What receives the events, such as “archive”."),
    )
    url = forms.CharField(
        label=_("Address"),
        max_length=URL_CHARS,
        widget=forms.URLInput(attrs={"autocomplete": "off", "inputmode": "url"}),
        help_text=_("An address on the public internet, beginning with https://."),
    )
    kinds = forms.MultipleChoiceField(
        label=_("When"),
        choices=[(kind.value, kind.label) for kind in CHOSEN],
        initial=[Kind.POSTED, Kind.EDITED, Kind.DELETED],
        widget=forms.CheckboxSelectMultiple,
    )

    @classmethod
    def of(cls, webhook: OutgoingWebhook, data: QueryDict | None = None) -> Self:
        """The form of a webhook that exists."""
        return cls(data, initial={"name": webhook.name, "url": webhook.url, "kinds": webhook.kinds})


class SpanForm(ServiceForm):
    """A span of time, in the person's time zone."""

    start = forms.DateTimeField(label=_("From"), widget=_moment())
    end = forms.DateTimeField(label=_("Until"), widget=_moment())
