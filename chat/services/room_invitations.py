"""Invitations into rooms: into a public room people are added at once, into a private one they accept first."""

from collections import Counter

from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.models import Membership, PersonItem, Room, RoomInvitation, User
from chat.models.audit import Action
from chat.models.room_invitation import INVITATIONS, PENDING
from chat.protocol.errors import Conflict, NotFound
from chat.services import audit, quotas
from chat.services.changes import RoomChange, room_transaction
from chat.services.memberships import accept_place, invite_member
from chat.services.person_items import replace_items

PENDING_OF_PERSON = 50
PENDING_OF_ROOM = 200
"""Most pending invitations of one person, and into one room."""


def invite(actor: User, *, room_id: int, user_id: int) -> Membership | RoomInvitation:
    """Invite an active person into a room, even if they were removed from it; into a private one they accept first.

    Bots are added at once: they have nobody who would accept. Inviting somebody again changes nothing. Raises NotFound
    for a room that the actor may not know of, or an unknown person (field `user`), Forbidden, Archived, Conflict or
    RateLimited.
    """
    is_public = Room.objects.public().filter(pk=room_id).exists()
    if is_public or User.objects.active().filter(pk=user_id, is_bot=True).exists():
        return invite_member(actor, room_id=room_id, user_id=user_id)
    quotas.INVITATIONS.take(actor)
    quotas.INVITATIONS_OF_ONE.take(actor, about=user_id)
    with room_transaction(room_id) as change:
        policy.require_invite(actor, change.room, change.membership(actor))
        user = _locked(user_id)
        if user is None:
            raise NotFound(_("There is no such person."), field="user")
        membership = change.membership(user)
        if membership is not None and not membership.has_left:
            return membership
        policy.require_admit(actor, change.room, change.membership(actor), membership)
        invitation, is_new = RoomInvitation.objects.get_or_create(
            room=change.room, user=user, defaults={"invited_by": actor}
        )
        if is_new:
            _check_limits(change.room, user)
            audit.record(actor, Action.MEMBER_INVITED, target=user, room=change.room)
            _count({user.pk: user})
        return invitation


def accept(user: User, *, invitation_id: int) -> Membership:
    """Join the room of an invitation of one's own. Raises NotFound, Archived, Conflict or RateLimited."""
    quotas.MOVES.take(user)
    with room_transaction(_room_of(user, invitation_id)) as change:
        invitation = _own(user, invitation_id)
        policy.require_accept(user, change.room, change.membership(user), invitation.created_at)
        quotas.check_place(user)
        membership = accept_place(change, user)
        invitation.delete()
        _count(_people([user.pk]))
    return membership


def decline(user: User, *, invitation_id: int) -> None:
    """Remove an invitation of one's own. Nobody is notified. Raises NotFound or RateLimited."""
    quotas.MOVES.take(user)
    with room_transaction(_room_of(user, invitation_id)):
        _own(user, invitation_id).delete()
        _count(_people([user.pk]))


def withdraw(actor: User, *, room_id: int, user_id: int) -> None:
    """Remove an invitation that one has made, or as somebody who administers the room. Raises NotFound or Forbidden."""
    with room_transaction(room_id) as change:
        membership = change.membership(actor)
        policy.require_see_members(actor, change.room, membership)
        invitation = RoomInvitation.objects.filter(room=change.room, user_id=user_id).first()
        if invitation is None:
            raise NotFound(_("This person is not invited."), field="user")
        if invitation.invited_by_id != actor.pk:
            policy.require_administer(actor, change.room, membership)
        audit.record(actor, Action.MEMBER_WITHDRAWN, target=invitation.user, room=change.room)
        invitation.delete()
        _count(_people([user_id]))


def forget_invitation(change: RoomChange, *, user_id: int) -> None:
    """Remove the invitation of a person who is being banned from the room, if there is one."""
    removed, _by_model = RoomInvitation.objects.filter(room=change.room, user_id=user_id).delete()
    if removed:
        _count(_people([user_id]))


def withdraw_all(change: RoomChange) -> None:
    """Remove the invitations into a room that is being deleted."""
    invitations = RoomInvitation.objects.filter(room=change.room)
    people = _people(list(invitations.values_list("user_id", flat=True)))
    if people:
        invitations.delete()
        _count(people)


def pending_of(user: User) -> list[RoomInvitation]:
    """The invitations that a person may accept or decline, the oldest first."""
    return list(RoomInvitation.objects.pending().filter(user=user)[:PENDING_OF_PERSON])


def pending_in(room: Room) -> list[RoomInvitation]:
    """The invitations into a room that are neither accepted nor declined."""
    return list(RoomInvitation.objects.pending().filter(room=room)[:PENDING_OF_ROOM])


def _locked(user_id: int) -> User | None:
    """An active person under the lock of their row, which is taken after that of the room."""
    user: User | None = User.objects.locked().filter(pk=user_id, is_active=True).first()
    return user


def _people(user_ids: list[int]) -> dict[int, User]:
    """These people under the locks of their rows, taken after that of the room."""
    found: dict[int, User] = User.objects.locked().filter(pk__in=user_ids).in_bulk()
    return found


def _room_of(user: User, invitation_id: int) -> int:
    room_id = RoomInvitation.objects.filter(pk=invitation_id, user=user).values_list("room_id", flat=True).first()
    if room_id is None:
        raise NotFound
    return int(room_id)


def _own(user: User, invitation_id: int) -> RoomInvitation:
    """An invitation of this person, read under the lock of its room."""
    invitation: RoomInvitation | None = RoomInvitation.objects.filter(pk=invitation_id, user=user).first()
    if invitation is None:
        raise NotFound
    return invitation


def _check_limits(room: Room, user: User) -> None:
    if RoomInvitation.objects.filter(room=room).count() > PENDING_OF_ROOM:
        raise Conflict(_("Too many people are invited already. Wait until some of them have answered."))
    if RoomInvitation.objects.filter(user=user).count() > PENDING_OF_PERSON:
        raise Conflict(_("This person has too many invitations that they have not answered."))


def _count(people: dict[int, User]) -> None:
    """Store the number of pending invitations of people whose rows are locked, as their item."""
    counts = RoomInvitation.objects.pending().filter(user__in=people).order_by().values_list("user_id", flat=True)
    numbers = Counter(counts)
    replace_items(
        people,
        [
            PersonItem(user_id=user_id, kind=INVITATIONS, key=PENDING, value=numbers[user_id] or None)
            for user_id in people
        ],
    )
