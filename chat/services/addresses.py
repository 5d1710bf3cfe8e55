"""Whose an email address is.

An address counts for certain once it is confirmed, and only one person can confirm it. Until then several may have
typed it: to refuse an address at sign-up because somebody else has it would disclose who is here.
"""

from allauth.account.models import EmailAddress
from django.db import transaction

from chat.models import User

OWNERS = 3
"""Most people who get a link to reset their password when one address is typed: each is a mail to the same box."""


def owners(email: str) -> list[User]:
    """The active people of an address: who has confirmed it, or else who typed it first."""
    confirmed = EmailAddress.objects.filter(email=email.lower(), verified=True, user__is_active=True)
    if address := confirmed.select_related("user").first():
        return [address.user]
    return list(User.objects.filter(email=email.lower(), is_active=True).order_by("pk")[:OWNERS])


def who_signs_in(login: str) -> User | None:
    """The one person, active or not, whom a username or an address means at sign-in."""
    if "@" in login:
        confirmed = EmailAddress.objects.filter(email=login.lower(), verified=True).select_related("user").first()
        if confirmed is not None:
            return confirmed.user  # type: ignore[no-any-return]  # allauth's models have no types
        typed = User.objects.filter(email=login.lower()).order_by("pk").first()
        if typed is not None:
            return typed
    return User.objects.filter(username__iexact=login).first()


def request_address(user: User, *, email: str) -> EmailAddress:
    """Another address for a person, in place of any other that waits for being confirmed.

    The present one stays until then, confirmed or not, so that it can be notified of the change.
    """
    with transaction.atomic():
        waiting = EmailAddress.objects.filter(user=user, verified=False).exclude(email__iexact=user.email)
        waiting.delete()
        return EmailAddress.objects.create(user=user, email=email.lower())
