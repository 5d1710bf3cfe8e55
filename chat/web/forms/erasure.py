"""The form with which people delete their own account."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chat.models import User
from chat.services.erasure import OwnMessages
from chat.web.forms.service import ServiceForm


class EraseForm(ServiceForm):
    """What becomes of the messages, and the username, typed to confirm."""

    own_messages = forms.ChoiceField(
        label=_("Your messages"), choices=OwnMessages.choices, initial=OwnMessages.KEEP, widget=forms.RadioSelect
    )
    username = forms.CharField(
        label=_("Type your username to confirm"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_username(self) -> str:
        """The username, which must be the person's own."""
        typed = User.normalize_username(self.cleaned_data["username"].strip().removeprefix("@"))
        if typed != self.user.username:
            raise forms.ValidationError(_("This is not your username."))
        return typed
