"""Who is in a room: joining, leaving, inviting, removing, roles, and how far somebody has read."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.db import connections

from chat import policy
from chat.live.reader_pool import LOST_CONNECTION
from chat.models import Membership, Room, User
from chat.protocol.errors import Archived, Conflict, Forbidden, Invalid, NotFound
from chat.services import memberships
from chat.services.changes import room_transaction
from chat.services.memberships import invite_member, join_room, leave_room, mark_read, remove_member, set_role
from chat.services.messages import send_message
from chat.services.rooms import archive_room
from chat.store import lock_timeout
from chat.store.pipeline import Statement
from tests.conftest import person
from tests.harness.outside import blocked, outside
from tests.harness.threads import at_once
from tests.harness.waiting import until


def say(author: Any, room: Room) -> None:
    send_message(author, room_id=room.pk, key=uuid.uuid4(), body="hi")


def roles(room: Room) -> dict[str, str]:
    return dict(room.memberships.current().values_list("user__username", "role"))


def last_read(user: Any, room: Room) -> int:
    return int(room.memberships.get(user=user).last_read)


# --- coming -----------------------------------------------------------------------------------------------------------


def test_anybody_joins_a_public_room_and_has_read_what_was_said_before(mina: Any, stranger: Any, general: Any) -> None:
    say(mina, general)
    membership = join_room(stranger, room_id=general.pk)
    assert (membership.role, membership.last_read, membership.counted_read) == ("member", 2, 1)
    general.refresh_from_db()
    assert membership.revision == general.revision


def test_nobody_joins_a_private_room_or_none(stranger: Any, founders: Any) -> None:
    for room_id in (founders.pk, 10**9):
        with pytest.raises(NotFound):
            join_room(stranger, room_id=room_id)


def test_joining_a_room_as_a_member_changes_nothing(mina: Any, general: Any, founders: Any) -> None:
    for room in (general, founders):
        before = room.revision
        assert join_room(mina, room_id=room.pk).role == "owner"
        room.refresh_from_db()
        assert room.revision == before


def test_nobody_joins_an_archived_room(mina: Any, stranger: Any, general: Any) -> None:
    archive_room(mina, room_id=general.pk)
    with pytest.raises(Archived):
        join_room(stranger, room_id=general.pk)
    with pytest.raises(Archived):
        invite_member(mina, room_id=general.pk, user_id=stranger.pk)


def test_any_member_invites_and_nobody_else_but_superusers(mina: Any, joon: Any, stranger: Any, founders: Any) -> None:
    outsider = person("outsider", "")
    with pytest.raises(NotFound):
        invite_member(outsider, room_id=founders.pk, user_id=stranger.pk)
    assert invite_member(joon, room_id=founders.pk, user_id=stranger.pk).role == "member"
    outsider.is_superuser = True
    assert invite_member(outsider, room_id=founders.pk, user_id=outsider.pk).role == "member"


def test_only_active_people_who_exist_are_invited(mina: Any, stranger: Any, founders: Any) -> None:
    User.objects.filter(pk=stranger.pk).update(is_active=False)
    for user_id in (stranger.pk, 10**9):
        with pytest.raises(NotFound) as caught:
            invite_member(mina, room_id=founders.pk, user_id=user_id)
        assert caught.value.field == "user"


def test_a_returning_person_is_a_plain_member_with_nothing_unread(mina: Any, joon: Any, general: Any) -> None:
    set_role(mina, room_id=general.pk, user_id=joon.pk, role="owner")
    leave_room(joon, room_id=general.pk)
    say(mina, general)
    membership = join_room(joon, room_id=general.pk)
    membership.refresh_from_db()
    assert (membership.role, membership.last_read, membership.left_at) == ("member", 3, None)
    assert membership.counted_read == 1
    assert general.memberships.filter(user=joon).count() == 1


def test_the_first_to_join_a_room_that_everybody_left_owns_it(
    mina: Any, stranger: Any, general: Any, joon: Any
) -> None:
    leave_room(joon, room_id=general.pk)
    leave_room(mina, room_id=general.pk)
    assert join_room(stranger, room_id=general.pk).role == "owner"
    assert join_room(mina, room_id=general.pk).role == "member"


# --- a removal holds --------------------------------------------------------------------------------------------------


def test_somebody_who_was_removed_joins_again_only_once_invited(mina: Any, joon: Any, general: Any) -> None:
    remove_member(mina, room_id=general.pk, user_id=joon.pk)
    with pytest.raises(Forbidden, match="removed from this room"):
        join_room(joon, room_id=general.pk)
    assert "joon" not in roles(general)
    invite_member(mina, room_id=general.pk, user_id=joon.pk)
    leave_room(joon, room_id=general.pk)
    assert join_room(joon, room_id=general.pk).role == "member"


def test_leaving_first_does_not_evade_a_removal(mina: Any, joon: Any, general: Any) -> None:
    leave_room(joon, room_id=general.pk)
    remove_member(mina, room_id=general.pk, user_id=joon.pk)
    with pytest.raises(Forbidden):
        join_room(joon, room_id=general.pk)


def test_somebody_who_was_removed_does_not_take_over_an_empty_room(mina: Any, joon: Any, general: Any) -> None:
    remove_member(mina, room_id=general.pk, user_id=joon.pk)
    leave_room(mina, room_id=general.pk)
    with pytest.raises(Forbidden):
        join_room(joon, room_id=general.pk)


# --- going ------------------------------------------------------------------------------------------------------------


def test_leaving_keeps_the_membership_row_as_left(mina: Any, joon: Any, general: Any) -> None:
    leave_room(joon, room_id=general.pk)
    left = general.memberships.get(user=joon)
    general.refresh_from_db()
    assert left.has_left
    assert left.revision == general.revision - 1, "the line about it is the last change"


def test_nobody_leaves_a_room_they_are_not_in(stranger: Any, general: Any, founders: Any) -> None:
    with pytest.raises(Forbidden):
        leave_room(stranger, room_id=general.pk)
    with pytest.raises(NotFound):
        leave_room(stranger, room_id=founders.pk)


def test_leaving_again_is_no_error_and_changes_nothing(mina: Any, joon: Any, founders: Any, general: Any) -> None:
    """The answer to the first time may have been lost with the connection to the database."""
    invite_member(mina, room_id=founders.pk, user_id=joon.pk)
    for room in (general, founders):
        leave_room(joon, room_id=room.pk)
        room.refresh_from_db()
        left = room.memberships.get(user=joon)
        leave_room(joon, room_id=room.pk)
        assert room.memberships.get(user=joon).left_at == left.left_at
        assert Room.objects.get(pk=room.pk).revision == room.revision


def test_removing_again_is_no_error_and_changes_nothing(mina: Any, joon: Any, general: Any) -> None:
    remove_member(mina, room_id=general.pk, user_id=joon.pk)
    general.refresh_from_db()
    left = general.memberships.get(user=joon)
    remove_member(mina, room_id=general.pk, user_id=joon.pk)
    assert general.memberships.get(user=joon).left_at == left.left_at
    assert Room.objects.get(pk=general.pk).revision == general.revision


def test_when_the_last_owner_leaves_who_was_there_longest_becomes_one(mina: Any, joon: Any, general: Any) -> None:
    late = person("late", "")
    join_room(late, room_id=general.pk)
    leave_room(mina, room_id=general.pk)
    assert roles(general) == {"joon": "owner", "late": "member"}
    leave_room(joon, room_id=general.pk)
    assert roles(general) == {"late": "owner"}
    leave_room(late, room_id=general.pk)
    assert roles(general) == {}


def test_when_one_of_two_owners_leaves_nobody_is_promoted(mina: Any, joon: Any, stranger: Any, general: Any) -> None:
    join_room(stranger, room_id=general.pk)
    set_role(mina, room_id=general.pk, user_id=stranger.pk, role="owner")
    leave_room(mina, room_id=general.pk)
    assert roles(general) == {"joon": "member", "stranger": "owner"}


def test_owners_and_superusers_remove_and_nobody_else(mina: Any, joon: Any, stranger: Any, general: Any) -> None:
    with pytest.raises(Forbidden):
        remove_member(joon, room_id=general.pk, user_id=mina.pk)
    with pytest.raises(Forbidden):
        remove_member(stranger, room_id=general.pk, user_id=mina.pk)
    set_role(mina, room_id=general.pk, user_id=joon.pk, role="moderator")
    with pytest.raises(Forbidden):
        remove_member(joon, room_id=general.pk, user_id=mina.pk)
    stranger.is_superuser = True
    remove_member(stranger, room_id=general.pk, user_id=mina.pk)
    assert roles(general) == {"joon": "owner"}


def test_only_members_are_removed(mina: Any, stranger: Any, general: Any) -> None:
    for user_id in (stranger.pk, 10**9):
        with pytest.raises(NotFound) as caught:
            remove_member(mina, room_id=general.pk, user_id=user_id)
        assert caught.value.field == "user"


def test_a_stranger_to_a_private_room_removes_nobody(mina: Any, stranger: Any, founders: Any) -> None:
    with pytest.raises(NotFound):
        remove_member(stranger, room_id=founders.pk, user_id=mina.pk)
    with pytest.raises(NotFound):
        set_role(stranger, room_id=founders.pk, user_id=mina.pk, role="member")


# --- roles ------------------------------------------------------------------------------------------------------------


def test_removing_oneself_is_leaving(mina: Any, joon: Any, general: Any) -> None:
    remove_member(mina, room_id=general.pk, user_id=mina.pk)
    assert general.memberships.get(user=mina).has_left
    join_room(mina, room_id=general.pk)
    assert roles(general)["mina"] == "member"


def test_owners_give_roles_and_nobody_else(mina: Any, joon: Any, general: Any) -> None:
    with pytest.raises(Forbidden):
        set_role(joon, room_id=general.pk, user_id=joon.pk, role="owner")
    membership = set_role(mina, room_id=general.pk, user_id=joon.pk, role="moderator")
    general.refresh_from_db()
    assert (membership.role, membership.revision) == ("moderator", general.revision)
    assert policy.may_moderate(joon, general, membership)


def test_the_same_role_again_changes_nothing(mina: Any, general: Any) -> None:
    before = general.revision
    set_role(mina, room_id=general.pk, user_id=mina.pk, role="owner")
    general.refresh_from_db()
    assert general.revision == before


def test_a_room_keeps_an_owner(mina: Any, joon: Any, general: Any) -> None:
    with pytest.raises(Conflict):
        set_role(mina, room_id=general.pk, user_id=mina.pk, role="member")
    set_role(mina, room_id=general.pk, user_id=joon.pk, role="owner")
    set_role(mina, room_id=general.pk, user_id=mina.pk, role="member")
    assert roles(general) == {"mina": "member", "joon": "owner"}


def test_a_role_is_one_of_three(mina: Any, joon: Any, general: Any) -> None:
    with pytest.raises(Invalid) as caught:
        set_role(mina, room_id=general.pk, user_id=joon.pk, role="king")
    assert caught.value.field == "role"


# --- reading ----------------------------------------------------------------------------------------------------------


def test_reading_only_moves_forward_and_not_beyond_the_last_message(mina: Any, joon: Any, general: Any) -> None:
    for _ in range(5):
        say(joon, general)
    assert [mark_read(mina, room_id=general.pk, position=position).last_read for position in (3, 2, 0, 99, 4)] == [
        *(3, 3, 3, 5, 5)
    ]
    assert last_read(mina, general) == 5


def test_reading_is_no_change_of_the_room(mina: Any, joon: Any, general: Any) -> None:
    say(joon, general)
    general.refresh_from_db()
    before = general.revision
    mark_read(mina, room_id=general.pk, position=1)
    general.refresh_from_db()
    assert general.revision == before


def test_only_members_read(stranger: Any, general: Any, founders: Any) -> None:
    with pytest.raises(Forbidden):
        mark_read(stranger, room_id=general.pk, position=1)
    with pytest.raises(NotFound):
        mark_read(stranger, room_id=founders.pk, position=1)


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_read_at_once_end_at_the_further_one(mina: Any, joon: Any, general: Any) -> None:
    for _ in range(10):
        say(joon, general)
    at_once(*(partial(mark_read, mina, room_id=general.pk, position=position) for position in range(1, 11)))
    assert last_read(mina, general) == 10


@pytest.mark.django_db(transaction=True)
def test_a_new_role_at_the_same_time_takes_nothing_read_back(
    mina: Any, joon: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The role is changed on what was read of the row a moment ago; reading takes no lock."""
    say(mina, general)
    member_of = memberships.member_of

    def then_read(change: Any, user_id: int) -> Membership:
        membership = member_of(change, user_id)
        # As another tab does now; on SQLite only this connection can.
        Membership.objects.filter(pk=membership.pk).update(last_read=1)
        return membership

    monkeypatch.setattr(memberships, "member_of", then_read)
    set_role(mina, room_id=general.pk, user_id=joon.pk, role="moderator")
    assert last_read(joon, general) == 1


# --- many at once -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_one_person_who_joins_twice_at_once_is_in_it_once(stranger: Any, general: Any) -> None:
    outcomes = at_once(*(partial(join_room, stranger, room_id=general.pk) for _ in range(6)))
    assert len({outcome.pk for outcome in outcomes}) == 1
    assert general.memberships.filter(user=stranger).count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_however_many_changes_of_a_process_hold_still_with_a_room_the_room_is_free_after_the_time_of_one(
    mina: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each waits for the one before: a limit that began with the lock would add up."""
    monkeypatch.setattr(lock_timeout, "LIMIT", Statement("SET LOCAL transaction_timeout = '1s'"))
    go_on, all_connected = threading.Event(), threading.Barrier(3)

    def hold_still() -> None:
        connections["default"].ensure_connection()
        all_connected.wait(60)
        try:
            with room_transaction(general.pk):
                go_on.wait(60)
        finally:
            connections.close_all()

    with outside() as other, ThreadPoolExecutor(3) as threads:
        held = [threads.submit(hold_still) for _ in range(3)]
        until(lambda: blocked(other) == 2)
        other.execute("SET lock_timeout = '4s'")
        other.execute("SELECT 1 FROM chat_room WHERE id = %s FOR UPDATE", [general.pk])
        go_on.set()
        assert all(isinstance(one.exception(60), LOST_CONNECTION) for one in held)


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_leave_at_once_leave_an_owner(mina: Any, joon: Any, stranger: Any, general: Any) -> None:
    join_room(stranger, room_id=general.pk)
    set_role(mina, room_id=general.pk, user_id=joon.pk, role="owner")
    outcomes = at_once(*(partial(leave_room, user, room_id=general.pk) for user in (mina, joon)))
    assert outcomes == [None, None]
    assert roles(general) == {"stranger": "owner"}


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_step_down_at_once_leave_an_owner(mina: Any, joon: Any, general: Any) -> None:
    set_role(mina, room_id=general.pk, user_id=joon.pk, role="owner")
    at_once(*(partial(set_role, user, room_id=general.pk, user_id=user.pk, role="member") for user in (mina, joon)))
    assert sorted(roles(general).values()) == ["member", "owner"]
