"""The permissions of people. All rules about what a person may do are here.

A rule takes the person who acts (`actor`), a room, and the actor's membership in it, which is None if there is none and
may have ended. `may_…` returns whether it is allowed; `require_…` raises an error if not. A rule that is also applied
to many rows has a twin among the QuerySets of `chat.models`, and the group commit repeats `require_post` in SQL; tests
compare them with these functions.

Deactivated people have no permissions, whatever their roles and flags. People whose rights are suspended are neither
staff nor superusers (`User.rights_suspended`). Guests know only of the rooms to which somebody added them, and of the
people there, and bring nobody into a room. An administrator of the space is an active superuser. They administer every
room without being in it, but read and write only rooms they are in, except in Django's admin.
"""

import math
from collections.abc import Collection
from datetime import datetime
from typing import Protocol, TypeVar

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models import Invitation, Membership, Message, Room, User
from chat.models.space_settings import Creators, TwoSteps
from chat.protocol.errors import JOIN_FIRST, MODERATORS_POST, Archived, Conflict, Forbidden, Muted, NotFound

REMOVED = _("You were removed from this room. Ask somebody in it to invite you.")
BANNED = _("You can't join this room for a while: somebody who looks after it has banned you.")
BANNED_BY_OTHERS = _("This person is banned for a while. Only moderators and owners can bring them back before.")
GUESTS_DO_NOT_INVITE = _("Guests can't invite people.")
MODERATORS_INVITE = _("Only moderators and owners can invite people into this room.")
MODERATORS_ONLY = _("Only moderators and owners of the room can do this.")
NO_STAFF_AS_GUESTS = _("Somebody with permissions in the administration can't be a guest.")
NOT_YOURSELF = _("You can't do this to yourself.")
OWNERS_ONLY = _("Only an owner of the room can do this.")
AUTHORS_ONLY = _("Only its author can edit a message.")
AUTHORS_AND_MODERATORS_ONLY = _("Only its author or a moderator can delete a message.")
NOT_LEFT = _("You can't leave a direct conversation. Hide it instead.")
CANNOT_WRITE = _("You cannot send messages to this person.")
CANNOT_WRITE_TO_ALL = _("You cannot send messages to one of these people.")
ALL_DEACTIVATED = _("This account is deactivated: you can read the conversation, but not write in it.")
POLL_AUTHORS_AND_MODERATORS_ONLY = _("Only its author or a moderator can close a poll.")
PREVIEW_AUTHORS_AND_MODERATORS_ONLY = _("Only its author or a moderator can remove a preview.")
NOT_FROM_A_PERSON = _("This line says what happened in the room. It is not a message.")
ARCHIVE_FIRST = _("Archive the room first.")
NOT_ONES_OWN = _("You can't report your own message. You can delete it.")
OWN_LINKS_ONLY = _("Only the person who created a link or a superuser can revoke it.")
NO_SUCH_PERSON = _("There is no such person.")
DEACTIVATED = _("This account is deactivated.")
ERASED = _("This account was erased.")
NOT_A_THREAD = _("Only threads can be followed.")
NOT_IN_A_CONVERSATION = _("This is not possible in a direct conversation.")
NOT_IN_A_THREAD = _("This is not possible in a thread.")
REVIEWERS_ONLY = _("Only administrators, and staff who may delete messages, can do this.")
SUPERUSERS_ONLY = _("Only a superuser can do this.")


class RoomFacts(Protocol):
    """What the rules need of a room: of its row or its shape. Rows of deleted rooms are never found."""

    @property
    def kind(self) -> str: ...
    @property
    def is_public(self) -> bool: ...
    @property
    def is_thread(self) -> bool: ...
    @property
    def is_archived(self) -> bool: ...
    @property
    def governing(self) -> "Rules": ...
    @property
    def who_mentions_all(self) -> str: ...
    @property
    def who_invites(self) -> str: ...


class Rules(Protocol):
    """What a room, or the room of a thread, decides about posting."""

    @property
    def closed(self) -> str: ...
    @property
    def who_posts(self) -> str: ...


class MembershipFacts(Protocol):
    """What the rules need of a membership: of its row or its state."""

    @property
    def role(self) -> str: ...
    @property
    def has_left(self) -> bool: ...
    @property
    def muted_until(self) -> datetime | None: ...


M = TypeVar("M", bound=MembershipFacts)
Role = Membership.Role

CLOSED_BECAUSE = {Room.Closed.REFUSED.value: CANNOT_WRITE, Room.Closed.DEACTIVATED.value: ALL_DEACTIVATED}
"""The reason to give for each reason why a direct room is closed: nobody learns that they were blocked."""


# --- the space --------------------------------------------------------------------------------------------------------


def is_administrator(actor: User) -> bool:
    """Whether the actor administers the space: its people, their permissions and all rooms. Exempt from quotas."""
    return actor.is_active and actor.is_superuser and not actor.rights_suspended


def rights_in_rooms(actor: User) -> tuple[bool, bool]:
    """What decides, besides their memberships, what the actor may do in rooms."""
    return is_administrator(actor), actor.is_guest


def require_administrator(actor: User) -> None:
    """Raise Forbidden unless the actor administers the space."""
    if not is_administrator(actor):
        raise Forbidden(SUPERUSERS_ONLY)


def must_use_two_steps(user: User, who: str) -> bool:
    """Whether a person must sign in in two steps, where the setting `TWO_STEPS` is this. Twin: `with_rights`."""
    return who == TwoSteps.ADMINISTRATORS and (user.is_staff or user.is_superuser)


def may_open_admin(actor: User) -> bool:
    """Whether the actor may open Django's admin. What they see there depends on their permissions."""
    return _is_staff(actor)


def may_review(actor: User) -> bool:
    """Whether the actor may open the queues of reported and held messages, as staff who may delete messages may, too.

    They see there what was written in rooms that they may inspect. Twins: `reviewable_by` of reports and held messages.
    """
    return is_administrator(actor) or (_is_staff(actor) and actor.has_perm("chat.delete_message"))


def require_review(actor: User) -> None:
    """Raise Forbidden unless the actor may open the queues of reported and held messages."""
    if not may_review(actor):
        raise Forbidden(REVIEWERS_ONLY)


def may_create_rooms(actor: User, creators: str) -> bool:
    """Whether the actor may create rooms of a kind whose `Creators` setting is this."""
    if actor.is_guest:
        return False
    if is_administrator(actor) or creators == Creators.EVERYBODY:
        return actor.is_active
    return creators == Creators.STAFF and _is_staff(actor)


def may_invite_people(actor: User) -> bool:
    """Whether the actor may invite people into the space. Twin: `User.objects.inviters`."""
    return _is_staff(actor) and not actor.is_guest


def require_invite_people(actor: User) -> None:
    """Raise Forbidden unless the actor may invite people into the space."""
    if not may_invite_people(actor):
        raise Forbidden


def may_revoke_invitation(actor: User, invitation: Invitation) -> bool:
    """Whether the actor may revoke an invitation link to the space: their own, or as an administrator any."""
    is_own = invitation.created_by_id == actor.pk and may_invite_people(actor)
    return is_own or is_administrator(actor)


def require_revoke_invitation(actor: User, invitation: Invitation) -> None:
    """Raise Forbidden unless the actor may revoke an invitation link."""
    if not may_revoke_invitation(actor, invitation):
        raise Forbidden(OWN_LINKS_ONLY)


def may_find_people(actor: User) -> bool:
    """Whether the actor may find all people of the space; guests find only those of their rooms.

    Twin: `User.objects.known_to`.
    """
    return actor.is_active and not actor.is_guest


def may_write_to(actor: User, person: User, *, is_known: bool, is_blocked: bool) -> bool:
    """Whether the actor may write to a person in a new direct room. Twin: `User.objects.reachable_by`.

    `is_known`: they are in some room together, which only matters for guests. `is_blocked`: one of the two has blocked
    the other. What has happened since is in `closed` of their room.
    """
    return actor.is_active and person.is_active and (is_known or may_find_people(actor)) and not is_blocked


def is_deserted(people: Collection[User]) -> bool:
    """Whether nobody would read what one of these people of a direct room writes. Notes are for oneself."""
    return len(people) > 1 and sum(person.is_active for person in people) < 2


def require_write_to(actor: User, people: Collection[User], *, known: Collection[int], is_blocked: bool) -> None:
    """Raise NotFound or Forbidden unless the actor may write to all of these people in a new direct room.

    `known` are the ids of those who are in some room with the actor, if the actor is a guest.
    """
    if not all(may_write_to(actor, person, is_known=person.pk in known, is_blocked=False) for person in people):
        raise NotFound(NO_SUCH_PERSON, field="people")
    if is_blocked:
        raise Forbidden(CANNOT_WRITE if len(people) == 1 else CANNOT_WRITE_TO_ALL)


def require_create_people(actor: User) -> None:
    """Raise Forbidden unless the actor may create accounts for others."""
    if not actor.has_perm("chat.add_user"):
        raise Forbidden


def may_look_after(actor: User, user: User) -> bool:
    """Whether the actor may change this person's account.

    Staff may change only accounts without permissions, so that nobody can raise their own.
    """
    if actor.pk == user.pk:
        return actor.is_active
    return is_administrator(actor) or (actor.has_perm("chat.change_user") and not _has_rights(user))


def require_look_after(actor: User, user: User) -> None:
    """Raise Forbidden unless the actor may change this person's account."""
    if not may_look_after(actor, user):
        raise Forbidden


def has_tokens(actor: User, user: User) -> bool:
    """Whether the actor may create tokens of an account: of their own, and of the bots for which they answer."""
    is_theirs = actor.pk == user.pk or owns_bot(actor, user)
    is_ownerless_bot = user.is_bot and user.owner_id is None
    return actor.is_active and (is_theirs or (is_ownerless_bot and is_administrator(actor)))


def require_tokens_of(actor: User, user: User) -> None:
    """Raise NotFound unless the actor may create tokens of an account, or Conflict if it is deactivated."""
    if not has_tokens(actor, user):
        raise NotFound
    if not user.is_active:
        raise Conflict(DEACTIVATED)


def require_revoke_token(actor: User, user: User) -> None:
    """Raise NotFound unless the actor may revoke the tokens of an account: as an administrator those of anybody."""
    if not (has_tokens(actor, user) or is_administrator(actor)):
        raise NotFound


def owns_bot(actor: User, user: User) -> bool:
    """Whether the actor answers for this bot. Twin: `User.objects.bots_of`."""
    return actor.is_active and user.is_bot and user.owner_id == actor.pk


def require_own_bot(actor: User, user: User) -> None:
    """Raise NotFound unless the actor may change this bot: as its owner, or as an administrator."""
    if not (user.is_bot and (owns_bot(actor, user) or is_administrator(actor))):
        raise NotFound


def may_create_bots(actor: User) -> bool:
    """Whether the actor may create bots, which then have the rights of any member."""
    return actor.is_active and not actor.is_guest and not actor.is_bot


def require_create_bots(actor: User) -> None:
    """Raise Forbidden unless the actor may create bots."""
    if not may_create_bots(actor):
        raise Forbidden


def is_deactivated(user: User) -> bool:
    """Whether an account may do nothing, until an administrator activates it again."""
    return not user.is_active


def require_not_erased(user: User) -> None:
    """Raise Conflict for an erased account: nobody can be signed in with it again."""
    if user.erased_at is not None:
        raise Conflict(ERASED)


def require_erase(actor: User, user: User) -> None:
    """Raise Forbidden unless the actor may erase this account: their own, that of a bot for which they answer, or as
    an administrator any."""
    if actor.pk != user.pk and not owns_bot(actor, user):
        require_administrator(actor)


def _is_staff(actor: User) -> bool:
    return actor.is_active and actor.is_staff and not actor.rights_suspended


def require_possible_guest(user: User) -> None:
    """Raise Conflict for a guest with permissions in the admin, which would contradict each other."""
    if _has_rights(user):
        raise Conflict(NO_STAFF_AS_GUESTS, field="is_guest")


def _has_rights(user: User) -> bool:
    """Whether a person has permissions in the admin, or would have some as staff."""
    return user.is_staff or user.is_superuser or user.groups.exists() or user.user_permissions.exists()


def may_change_space(actor: User) -> bool:
    """Whether the actor may change the space, for example its name and picture."""
    return actor.has_perm("chat.change_space")


def require_change_space(actor: User) -> None:
    """Raise Forbidden unless the actor may change the space."""
    if not may_change_space(actor):
        raise Forbidden


def may_manage_emoji(actor: User) -> bool:
    """Whether the actor may add emoji of the space, and archive them. Asked for every page: free for most people."""
    return actor.is_staff and may_change_space(actor)


def require_manage_emoji(actor: User) -> None:
    """Raise Forbidden unless the actor may add emoji of the space."""
    if not may_manage_emoji(actor):
        raise Forbidden


# --- a room -----------------------------------------------------------------------------------------------------------
#
# Of a thread, these rules are given the membership in its parent, and the thread itself, which is archived and public
# if its parent is.


def is_member(actor: User, membership: MembershipFacts | None) -> bool:
    """Whether the actor is in the room now, and therefore may read it. Twin: `Room.objects.of`."""
    return actor.is_active and membership is not None and not membership.has_left


def require_member(actor: User, room: RoomFacts, membership: M | None) -> M:
    """Return the membership of an actor who is in the room.

    Otherwise raises Forbidden, or NotFound if they may not know that the room exists.
    """
    if membership is not None and is_member(actor, membership):
        return membership
    raise Forbidden(JOIN_FIRST) if may_see(actor, room, membership) else NotFound


def may_see(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> bool:
    """Whether the actor may know that the room exists. Twin: `Room.objects.visible_to`."""
    return (room.is_public and not actor.is_guest) or is_member(actor, membership)


def may_inspect(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> bool:
    """Whether staff may see the room and its messages in the admin. Twins: `inspectable_by` of rooms and messages."""
    return is_administrator(actor) or may_see(actor, room, membership)


def may_review_text(actor: User, room: RoomFacts, membership: MembershipFacts | None, author: User) -> bool:
    """Whether the actor may decide about a reported or held text. Only administrators decide about their own."""
    is_foreign = author.pk != actor.pk or is_administrator(actor)
    return may_review(actor) and is_foreign and may_inspect(actor, room, membership)


def require_review_text(actor: User, room: RoomFacts, membership: MembershipFacts | None, author: User) -> None:
    """Raise Forbidden unless the actor may decide about a reported or held text, or NotFound if they may not see it."""
    require_review(actor)
    if not may_review_text(actor, room, membership, author):
        raise NotFound


def may_join(actor: User, room: RoomFacts, membership: Membership | None) -> bool:
    """Whether the actor may join a room that they are not in. Twin: `may_join` of `Room.objects.listed_for`."""
    is_barred = membership is not None and membership.is_barred
    is_open = room.kind == Room.Kind.PUBLIC and not room.is_archived and not actor.is_guest
    return actor.is_active and is_open and not is_barred and not is_member(actor, membership)


def require_join(actor: User, room: RoomFacts, membership: Membership | None) -> None:
    """Raise NotFound, Archived or Forbidden unless the actor may join a room that they are not in."""
    if may_join(actor, room, membership):
        return
    if not may_see(actor, room, membership):
        raise NotFound
    if room.is_archived:
        raise Archived
    if membership is None or not membership.is_barred:
        raise Forbidden
    if membership.banned_until is not None:
        raise Forbidden(BANNED, retry_after=_seconds_until(membership.banned_until))
    raise Forbidden(REMOVED)


def may_leave(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> bool:
    """Whether the actor may leave the room. The people of a direct room never change."""
    return is_member(actor, membership) and not _is_direct(room)


def require_leave(actor: User, room: RoomFacts, membership: M | None) -> M:
    """Return the membership of an actor who is or was in the room: leaving it again is not an error."""
    if is_member(actor, membership) and not may_leave(actor, room, membership):
        raise Forbidden(NOT_LEFT)
    if membership is not None and actor.is_active:
        return membership
    return require_member(actor, room, membership)


def is_moderator(actor: User, membership: MembershipFacts | None) -> bool:
    """Whether the actor is among the "moderators and owners" in the settings of a room. Slow mode does not hold for
    them."""
    return is_administrator(actor) or _has_role(membership, Role.OWNER, Role.MODERATOR)


def is_muted(membership: MembershipFacts | None) -> bool:
    """Whether somebody has taken the actor's voice in the room for now."""
    return membership is not None and membership.muted_until is not None and membership.muted_until > timezone.now()


def may_post(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> bool:
    """Whether the actor may post in the room; in an announcement room only moderators may."""
    return may_react(actor, room, membership) and _is_among(room.governing.who_posts, actor, membership)


def require_post(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> None:
    """Raise NotFound, Forbidden, Archived or Muted unless the actor may post in the room.

    Twin in SQL: `post_messages`, which also refuses messages that follow too soon in a room with slow mode.
    """
    require_react(actor, room, membership)
    if not _is_among(room.governing.who_posts, actor, membership):
        raise Forbidden(MODERATORS_POST)


def may_follow(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> bool:
    """Whether the actor may follow a thread, and stop following it."""
    return room.is_thread and is_member(actor, membership)


def require_follow(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> None:
    """Raise NotFound or Forbidden unless the actor may follow the thread."""
    require_member(actor, room, membership)
    if not room.is_thread:
        raise Forbidden(NOT_A_THREAD)


def may_react(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> bool:
    """Whether the actor may react to messages in the room."""
    is_silenced = room.is_archived or room.governing.closed or is_muted(membership)
    return is_member(actor, membership) and not is_silenced


def require_react(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> None:
    """Raise NotFound, Forbidden, Archived or Muted unless the actor may react to messages in the room."""
    member = require_member(actor, room, membership)
    _require_open(room)
    if member.muted_until is not None and is_muted(member):
        raise Muted(retry_after=_seconds_until(member.muted_until))


def require_vote(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> None:
    """Raise NotFound, Forbidden or Archived unless the actor may vote in polls: the same people who may react."""
    require_react(actor, room, membership)


def may_close_poll(actor: User, room: RoomFacts, membership: MembershipFacts | None, message: Message) -> bool:
    """Whether the actor may close the poll of a message."""
    return may_post(actor, room, membership) and (is_moderator(actor, membership) or _is_author(actor, message))


def require_close_poll(actor: User, room: RoomFacts, membership: MembershipFacts | None, message: Message) -> None:
    """Raise NotFound, Forbidden or Archived unless the actor may close the poll of a message."""
    if not may_close_poll(actor, room, membership, message):
        require_post(actor, room, membership)
        raise Forbidden(POLL_AUTHORS_AND_MODERATORS_ONLY)


def may_remove_preview(actor: User, room: RoomFacts, membership: MembershipFacts | None, message: Message) -> bool:
    """Whether the actor may remove the preview of a link from a message."""
    return may_post(actor, room, membership) and (is_moderator(actor, membership) or _is_author(actor, message))


def require_remove_preview(actor: User, room: RoomFacts, membership: MembershipFacts | None, message: Message) -> None:
    """Raise NotFound, Forbidden or Archived unless the actor may remove a preview from a message."""
    if not may_remove_preview(actor, room, membership, message):
        require_post(actor, room, membership)
        raise Forbidden(PREVIEW_AUTHORS_AND_MODERATORS_ONLY)


def may_pin(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> bool:
    """Whether the actor may pin messages in the room, and unpin them: the same people who may post."""
    return may_post(actor, room, membership) and not room.is_thread


def require_pin(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> None:
    """Raise NotFound, Forbidden, Archived or Muted unless the actor may pin messages in the room."""
    require_post(actor, room, membership)
    if room.is_thread:
        raise Forbidden(NOT_IN_A_THREAD)


def require_edit(actor: User, room: RoomFacts, membership: MembershipFacts | None, message: Message) -> None:
    """Raise NotFound, Forbidden, Archived or Muted unless the actor may edit a message."""
    require_post(actor, room, membership)
    if not _is_author(actor, message):
        raise Forbidden(AUTHORS_ONLY)


def may_moderate(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> bool:
    """Whether the actor may delete messages of others, and mute and ban people (`may_sanction`)."""
    has_role = _has_role(membership, Role.OWNER, Role.MODERATOR)
    return is_administrator(actor) or (has_role and may_post(actor, room, membership))


def require_moderate(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> None:
    """Raise NotFound, Forbidden, Archived or Muted unless the actor may moderate the room."""
    if not may_moderate(actor, room, membership):
        require_react(actor, room, membership)
        raise Forbidden(MODERATORS_ONLY)


def may_delete(actor: User, room: RoomFacts, membership: MembershipFacts | None, message: Message) -> bool:
    """Whether the actor may delete a message. Nobody may delete system lines."""
    is_open = not room.is_archived and not room.governing.closed
    is_own = is_member(actor, membership) and is_open and _is_author(actor, message)
    return not message.is_system and (is_own or may_moderate(actor, room, membership))


def require_delete(actor: User, room: RoomFacts, membership: MembershipFacts | None, message: Message) -> None:
    """Raise NotFound, Forbidden or Archived unless the actor may delete a message."""
    if not may_delete(actor, room, membership, message):
        if not may_moderate(actor, room, membership):
            require_member(actor, room, membership)
            _require_open(room)
        require_from_a_person(message)
        raise Forbidden(AUTHORS_AND_MODERATORS_ONLY)


def may_sanction(actor: User, room: RoomFacts, membership: MembershipFacts | None, target: Membership) -> bool:
    """Whether the actor may mute and ban the person of a membership: moderators those without a role, owners all.

    Nobody may in a direct room, whose people never change.
    """
    may_judge = may_administer(actor, room, membership) or target.role == Role.MEMBER
    is_possible = has_settings(room) and target.user_id != actor.pk
    return may_moderate(actor, room, membership) and may_judge and is_possible


def require_sanction(actor: User, room: RoomFacts, membership: MembershipFacts | None, target: Membership) -> None:
    """Raise NotFound, Forbidden, Archived or Muted unless the actor may mute and ban the person of a membership."""
    if may_sanction(actor, room, membership, target):
        return
    require_moderate(actor, room, membership)
    if _is_direct(room):
        raise Forbidden(NOT_IN_A_CONVERSATION)
    raise Forbidden(NOT_YOURSELF if target.user_id == actor.pk else OWNERS_ONLY)


def require_report(actor: User, room: RoomFacts, membership: MembershipFacts | None, message: Message) -> None:
    """Raise NotFound or Forbidden unless the actor may report a message: one of others that they may read."""
    require_member(actor, room, membership)
    require_from_a_person(message)
    if _is_author(actor, message):
        raise Forbidden(NOT_ONES_OWN)


def may_mention_everyone(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> bool:
    """Whether `@all` and `@here` in a message of the actor mention people, by the setting of the room.

    Without one, only moderators may in a public room, and everybody in others. In a thread these names mean those who
    follow it, so everybody may. The message of anybody else is sent, and mentions nobody with these names.
    """
    return may_post(actor, room, membership) and reaches_everyone(actor, room, membership)


def reaches_everyone(author: User, room: RoomFacts, membership: MembershipFacts | None) -> bool:
    """Whether `@all` and `@here` in a message that its author was allowed to post mention people."""
    if room.is_thread:
        return True
    default = Room.Who.MODERATORS if room.kind == Room.Kind.PUBLIC else Room.Who.EVERYONE
    return _is_among(room.who_mentions_all or default, author, membership)


def require_from_a_person(message: Message) -> None:
    """Raise Forbidden for a system line, to which nobody can react, and which nobody can pin or delete."""
    if message.is_system:
        raise Forbidden(NOT_FROM_A_PERSON)


def has_settings(room: RoomFacts) -> bool:
    """Whether a room has a page of settings. Direct rooms and threads have no name or people that could change."""
    return not _is_direct(room) and not room.is_thread


def may_see_members(actor: User, membership: MembershipFacts | None) -> bool:
    """Whether the actor may see the members of the room on its settings page."""
    return is_administrator(actor) or is_member(actor, membership)


def may_invite(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> bool:
    """Whether the actor may invite people into the room, which also ends a removal."""
    is_inviter = may_see_members(actor, membership) and _is_among(room.who_invites, actor, membership)
    return is_inviter and not room.is_archived and has_settings(room) and not actor.is_guest


def require_invite(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> None:
    """Raise NotFound, Forbidden or Archived unless the actor may invite people into the room."""
    if not may_invite(actor, room, membership):
        if not is_administrator(actor):
            require_member(actor, room, membership)
        if room.is_archived and not _is_direct(room):
            raise Archived
        if room.is_thread:
            raise Forbidden(NOT_IN_A_THREAD)
        raise Forbidden(GUESTS_DO_NOT_INVITE if actor.is_guest else MODERATORS_INVITE)


def require_accept(actor: User, room: RoomFacts, membership: Membership | None, invited_at: datetime) -> None:
    """Raise Forbidden or Archived unless the actor may join a room into which they were invited at this time.

    An invitation ends a removal or a ban before it, but not a later one.
    """
    if not actor.is_active:
        raise Forbidden
    if room.is_archived:
        raise Archived
    removed_at = membership.removed_at if membership is not None and membership.is_barred else None
    if removed_at is not None and removed_at > invited_at:
        raise Forbidden(REMOVED)


def require_admit(actor: User, room: RoomFacts, membership: MembershipFacts | None, target: Membership | None) -> None:
    """Raise Forbidden if the person to invite is banned and the actor may not lift that."""
    if target is not None and target.is_banned and not may_sanction(actor, room, membership, target):
        raise Forbidden(BANNED_BY_OTHERS)


def require_see_members(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> None:
    """Raise NotFound or Forbidden unless the actor may see the members of the room."""
    if not may_see_members(actor, membership):
        require_member(actor, room, membership)


def may_administer(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> bool:
    """Whether the actor may archive and unarchive the room, give roles in it and remove people from it.

    Nobody administers a direct room.
    """
    is_owner = is_member(actor, membership) and _has_role(membership, Role.OWNER)
    return (is_administrator(actor) or is_owner) and has_settings(room)


def require_administer(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> None:
    """Raise NotFound or Forbidden unless the actor administers the room."""
    if not may_administer(actor, room, membership):
        if not is_administrator(actor):
            require_member(actor, room, membership)
        raise Forbidden(NOT_IN_A_THREAD if room.is_thread else OWNERS_ONLY)


def may_change_settings(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> bool:
    """Whether the actor may change the room's name, topic, emoji and rules."""
    return may_administer(actor, room, membership) and not room.is_archived


def require_change_settings(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> None:
    """Raise NotFound, Forbidden or Archived unless the actor may change the room's name and topic."""
    require_administer(actor, room, membership)
    if room.is_archived:
        raise Archived


def may_show_reads(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> bool:
    """Whether the actor may decide whether the room shows who has read."""
    return may_moderate(actor, room, membership) and not room.is_archived and not room.is_thread


def require_show_reads(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> None:
    """Raise NotFound, Forbidden or Archived unless the actor may decide whether the room shows who has read."""
    if not may_show_reads(actor, room, membership):
        if not is_administrator(actor):
            require_post(actor, room, membership)
        raise Archived if room.is_archived else Forbidden(MODERATORS_ONLY)


def may_manage_webhooks(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> bool:
    """Whether the actor may add webhooks to the room and see what they send: who administers it, and may read it."""
    return is_member(actor, membership) and may_administer(actor, room, membership)


def require_manage_webhooks(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> None:
    """Raise NotFound unless the actor may manage the webhooks of the room: for others, they do not exist."""
    if not may_manage_webhooks(actor, room, membership):
        raise NotFound


def shares_reads(person: User) -> bool:
    """Whether others are shown how far a person has read, and the person how far others have. Twin: `read_positions`.

    Nobody waits for bots, which need not read, or for deactivated people.
    """
    return person.is_active and not person.is_bot and not person.hides_reads


def may_delete_room(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> bool:
    """Whether the actor may delete the room and everything in it. It must be archived first."""
    return may_administer(actor, room, membership) and room.is_archived


def require_delete_room(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> None:
    """Raise NotFound, Forbidden or Conflict unless the actor may delete the room."""
    require_administer(actor, room, membership)
    if not room.is_archived:
        raise Conflict(ARCHIVE_FIRST)


def _is_author(actor: User, message: Message) -> bool:
    """Whether the actor wrote the message; system lines have no author in this sense."""
    return bool(message.author_id == actor.pk and not message.is_system)


def _require_open(room: RoomFacts) -> None:
    """Raise Archived or Forbidden for a room in which nobody may change anything."""
    if room.is_archived:
        raise Archived
    if room.governing.closed:
        raise Forbidden(CLOSED_BECAUSE[room.governing.closed])


def _is_direct(room: RoomFacts) -> bool:
    return room.kind == Room.Kind.DIRECT


def _is_among(who: str, actor: User, membership: MembershipFacts | None) -> bool:
    """Whether a setting of a room includes the actor, who is in it."""
    return who != Room.Who.MODERATORS or is_moderator(actor, membership)


def _seconds_until(time: datetime) -> int:
    return max(1, math.ceil((time - timezone.now()).total_seconds()))


def _has_role(membership: MembershipFacts | None, *roles: str) -> bool:
    return membership is not None and membership.role in roles


# --- permissions on the wire ------------------------------------------------------------------------------------------

_ON_THE_WIRE = {
    "post": may_post,
    "react": may_react,
    "pin": may_pin,
    "invite": may_invite,
    "moderate": may_moderate,
    "administer": may_administer,
    "mention_all": may_mention_everyone,
}


def permissions(actor: User, room: RoomFacts, membership: MembershipFacts | None) -> tuple[str, ...]:
    """The actor's permissions in the room, for `RoomSummary.may`."""
    return tuple(name for name, rule in _ON_THE_WIRE.items() if rule(actor, room, membership))
