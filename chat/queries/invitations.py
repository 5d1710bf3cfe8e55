"""Reads invitation links: those that are open, and whether a token belongs to one."""

import hashlib

from chat import policy
from chat.models import Invitation, Room, User
from chat.models.invitation import InvitationQuerySet
from chat.models.space_settings import INVITATION_DAYS
from chat.queries.space import value_of

TOKEN_CHARS = 64
"""No token is longer: longer texts are not even hashed."""

SHOWN = 100
ROOMS_READ = 500


def digest_of(token: str) -> str:
    """The form in which a token is stored."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def open_invitations() -> InvitationQuerySet:
    """The links that admit somebody now."""
    found: InvitationQuerySet = Invitation.objects.open(days=value_of(INVITATION_DAYS))
    return found


def newest_open() -> list[Invitation]:
    """The newest open links, with the people who made them."""
    return list(open_invitations().select_related("created_by", "guest_room")[:SHOWN])


def rooms_for_guests(inviter: User) -> list[Room]:
    """The rooms of a person to which they may invite guests, by name; the first of them."""
    memberships = inviter.memberships.filter(left_at__isnull=True, room__deleted_at__isnull=True).select_related("room")
    found = [mine for mine in memberships.order_by("room__name")[:ROOMS_READ] if mine.room.slug]
    return [mine.room for mine in found if policy.may_invite(inviter, mine.room, mine)][:SHOWN]


def is_open(token: str) -> bool:
    """Whether this is the token of an open link."""
    return 0 < len(token) <= TOKEN_CHARS and open_invitations().filter(token_digest=digest_of(token)).exists()
