"""Adapts django-allauth to this site."""

from collections.abc import Callable
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.ratelimit import respond_429
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.forms import BaseForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from chat.models import Space, User
from chat.models.space_settings import SIGNUPS, Signups
from chat.protocol.errors import RateLimited
from chat.queries.space import value_of
from chat.services import attempts
from chat.services.email_addresses import who_signs_in
from chat.services.usernames import clean_username, free_username
from chat.web.forms.people import obey
from chat.web.invitations import is_invited
from chat.web.site_links import site_link

NO_ADDRESS = "::"
"""The placeholder for an unknown client address."""


def client_address(request: HttpRequest) -> str:
    """The address under which limits are counted: the one that our proxies report, or else that of the connection."""
    return cast("AccountAdapter", get_adapter(request)).get_client_ip(request)


def or_429(request: HttpRequest, act: Callable[[], object]) -> None:
    """Call `act`; if a rate limit refuses it, end the request with the 429 page."""
    try:
        act()
    except RateLimited as limited:
        raise ImmediateHttpResponse(respond_429(request)) from limited


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Decides who may sign up and sign in, stores new people, and sends mails."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("The username or the password is incorrect."),
        "email_password_mismatch": _("The email address or the password is incorrect."),
        "enter_current_password": _("The password is incorrect."),
        "incorrect_password": _("The password is incorrect."),
        "too_many_login_attempts": _("Too many failed attempts. Wait a few minutes."),
        "username_taken": _("This username is taken."),
        "duplicate_email": _("This is already your address."),
    }

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that our proxies report, or that of the connection, or NO_ADDRESS."""
        try:
            return str(super().get_client_ip(request))
        except (ImproperlyConfigured, PermissionDenied):  # the request bypassed the proxies, or came over a Unix socket
            return str(request.META.get("REMOTE_ADDR") or NO_ADDRESS)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether the setting of the space allows this sign-up: for anybody, with an invitation, or for nobody."""
        signups = value_of(SIGNUPS)
        if signups == Signups.INVITE:
            return is_invited(request.GET.get("invite", ""))
        return signups == Signups.OPEN

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """The username as it is stored. With `shallow`, the database is not queried whether it is free."""
        return obey(lambda: clean_username(username) if shallow else free_username(username))

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """The person with this login and password. Inactive people are included: allauth shows them their own page.

        Always hashes one password, so neither the time taken nor the answer discloses whether an account exists.
        """
        login = credentials.get("email") or credentials.get("username") or ""
        return self._check_password(request, login, who_signs_in(login), credentials.get("password") or "")

    def reauthenticate(self, user: User, password: str) -> bool:
        """Whether this is the signed-in person's password; wrong ones count towards the limit on failed sign-ins."""
        return self._check_password(self.request, user.username, user, password) is not None

    def _check_password(self, request: HttpRequest, login: str, user: User | None, password: str) -> User | None:
        try:
            attempt = attempts.sign_in(login=login, address=self.get_client_ip(request))
        except RateLimited as limited:
            raise self.validation_error("too_many_login_attempts") from limited
        if user is None:
            User().set_password(password)
            return None
        if not user.check_password(password):
            return None
        attempt.give_back()
        return user

    def save_user(self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True) -> User:
        """Store the person with the name and time zone they gave."""
        user.rename(username=form.cleaned_data["username"], display_name=form.cleaned_data.get("display_name", ""))
        user.time_zone = form.cleaned_data.get("time_zone", "")
        saved: User = super().save_user(request, user, form, commit)
        return saved

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The first page after a sign-in. Who must set up two-step sign-in is led there."""
        if isinstance(request.user, User) and request.user.rights_suspended:
            return reverse("mfa_index")
        url: str = super().get_login_redirect_url(request)
        return url

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """The profile, which links to the password page."""
        return reverse("profile")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail that names the space and whose links begin with the site's own address."""
        space = Space.objects.current()
        links = {name: site_link(self.request, link) for name, link in context.items() if name.endswith("_url")}
        named = {
            "site_name": space.name if space else settings.SITE_NAME,
            "site_link": site_link(self.request, reverse("home")),
        }
        super().send_mail(template_prefix, email, context | links | named)

    def format_email_subject(self, subject: str) -> str:
        """The subject without a prefix: it already names the space."""
        return subject
