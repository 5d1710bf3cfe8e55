"""The first form of a space: its name, and the person who creates it."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from chat.forms.people import BrowserTimeZoneField, name_field, owners_username
from chat.forms.service import ServiceForm
from chat.models import Space, User
from chat.models.user import USERNAME_CHARS

SPACE_NAME_CHARS = Space._meta.get_field("name").max_length


class WelcomeForm(ServiceForm):
    """Name of the space, name, username, email and password of its owner."""

    site_name = forms.CharField(
        label=_("Name of your space"),
        max_length=SPACE_NAME_CHARS,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        help_text=_("Your team, company or circle."),
    )
    display_name = name_field()
    username = forms.CharField(
        label=_("Username"),
        required=False,
        max_length=USERNAME_CHARS,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "username",
                "autocapitalize": "none",
                "spellcheck": "false",
                "data-suggest-from": "display_name",
            }
        ),
        help_text=_("To sign in with. Left empty, it is made from your name."),
    )
    email = forms.EmailField(
        label=_("Email"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("Only to reset your password."),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html,
    )
    time_zone = BrowserTimeZoneField()

    def clean(self) -> dict[str, Any]:
        """Take the suggested username where none was given, and check the password against all that was typed."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "username" in cleaned:
            self._choose_username(cleaned)
        if "password" in cleaned:
            self._check_password(cleaned)
        return cleaned

    def _choose_username(self, cleaned: dict[str, Any]) -> None:
        try:
            cleaned["username"] = owners_username(cleaned["username"], cleaned.get("display_name", ""))
        except ValidationError as error:
            self.add_error("username", error)

    def _check_password(self, cleaned: dict[str, Any]) -> None:
        owner = User(
            username=cleaned.get("username", ""),
            display_name=cleaned.get("display_name", ""),
            email=cleaned.get("email", ""),
        )
        try:
            validate_password(cleaned["password"], owner)
        except ValidationError as error:
            self.add_error("password", error)
