"""Finds the person an email address belongs to.

An address belongs to one person once it is confirmed, and only one person can confirm it. Until then several people
may have entered it: to refuse an address at sign-up because somebody else has it would disclose who has an account.
"""

from allauth.account.models import EmailAddress
from django.db import transaction

from chat.models import User

OWNERS = 3
"""Most people who get a reset link for one address: each link is a separate mail to the same mailbox."""


def owners(email: str) -> list[User]:
    """The active people of an address: the one who confirmed it, else the first OWNERS who entered it."""
    confirmed = EmailAddress.objects.filter(email=email.lower(), verified=True, user__is_active=True)
    if address := confirmed.select_related("user").first():
        return [address.user]
    return list(User.objects.active().filter(email=email.lower()).order_by("pk")[:OWNERS])


def who_signs_in(login: str) -> User | None:
    """The person, active or not, that a username or an address identifies at sign-in."""
    if "@" in login:
        confirmed = EmailAddress.objects.filter(email=login.lower(), verified=True).select_related("user").first()
        if confirmed is not None:
            return confirmed.user  # type: ignore[no-any-return]  # allauth's models have no types
        typed = User.objects.filter(email=login.lower()).order_by("pk").first()
        if typed is not None:
            return typed
    return User.objects.filter(username__iexact=login).first()


def request_address(user: User, *, email: str) -> EmailAddress:
    """Store a new address of a person, replacing any other that is not confirmed.

    The current address stays until the new one is confirmed, so that it can be notified of the change.
    """
    with transaction.atomic():
        waiting = EmailAddress.objects.filter(user=user, verified=False).exclude(email__iexact=user.email)
        waiting.delete()
        return EmailAddress.objects.create(user=user, email=email.lower())
