"""Sign-up: allauth's form, with a name."""

from typing import Any

from allauth.account.forms import SignupForm as AllauthSignupForm
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from chat.forms.people import BrowserTimeZoneField, name_field
from chat.models import User
from chat.services import spaces


class SignupForm(AllauthSignupForm):  # type: ignore[misc]
    """Name, username, email and password. Who signs up is in the first room at once."""

    field_order = ("display_name", "username", "email", "password1", "password2", "time_zone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["display_name"] = name_field()
        self.fields["time_zone"] = BrowserTimeZoneField()
        self.fields["email"].label = _("Email")
        self.fields["email"].help_text = _("Only to reset your password.")
        self.fields["username"].help_text = _("To sign in with.")
        self.fields["username"].widget.attrs |= {
            "autocapitalize": "none",
            "spellcheck": "false",
            "data-suggest-from": "display_name",
        }
        self.order_fields(self.field_order)

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """The new person; or nobody, and the way back for whoever chose a username that was taken meanwhile."""
        try:
            saved: tuple[User | None, HttpResponse | None] = super().try_save(request)
        except IntegrityError:
            messages.error(request, _("This username is taken."))
            return None, redirect(request.get_full_path())
        return saved

    def save(self, request: HttpRequest) -> User:
        """Store the person and take them into the first room, both or neither."""
        with transaction.atomic():
            user: User = super().save(request)
            spaces.welcome(user)
        return user
