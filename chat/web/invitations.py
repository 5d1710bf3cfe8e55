"""Invitations to the space: signed links, so that nothing is stored."""

from django.core import signing
from django.urls import reverse

from chat import policy
from chat.models import User
from chat.models.space_settings import INVITATION_DAYS, SIGNUPS, Signups
from chat.queries.space import value_of

SALT = "chat.invitation"


def invitation_path(inviter: User) -> str:
    """The path of the sign-up page with a new invitation, which any number of people may use."""
    token = signing.dumps(inviter.pk, salt=SALT)
    return f"{reverse('account_signup')}?invite={token}"


def may_invite(user: User) -> bool:
    """Whether this person may invite people into the space, and the space accepts any."""
    return policy.may_invite_people(user) and value_of(SIGNUPS) != Signups.CLOSED


def is_invited(token: str) -> bool:
    """Whether this is a valid invitation that has not expired, by somebody who may still invite."""
    try:
        inviter = signing.loads(token, salt=SALT, max_age=value_of(INVITATION_DAYS) * 24 * 3600)
    except signing.BadSignature:
        return False
    return User.objects.inviters().filter(pk=inviter).exists()
