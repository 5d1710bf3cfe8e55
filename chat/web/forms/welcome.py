"""The form that creates the space and its owner."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from chat.models import Space, User
from chat.models.user import USERNAME_CHARS
from chat.protocol.errors import ChatError
from chat.services.passwords import check_space_name
from chat.services.setup_code import TYPED_CHARS, check_setup_code
from chat.web.forms.people import BrowserTimeZoneField, name_field, owners_username
from chat.web.forms.service import ServiceForm

SPACE_NAME_CHARS = Space._meta.get_field("name").max_length


class WelcomeForm(ServiceForm):
    """The setup code if one is needed; the space's name; the name, username, email and password of its owner."""

    setup_code = forms.CharField(
        label=_("Setup code"),
        max_length=TYPED_CHARS,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        help_text=_(
            "It proves that you run this site. The server logs it when it "
            "starts, and <code>python manage.py setupcode</code> prints it."
        ),
    )
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
        help_text=_("For signing in. If left empty, it is made from your name."),
    )
    email = forms.EmailField(
        label=_("Email"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("Used only to reset your password."),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html,
    )
    time_zone = BrowserTimeZoneField()

    def __init__(self, data: QueryDict | None = None, *, asks_code: bool, address: str) -> None:
        super().__init__(data)
        self.address = address
        if not asks_code:
            del self.fields["setup_code"]

    def clean_setup_code(self) -> str:
        """The code, if it is correct."""
        typed: str = self.cleaned_data["setup_code"]
        try:
            check_setup_code(typed, address=self.address)
        except ChatError as error:
            raise ValidationError(str(error.message)) from error
        return typed

    def clean(self) -> dict[str, Any]:
        """Fill in the suggested username if none was given, and compare the password with the other fields."""
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
            check_space_name(cleaned["password"], cleaned.get("site_name", ""))
        except ValidationError as error:
            self.add_error("password", error)
