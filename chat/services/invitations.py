"""Invitation links: making, revoking and using them."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.models import Invitation, Room, User
from chat.models.audit import Action
from chat.models.space_settings import INVITATION_DAYS, SIGNUPS, Signups
from chat.protocol.errors import Conflict, Invalid, NotFound
from chat.queries.invitations import TOKEN_CHARS, digest_of, open_invitations
from chat.queries.space import value_of
from chat.services import audit, quotas

TOKEN_BYTES = 16
MOST_DAYS = 365
MOST_USES = 10_000
OPEN_LINKS = 100
"""Most open links of one person."""


def create_invitation(
    actor: User, *, days: int | None, max_uses: int | None, guest_room_id: int | None = None
) -> tuple[Invitation, str]:
    """Create a link, and return it with its token, which is not stored.

    `days` is how long it is valid, `max_uses` how many people may sign up with it; None for no limit. With a room, they
    become guests in it, which only those offer who may invite people into it. Raises Forbidden, NotFound or Archived
    for the room, Conflict if sign-up is closed or the person has too many open links, Invalid, or RateLimited.
    """
    policy.require_invite_people(actor)
    if value_of(SIGNUPS) == Signups.CLOSED:
        raise Conflict(_("Sign-up is closed on this site: accounts are created in the administration."))
    limit = value_of(INVITATION_DAYS)
    if not (1 <= days <= (limit or MOST_DAYS) if days is not None else limit == 0):
        raise Invalid(_("The link would be valid for too long."), field="days")
    if max_uses is not None and not 1 <= max_uses <= MOST_USES:
        raise Invalid(_("Choose a smaller number of people."), field="max_uses")
    if guest_room_id is not None:
        _require_room(actor, guest_room_id)
    quotas.INVITATION_LINKS.take(actor)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    now = timezone.now()
    with transaction.atomic():
        if open_invitations().filter(created_by=actor).count() >= OPEN_LINKS:
            raise Conflict(_("You can't create any more invitation links. Revoke some of the open ones."))
        invitation = Invitation.objects.create(
            token_digest=digest_of(token),
            created_by=actor,
            created_at=now,
            expires_at=None if days is None else now + timedelta(days=days),
            max_uses=max_uses,
            guest_room_id=guest_room_id,
        )
        details = {"days": days, "max_uses": max_uses}
        audit.record(actor, Action.INVITATION_CREATED, target=invitation, room=invitation.guest_room, details=details)
    return invitation, token


def _require_room(actor: User, room_id: int) -> None:
    """Require that the actor may invite people into a room."""
    room = Room.objects.filter(pk=room_id).first()
    if room is None:
        raise NotFound
    policy.require_invite(actor, room, room.memberships.filter(user=actor).first())


def revoke_invitation(actor: User, *, invitation_id: int) -> None:
    """Close a link for good. Revoking it again changes nothing. Raises Forbidden or NotFound."""
    policy.require_invite_people(actor)
    with transaction.atomic():
        invitation = Invitation.objects.select_for_update(no_key=True).filter(pk=invitation_id).first()
        if invitation is None:
            raise NotFound(_("There is no such link."))
        policy.require_revoke_invitation(actor, invitation)
        if invitation.revoked_at is None:
            invitation.revoked_at = timezone.now()
            invitation.save(update_fields=["revoked_at"])
            audit.record(actor, Action.INVITATION_REVOKED, target=invitation, details={"uses": invitation.uses})


def use_invitation(token: str) -> Invitation | None:
    """Count one sign-up with a link, and return it if it is open. Call this in the transaction of the sign-up.

    The link's row stays locked until then, so of two people with the last use, one gets in.
    """
    if not 0 < len(token) <= TOKEN_CHARS:
        return None
    locked = Invitation.objects.select_for_update(no_key=True).filter(token_digest=digest_of(token)).first()
    # Only a second query sees what the transaction that held the lock has committed.
    if locked is None or not open_invitations().filter(pk=locked.pk).exists():
        return None
    Invitation.objects.filter(pk=locked.pk).update(uses=F("uses") + 1)
    found: Invitation = locked
    return found
