"""Sanctions of a room's moderators against one person: muting them for a time, and banning them for a time."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.models import Membership, User
from chat.models.audit import Action
from chat.protocol.errors import Invalid
from chat.protocol.shapes import timestamp
from chat.services import audit, system_lines
from chat.services.changes import RoomChange, room_transaction
from chat.services.memberships import bar, keep_an_owner, member_of
from chat.services.person_items import forget_room
from chat.services.room_invitations import forget_invitation
from chat.services.thread_follows import forget_threads

LONGEST_DAYS = 366


def mute_member(actor: User, *, room_id: int, user_id: int, until: datetime) -> Membership:
    """Forbid a person to write in a room and to react until a time, even if they leave and return.

    Only they are notified. Raises NotFound, also for somebody who was never in the room (field `user`), Forbidden,
    Archived, Muted or Invalid.
    """
    _require_bounded(until)
    with room_transaction(room_id) as change:
        membership = _target(change, actor, user_id)
        if membership.muted_until != until:
            membership.muted_until = until
            change.save_mute(membership)
            details = {"until": timestamp(until)}
            audit.record(actor, Action.MEMBER_MUTED, target=membership.user, room=change.room, details=details)
    return membership


def unmute_member(actor: User, *, room_id: int, user_id: int) -> Membership:
    """Let a muted person write again. Raises NotFound, Forbidden, Archived or Muted."""
    with room_transaction(room_id) as change:
        membership = _target(change, actor, user_id)
        if policy.is_muted(membership):
            membership.muted_until = None
            change.save_mute(membership)
            audit.record(actor, Action.MEMBER_UNMUTED, target=membership.user, room=change.room)
    return membership


def ban_member(actor: User, *, room_id: int, user_id: int, until: datetime) -> Membership:
    """Remove a person from a room. They may join again after a time; only moderators may invite them before.

    Also keeps somebody out who has left. Raises NotFound, also for somebody who was never in the room (field `user`),
    Forbidden, Archived, Muted or Invalid.
    """
    _require_bounded(until)
    with room_transaction(room_id) as change:
        policy.require_moderate(actor, change.room, change.membership(actor))
        forget_room([user_id], room_id=room_id)  # locks the person before their membership changes
        forget_threads(room_id, [user_id])
        membership = _target(change, actor, user_id)
        forget_invitation(change, user_id=user_id)
        was_inside = not membership.has_left
        if bar(change, membership, until=until):
            details = {"until": timestamp(until)}
            audit.record(actor, Action.MEMBER_BANNED, target=membership.user, room=change.room, details=details)
        if was_inside:
            system_lines.removed(change, actor, [user_id])
            keep_an_owner(change)
    return membership


def lift_ban(actor: User, *, room_id: int, user_id: int) -> Membership:
    """Let a banned person join again. Raises NotFound, Forbidden, Archived or Muted."""
    with room_transaction(room_id) as change:
        membership = _target(change, actor, user_id)
        if membership.is_banned:
            membership.removed_at = membership.banned_until = None
            change.save_membership(membership)
            audit.record(actor, Action.MEMBER_UNBANNED, target=membership.user, room=change.room)
    return membership


def _target(change: RoomChange, actor: User, user_id: int) -> Membership:
    """The membership of a person whom the actor may sanction."""
    own = change.membership(actor)
    policy.require_moderate(actor, change.room, own)
    membership = member_of(change, user_id, ever=True)
    policy.require_sanction(actor, change.room, own, membership)
    return membership


def _require_bounded(until: datetime) -> None:
    now = timezone.now()
    if not now < until <= now + timedelta(days=LONGEST_DAYS):
        raise Invalid(_("This must be a time within the next year."), field="until")
