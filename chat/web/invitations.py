"""Invitations to the space: links that carry their own proof, so nothing is stored."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from chat import policy
from chat.models import User

VALID_DAYS = 7
SALT = "chat.invitation"


def invitation_path(inviter: User) -> str:
    """The sign-up page with a fresh invitation in it, as a path. Good for VALID_DAYS days, for any number of people."""
    token = signing.dumps(inviter.pk, salt=SALT)
    return f"{reverse('account_signup')}?invite={token}"


def may_invite(user: User) -> bool:
    """Whether this person may invite people into the space, and the space accepts any."""
    return policy.may_invite_people(user) and settings.SIGNUPS != "closed"


def is_invited(token: str) -> bool:
    """Whether this is an invitation of ours, not too old, by somebody who may still invite."""
    try:
        inviter = signing.loads(token, salt=SALT, max_age=VALID_DAYS * 24 * 3600)
    except signing.BadSignature:
        return False
    return User.objects.inviters().filter(pk=inviter).exists()
