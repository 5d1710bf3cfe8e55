"""The account forms of allauth, with display names, our rate limits, and our services."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import AddEmailForm as AllauthAddEmailForm
from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import ResetPasswordForm as AllauthResetPasswordForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.models import EmailAddress
from allauth.core import context
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from chat.models import User
from chat.protocol.errors import ChatError
from chat.services import attempts, email_addresses, memberships, spaces
from chat.services.passwords import NamesValidator
from chat.web.account_adapter import client_address, or_429
from chat.web.forms.people import BrowserTimeZoneField, name_field
from chat.web.invitations import admit


class SignupForm(AllauthSignupForm):  # type: ignore[misc]
    """Name, username, email and password. A new person is added to the first room."""

    field_order = ("display_name", "username", "email", "password1", "password2", "time_zone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["display_name"] = name_field()
        self.fields["time_zone"] = BrowserTimeZoneField()
        self.fields["email"].label = _("Email")
        self.fields["email"].help_text = _("Used only to reset your password.")
        self.fields["username"].help_text = _("For signing in.")
        self.fields["username"].widget.attrs |= {
            "autocapitalize": "none",
            "spellcheck": "false",
            "data-suggest-from": "display_name",
        }
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        """Also compare the password with the display name, which allauth does not know."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("password1") and "password1" not in self.errors:
            try:
                NamesValidator().validate(cleaned["password1"], User(display_name=cleaned.get("display_name", "")))
            except ValidationError as error:
                self.add_error("password1", error)
        return cleaned

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Return the new person; or None and a response, if the username was taken in the meantime."""
        or_429(request, lambda: attempts.sign_up(address=client_address(request)))
        try:
            saved: tuple[User | None, HttpResponse | None] = super().try_save(request)
        except IntegrityError:
            messages.error(request, _("This username is taken."))
            return None, redirect(request.get_full_path())
        except ChatError as closed:
            messages.error(request, str(closed))
            return None, redirect(request.get_full_path())
        return saved

    def save(self, request: HttpRequest) -> User:
        """Count the use of their invitation, store the person and add them to the first room, in one transaction.

        With a link for guests of a room, they become a guest in it. Raises Conflict if somebody else has just used up
        the invitation, and what refuses to add somebody to the room.
        """
        with transaction.atomic():
            used = admit(request.GET.get("invite", ""))
            user: User = super().save(request)
            if used is not None and used.guest_room_id is not None:
                memberships.enter_as_guest(user, room_id=used.guest_room_id, invited_by=used.created_by)
            else:
                spaces.welcome(user)
        return user


class ResetPasswordForm(AllauthResetPasswordForm):  # type: ignore[misc]
    """Requests a mail with a reset link. Limits are applied before the address is looked up."""

    def clean_email(self) -> str:
        """Return the address, and set `users` to the people who will receive a link."""
        request, email = context.request, self.cleaned_data["email"]
        or_429(request, lambda: attempts.mail(to=email, address=client_address(request)))
        super().clean_email()
        self.users = email_addresses.owners(email)
        return str(email)


class ChangePasswordForm(AllauthChangePasswordForm):  # type: ignore[misc]
    """The old password and a new one. Wrong old passwords count towards the limit on failed sign-ins."""

    def clean_oldpassword(self) -> str:
        """The old password, if it is correct."""
        typed: str = self.cleaned_data["oldpassword"]
        adapter = get_adapter()
        if not adapter.reauthenticate(self.user, typed):
            raise adapter.validation_error("enter_current_password")
        return typed


class AddEmailForm(AllauthAddEmailForm):  # type: ignore[misc]
    """Requests a new address, which replaces the current one once it is confirmed."""

    def save(self, request: HttpRequest) -> EmailAddress:
        """Store the requested address, and send the mail that confirms it."""
        email = self.cleaned_data["email"]
        or_429(request, lambda: attempts.mail(to=email, address=client_address(request)))
        wanted = email_addresses.request_address(self.user, email=email)
        send_verification_email_to_address(request, wanted)
        return wanted
