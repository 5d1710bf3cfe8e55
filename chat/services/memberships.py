"""Memberships of rooms: joining, leaving, inviting, removing, roles, and read positions."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.bus.bus import bus
from chat.bus.events import Event, MemberRead, RoomRead
from chat.models import Membership, Message, Room, User
from chat.models.audit import Action
from chat.protocol.errors import Conflict, Invalid, NotFound
from chat.protocol.shapes import unread
from chat.queries.reads import shows_reads
from chat.queries.rooms import membership_of
from chat.services import audit, quotas, system_lines
from chat.services.changes import RoomChange, room_transaction
from chat.services.person_items import forget_room
from chat.services.thread_follows import forget_threads
from chat.services.threads import mark_thread_read


def join_room(user: User, *, room_id: int) -> Membership:
    """Join a public room; joining again changes nothing. Earlier messages count as read.

    Raises NotFound for a private room of others, Archived for an archived one, Forbidden if the person was removed and
    not invited since.
    """
    quotas.MOVES.take(user)
    with room_transaction(room_id) as change:
        membership = change.membership(user)
        if membership is not None and policy.is_member(user, membership):
            return membership
        policy.require_join(user, change.room, membership)
        quotas.check_place(user)
        return _enter(change, user, membership)


def invite_member(actor: User, *, room_id: int, user_id: int) -> Membership:
    """Add an active person to a room, even if they were removed from it, without asking them.

    Members use `chat.services.room_invitations`, which asks people before they are in a private room.

    Raises NotFound for a room that the actor may not know of, or an unknown person (field `user`), Forbidden or
    Archived.
    """
    quotas.INVITATIONS.take(actor)
    quotas.INVITATIONS_OF_ONE.take(actor, about=user_id)
    with room_transaction(room_id) as change:
        own = change.membership(actor)
        policy.require_invite(actor, change.room, own)
        user = User.objects.active().filter(pk=user_id).first()
        if user is None:
            raise NotFound(_("There is no such person."), field="user")
        membership = change.membership(user)
        if membership is not None and not membership.has_left:
            return membership
        policy.require_admit(actor, change.room, own, membership)
        quotas.check_place(user, _("This person can't join any more rooms."))
        audit.record(actor, Action.MEMBER_INVITED, target=user, room=change.room)
        return _enter(change, user, membership, added_by=actor)


def accept_place(change: RoomChange, user: User) -> Membership:
    """Add somebody to a room into which they were invited, in the transaction that removes the invitation."""
    membership = change.membership(user)
    if membership is not None and not membership.has_left:
        return membership
    return _enter(change, user, membership)


def enter_as_guest(user: User, *, room_id: int, invited_by: User) -> Membership:
    """Make a person who has just signed up with a link a guest, and add them to the room of the link.

    Raises NotFound, Forbidden or Archived if who made the link may not invite people into the room any more.
    """
    with room_transaction(room_id) as change:
        policy.require_invite(invited_by, change.room, change.membership(invited_by))
        user.is_guest = True
        user.save(update_fields=["is_guest"])
        audit.record(invited_by, Action.MEMBER_INVITED, target=user, room=change.room, details={"is_guest": True})
        return _enter(change, user, change.membership(user), added_by=invited_by)


def leave_room(user: User, *, room_id: int) -> None:
    """Leave a room. If its last owner leaves, the member who joined first becomes owner.

    The person's items about the room are unset: draft, favourite and notification level.

    Leaving again publishes the removal again: the first event may have been lost.
    """
    quotas.MOVES.take(user)
    with room_transaction(room_id) as change:
        _leave(change, user)


def remove_member(actor: User, *, room_id: int, user_id: int) -> None:
    """Remove a person from a room. They receive nothing of it from then on, and cannot join until they are invited.

    Their items about the room are unset, as for somebody who leaves.

    Removing somebody again is not an error. Removing oneself is leaving. Raises NotFound, also for somebody who was
    never in the room (field `user`), or Forbidden.
    """
    if user_id == actor.pk:
        leave_room(actor, room_id=room_id)
        return
    with room_transaction(room_id) as change:
        _remove(change, actor, [user_id])


def remove_members(actor: User, *, room_id: int, user_ids: Sequence[int]) -> None:
    """Remove several people from a room in one transaction, as `remove_member` does."""
    if actor.pk in user_ids:
        quotas.MOVES.take(actor)
    with room_transaction(room_id) as change:
        _remove(change, actor, user_ids)


def end_membership(user: User, *, room_id: int) -> None:
    """End the membership of an erased account, without a line about it, and publish its new name in the room.

    Memberships that have already ended get a new revision, too: clients may still hold the former name.
    """
    with room_transaction(room_id) as change:
        membership = change.membership(user)
        if membership is None:
            return
        forget_threads(room_id, [user.pk])
        membership.left_at = membership.left_at or timezone.now()
        change.save_membership(membership)
        if change.room.kind == Room.Kind.DIRECT:
            change.touch_settings()  # its people are what it is called
        change.announce_removed(membership, "left")
        if membership.role == Membership.Role.OWNER:
            keep_an_owner(change)


def set_role(actor: User, *, room_id: int, user_id: int, role: str) -> Membership:
    """Give a member a role. A room keeps at least one owner.

    Raises NotFound, also for somebody who is not in the room (field `user`), Forbidden, Conflict or Invalid.
    """
    if role not in Membership.Role.values:
        raise Invalid(_("A role must be owner, moderator or member."), field="role")
    with room_transaction(room_id) as change:
        policy.require_administer(actor, change.room, change.membership(actor))
        membership = member_of(change, user_id)
        if membership.role == role:
            return membership
        if membership.role == Membership.Role.OWNER and not _owners(change, besides=user_id):
            raise Conflict(_("A room needs an owner. Make somebody else one first."), field="role")
        was, membership.role = membership.role, role
        change.save_membership(membership)
        audit.record(actor, Action.MEMBER_ROLE, target=membership.user, room=change.room, details={"role": [was, role]})
        return membership


def mark_read(user: User, *, room_id: int, position: int) -> Membership:
    """Note that a person has read up to a position, at most the last message. Never moves back."""
    membership = membership_of(user, room_id)
    if membership.room.is_thread:
        return mark_thread_read(user, membership, position=position)
    reached = min(position, membership.room.message_count)
    if reached > membership.last_read:
        system_lines = _system_lines_at(membership.room, reached)
        Membership.objects.current().filter(room_id=room_id, user=user).update(
            last_read=Greatest(F("last_read"), Value(reached)),
            system_lines_read=Greatest(F("system_lines_read"), Value(system_lines)),
        )
        membership.last_read, membership.system_lines_read = reached, system_lines
        events = _read_events(membership)
        transaction.on_commit(lambda: bus.publish(events))
    return membership


def _read_events(membership: Membership) -> list[Event]:
    """The events of how far a person has read: for themselves, and for the room if it shows that."""
    user, room = membership.user, membership.room
    own = RoomRead(
        user.pk,
        room=room.pk,
        last_read=membership.last_read,
        counted_read=membership.counted_read,
        unread=unread(room.counted, membership.counted_read),
    )
    if not (policy.shares_reads(user) and shows_reads(room)):
        return [own]
    return [own, MemberRead(room.pk, user=user.pk, position=membership.last_read)]


def _system_lines_at(room: Room, position: int) -> int:
    """The number of system lines in a room up to a position, which usually is the last one."""
    if not room.system_lines or position == room.message_count:
        return room.system_lines
    return Message.objects.filter(room=room, position=position).values_list("system_lines", flat=True).first() or 0


def member_of(change: RoomChange, user_id: int, *, ever: bool = False) -> Membership:
    """The membership of a person who is in a room, or `ever` was. Raises NotFound with field `user`."""
    memberships = change.room.memberships.all() if ever else change.room.memberships.current()
    membership = memberships.filter(user_id=user_id).select_related("user").first()
    if membership is None:
        raise NotFound(_("This person is not in the room."), field="user")
    membership.room = change.room
    return membership


def _enter(
    change: RoomChange, user: User, membership: Membership | None, *, added_by: User | None = None
) -> Membership:
    """Add a person to a room. They become its owner if it is empty. The line about it counts as read, too."""
    if added_by is None or added_by.pk == user.pk:
        system_lines.joined(change, user)
    else:
        system_lines.added(change, added_by, [user.pk])
    membership = membership or Membership(room=change.room, user=user)
    membership.left_at = membership.removed_at = membership.banned_until = None
    is_empty = not change.room.memberships.current().exists()
    membership.role = Membership.Role.OWNER if is_empty else Membership.Role.MEMBER
    membership.joined_at = timezone.now()
    membership.last_read, membership.system_lines_read = change.room.message_count, change.room.system_lines
    change.announce_joined(membership)
    change.save_membership(membership)
    return membership


def _leave(change: RoomChange, user: User) -> None:
    membership = policy.require_leave(user, change.room, change.membership(user))
    forget_room([user.pk], room_id=change.room.pk)
    forget_threads(change.room.pk, [user.pk])
    if not membership.has_left:
        membership.left_at = timezone.now()
        change.save_membership(membership)
        system_lines.left(change, user)
    change.announce_removed(membership, "left")
    if membership.role == Membership.Role.OWNER:
        keep_an_owner(change)


def _remove(change: RoomChange, actor: User, user_ids: Sequence[int]) -> None:
    """Lock all of these people before any membership changes, then remove them; the actor leaves last."""
    others = [user_id for user_id in user_ids if user_id != actor.pk]
    if others:
        policy.require_administer(actor, change.room, change.membership(actor))
    forget_room(user_ids, room_id=change.room.pk)
    forget_threads(change.room.pk, user_ids)
    memberships = [member_of(change, user_id, ever=True) for user_id in others]
    present = [membership.user_id for membership in memberships if not membership.has_left]
    for membership in memberships:
        if bar(change, membership):
            audit.record(actor, Action.MEMBER_REMOVED, target=membership.user, room=change.room)
    if present:
        system_lines.removed(change, actor, present)
    if others:
        keep_an_owner(change)
    if actor.pk in user_ids:
        _leave(change, actor)


def bar(change: RoomChange, membership: Membership, *, until: datetime | None = None) -> bool:
    """End a membership, and keep the person out until a time, or else until they are invited.

    Returns whether that is new. Removes the room from the person's connections in any case: an earlier event may have
    been lost.
    """
    is_new = not (membership.is_barred and membership.has_left and membership.banned_until == until)
    if is_new:
        membership.removed_at = timezone.now()
        membership.left_at = membership.left_at or membership.removed_at
        membership.banned_until = until
        change.save_membership(membership)
    change.announce_removed(membership, "removed")
    return is_new


def _owners(change: RoomChange, *, besides: int = 0) -> bool:
    owners = change.room.memberships.current().filter(role=Membership.Role.OWNER)
    return owners.exclude(user_id=besides).exists()


def keep_an_owner(change: RoomChange) -> None:
    """Make the member who joined first an owner, if the room has none."""
    if _owners(change):
        return
    oldest = change.room.memberships.current().select_related("user").order_by("joined_at").first()
    if oldest is not None:
        oldest.room = change.room
        oldest.role = Membership.Role.OWNER
        change.save_membership(oldest)
