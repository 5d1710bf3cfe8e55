"""Invitation links of the space, as addresses, QR codes and sentences."""

from dataclasses import dataclass

import segno
from django.core import signing
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chat import policy
from chat.models import Invitation, User
from chat.models.space_settings import INVITATION_DAYS, SIGNUPS, Signups
from chat.protocol.errors import Conflict
from chat.queries.invitations import is_open
from chat.queries.space import value_of
from chat.services.invitations import use_invitation

SIGNED_SALT = "chat.invitation"
SIGNED_DAYS = 7
"""How long the links of earlier versions are valid: they are signed, and nothing of them is stored."""

QUIET_ZONE = 2
"""Light modules around a QR code."""


def may_invite(user: User) -> bool:
    """Whether this person may invite people into the space, and the space accepts any."""
    return policy.may_invite_people(user) and value_of(SIGNUPS) != Signups.CLOSED


def invitation_path(token: str) -> str:
    """The path of the sign-up page with an invitation."""
    return f"{reverse('account_signup')}?invite={token}"


def is_invited(token: str) -> bool:
    """Whether this is the token of a link that is open."""
    return is_open(token) or _is_signed(token)


def admit(token: str) -> Invitation | None:
    """Count a sign-up with the token of a link, in the transaction of the sign-up, and return the link, if it is open.

    Raises Conflict if the space admits only people with a link, and this one is not open any more.
    """
    used = use_invitation(token)
    if not (used or value_of(SIGNUPS) == Signups.OPEN or _is_signed(token)):
        raise Conflict(_("This invitation is no longer valid. Ask for a new one."))
    return used


def _is_signed(token: str) -> bool:
    """Whether this is a signed invitation that has not expired, by somebody who may still invite."""
    days = value_of(INVITATION_DAYS) or SIGNED_DAYS
    try:
        inviter = signing.loads(token, salt=SIGNED_SALT, max_age=days * 24 * 3600)
    except signing.BadSignature:
        return False
    return User.objects.inviters().filter(pk=inviter).exists()


@dataclass(frozen=True, slots=True)
class QrCode:
    """The dark modules of a QR code, as the path of an SVG image that is `size` units wide and high."""

    size: int
    path: str


def qr_code(text: str) -> QrCode:
    """The QR code of a text, without style attributes, which our Content-Security-Policy forbids."""
    matrix = segno.make(text, micro=False, error="m").matrix
    runs = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            end = x
            while end < len(row) and row[end]:
                end += 1
            if end > x:
                runs.append(f"M{x + QUIET_ZONE} {y + QUIET_ZONE}h{end - x}v1h{x - end}z")
            x = end + 1
    return QrCode(size=len(matrix) + 2 * QUIET_ZONE, path="".join(runs))


def about(invitation: Invitation) -> str:
    """How many people have joined with a link, and when it ends."""
    joined = ngettext("%(count)d person joined", "%(count)d people joined", invitation.uses) % {
        "count": invitation.uses
    }
    if invitation.max_uses is not None:
        joined = _("%(uses)d of %(max_uses)d joined") % {"uses": invitation.uses, "max_uses": invitation.max_uses}
    if invitation.guest_room is not None:
        joined = _("guests of %(room)s: %(joined)s") % {"room": invitation.guest_room.name, "joined": joined}
    end = invitation.ends_at(days=value_of(INVITATION_DAYS))
    if end is None:
        return _("%(joined)s · no end") % {"joined": joined}
    when = date_format(localtime(end), "DATETIME_FORMAT")
    return _("%(joined)s · until %(when)s") % {"joined": joined, "when": when}
