"""How the accounts of django-allauth fit this site."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.forms import BaseForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from chat.forms.people import obey
from chat.invitations import is_invited
from chat.models import Space, User
from chat.services.usernames import clean_username, free_username


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Who may sign up, and what a new person brings along."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("The username or the password is not right."),
        "email_password_mismatch": _("The email address or the password is not right."),
        "enter_current_password": _("The password is not right."),
        "incorrect_password": _("The password is not right."),
        "too_many_login_attempts": _("Too many failed tries. Wait a few minutes."),
        "username_taken": _("This username is taken."),
        "duplicate_email": _("This is your address already."),
        "email_taken": _("This address belongs to another account."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """By SIGNUPS: anyone, whoever follows an invitation, or nobody."""
        if settings.SIGNUPS == "invite":
            return is_invited(request.GET.get("invite", ""))
        return bool(settings.SIGNUPS == "open")

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """The username as it is stored. With `shallow` nobody is asked whether it is free."""
        return obey(lambda: clean_username(username) if shallow else free_username(username))

    def save_user(self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True) -> User:
        """Store the person with the name and time zone they gave."""
        user.rename(username=form.cleaned_data["username"], display_name=form.cleaned_data.get("display_name", ""))
        user.time_zone = form.cleaned_data.get("time_zone", "")
        saved: User = super().save_user(request, user, form, commit)
        return saved

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to the profile, where the way to the password began."""
        return reverse("profile")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail that names the space."""
        space = Space.objects.current()
        super().send_mail(template_prefix, email, context | {"site_name": space.name if space else settings.SITE_NAME})

    def format_email_subject(self, subject: str) -> str:
        """The subject as it is: it names the space itself."""
        return subject
