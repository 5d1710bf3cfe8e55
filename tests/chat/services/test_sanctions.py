"""Sanctions against one person in a room: muting and banning for a time."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from chat.models import Membership, Room, User
from chat.models.audit import Action, AuditEntry
from chat.protocol.errors import Forbidden, Invalid, Muted, NotFound
from chat.services.direct import send_direct
from chat.services.memberships import invite_member, join_room, leave_room, set_role
from chat.services.messages import delete_message, edit_message, send_message
from chat.services.reactions import react
from chat.services.room_invitations import accept, invite
from chat.services.sanctions import LONGEST_DAYS, ban_member, lift_ban, mute_member, unmute_member


def in_hours(hours: float) -> Any:
    return timezone.now() + timedelta(hours=hours)


def say(author: User, room: Room) -> Any:
    return send_message(author, room_id=room.pk, key=uuid.uuid4(), body="hi")


def end(room: Room, user: User) -> None:
    """Let all sanctions of a person end now."""
    now = timezone.now()
    held = room.memberships.filter(user=user)
    held.filter(muted_until__gt=now).update(muted_until=now)
    held.filter(banned_until__gt=now).update(banned_until=now)


def recorded() -> list[str]:
    entries = AuditEntry.objects.filter(action__startswith="member.").order_by("pk")
    return list(entries.values_list("action", flat=True))


# --- muting -----------------------------------------------------------------------------------------------------------


def test_who_is_muted_neither_posts_edits_nor_reacts_until_the_time(mina: User, joon: User, general: Room) -> None:
    message = say(joon, general)
    until = in_hours(1)
    mute_member(mina, room_id=general.pk, user_id=joon.pk, until=until)
    for act in (
        lambda: say(joon, general),
        lambda: edit_message(joon, message_id=message.pk, body="other"),
        lambda: react(joon, message_id=message.pk, emoji="👍", on=True),
    ):
        with pytest.raises(Muted) as refused:
            act()
        assert 3_500 < (refused.value.retry_after or 0) <= 3_600
    delete_message(joon, message_id=message.pk)
    end(general, joon)
    assert say(joon, general).position


def test_a_mute_outlasts_leaving_and_returning(mina: User, joon: User, general: Room) -> None:
    mute_member(mina, room_id=general.pk, user_id=joon.pk, until=in_hours(1))
    leave_room(joon, room_id=general.pk)
    join_room(joon, room_id=general.pk)
    with pytest.raises(Muted):
        say(joon, general)


def test_a_mute_is_lifted_and_a_new_one_replaces_it(mina: User, joon: User, general: Room) -> None:
    for hours in (1, 24):
        mute_member(mina, room_id=general.pk, user_id=joon.pk, until=in_hours(hours))
    unmute_member(mina, room_id=general.pk, user_id=joon.pk)
    unmute_member(mina, room_id=general.pk, user_id=joon.pk)
    assert say(joon, general).position
    assert recorded() == [Action.MEMBER_MUTED, Action.MEMBER_MUTED, Action.MEMBER_UNMUTED]


def test_muting_changes_nothing_for_others(mina: User, joon: User, general: Room) -> None:
    before = Room.objects.get(pk=general.pk).revision
    mute_member(mina, room_id=general.pk, user_id=joon.pk, until=in_hours(1))
    assert Room.objects.get(pk=general.pk).revision == before


# --- banning ----------------------------------------------------------------------------------------------------------


def test_who_is_banned_returns_only_when_the_ban_has_ended(mina: User, joon: User, general: Room) -> None:
    ban_member(mina, room_id=general.pk, user_id=joon.pk, until=in_hours(1))
    assert not Membership.objects.current().filter(room=general, user=joon).exists()
    assert list(Room.objects.joinable_by(joon)) == []
    with pytest.raises(Forbidden, match="banned you") as refused:
        join_room(joon, room_id=general.pk)
    assert 3_500 < (refused.value.retry_after or 0) <= 3_600
    end(general, joon)
    assert list(Room.objects.joinable_by(joon)) == [general]
    membership = join_room(joon, room_id=general.pk)
    assert (membership.removed_at, membership.banned_until) == (None, None)


def test_only_moderators_bring_a_banned_person_back(mina: User, joon: User, stranger: User, general: Room) -> None:
    join_room(stranger, room_id=general.pk)
    ban_member(mina, room_id=general.pk, user_id=stranger.pk, until=in_hours(1))
    with pytest.raises(Forbidden, match="This person is banned"):
        invite_member(joon, room_id=general.pk, user_id=stranger.pk)
    assert not invite_member(mina, room_id=general.pk, user_id=stranger.pk).is_barred


def test_no_invitation_into_a_private_room_gets_around_a_ban(mina: User, joon: User, founders: Room) -> None:
    leave_room(joon, room_id=founders.pk)
    member = User.objects.create(username="hana")
    invite_member(mina, room_id=founders.pk, user_id=member.pk)
    invitation = invite(member, room_id=founders.pk, user_id=joon.pk)
    ban_member(mina, room_id=founders.pk, user_id=joon.pk, until=in_hours(1))
    with pytest.raises(NotFound):
        accept(joon, invitation_id=invitation.pk)
    with pytest.raises(Forbidden, match="This person is banned"):
        invite(member, room_id=founders.pk, user_id=joon.pk)
    invitation = invite(mina, room_id=founders.pk, user_id=joon.pk)
    assert not accept(joon, invitation_id=invitation.pk).is_barred


def test_a_ban_that_is_lifted_lets_the_person_join_again(mina: User, joon: User, general: Room) -> None:
    ban_member(mina, room_id=general.pk, user_id=joon.pk, until=in_hours(1))
    lift_ban(mina, room_id=general.pk, user_id=joon.pk)
    lift_ban(mina, room_id=general.pk, user_id=joon.pk)
    join_room(joon, room_id=general.pk)
    assert recorded() == [Action.MEMBER_BANNED, Action.MEMBER_UNBANNED]


def test_who_has_left_is_kept_out_without_a_line_in_the_room(mina: User, joon: User, general: Room) -> None:
    leave_room(joon, room_id=general.pk)
    lines = Room.objects.get(pk=general.pk).system_lines
    ban_member(mina, room_id=general.pk, user_id=joon.pk, until=in_hours(1))
    with pytest.raises(Forbidden):
        join_room(joon, room_id=general.pk)
    assert Room.objects.get(pk=general.pk).system_lines == lines


def test_a_room_keeps_an_owner_when_its_only_one_is_banned(mina: User, joon: User, keeper: User, general: Room) -> None:
    ban_member(keeper, room_id=general.pk, user_id=mina.pk, until=in_hours(1))
    assert general.memberships.current().filter(role="owner").exists()


# --- who may ----------------------------------------------------------------------------------------------------------


def test_a_moderator_sanctions_members_but_no_owner_and_not_themselves(
    mina: User, joon: User, stranger: User, general: Room
) -> None:
    join_room(stranger, room_id=general.pk)
    with pytest.raises(Forbidden, match="Only moderators"):
        mute_member(joon, room_id=general.pk, user_id=stranger.pk, until=in_hours(1))
    set_role(mina, room_id=general.pk, user_id=joon.pk, role="moderator")
    mute_member(joon, room_id=general.pk, user_id=stranger.pk, until=in_hours(1))
    for user, reason in ((mina, "Only an owner"), (joon, "to yourself")):
        with pytest.raises(Forbidden, match=reason):
            ban_member(joon, room_id=general.pk, user_id=user.pk, until=in_hours(1))


def test_a_sanction_discloses_no_private_room_and_nobody_in_it(
    mina: User, joon: User, stranger: User, founders: Room
) -> None:
    for service in (mute_member, ban_member):
        with pytest.raises(NotFound) as refused:
            service(stranger, room_id=founders.pk, user_id=mina.pk, until=in_hours(1))
        assert refused.value.field is None
        with pytest.raises(NotFound) as refused:
            service(mina, room_id=founders.pk, user_id=stranger.pk, until=in_hours(1))
        assert refused.value.field == "user"


def test_nobody_is_muted_or_banned_in_a_direct_conversation(keeper: User, mina: User, joon: User) -> None:
    room = send_direct(joon, people=[mina.pk], key=uuid.uuid4(), body="hi").room
    for service in (mute_member, ban_member):
        with pytest.raises(Forbidden, match="direct conversation"):
            service(keeper, room_id=room.pk, user_id=joon.pk, until=in_hours(1))
    assert say(joon, room).position == 2


@pytest.mark.parametrize("hours", [-1, 0, LONGEST_DAYS * 24 + 1])
def test_a_sanction_ends_within_a_year(mina: User, joon: User, general: Room, hours: float) -> None:
    for service in (mute_member, ban_member):
        with pytest.raises(Invalid):
            service(mina, room_id=general.pk, user_id=joon.pk, until=in_hours(hours))
