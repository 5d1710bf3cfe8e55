"""How much one person may change: rooms created and joined, invitations, joining and leaving."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from chat.models import Membership, Room, User
from chat.protocol.errors import Conflict, RateLimited
from chat.services import mentions, quotas
from chat.services.memberships import invite_member, join_room, leave_room
from chat.services.people import update_profile
from chat.services.person_items import set_item
from chat.services.rooms import create_room
from tests.harness.space import set_space


def times_until_refused(act: Callable[[], Any], most: int) -> int:
    """How often something succeeds before it is refused as too fast."""
    for count in range(most):
        try:
            act()
        except RateLimited:
            return count
    raise AssertionError(f"never refused in {most} times")


def test_a_refusal_says_when_to_try_again(mina: Any) -> None:
    for _number in range(quotas.NEW_ROOMS.default):
        create_room(mina, name="Another")
    with pytest.raises(RateLimited, match="many rooms in a short time") as refused:
        create_room(mina, name="Another")
    assert refused.value.retry_after is not None
    assert 0 < refused.value.retry_after <= quotas.HOUR / quotas.NEW_ROOMS.default


def test_the_rooms_that_one_person_creates_in_an_hour_are_limited(mina: Any, joon: Any) -> None:
    burst = quotas.NEW_ROOMS.default
    assert times_until_refused(lambda: create_room(mina, name="Another"), burst + 1) == burst
    assert Room.objects.count() == burst
    create_room(joon, name="Mine")


def test_the_changes_of_a_persons_items_are_limited_however_small(mina: Any, general: Any) -> None:
    burst = quotas.ITEMS.default
    act = partial(set_item, mina, kind="favourite", key=str(general.pk), value=None)
    assert burst <= times_until_refused(act, burst * 2) < burst * 2


def test_marking_mentions_as_read_is_limited(mina: Any) -> None:
    burst = quotas.MENTIONS_READ.default
    assert burst <= times_until_refused(lambda: mentions.mark_read(mina), burst * 2) < burst * 2


def test_the_rooms_of_one_creator_are_limited(mina: Any) -> None:
    set_space(rooms_created=1)
    first = create_room(mina, name="First")
    with pytest.raises(Conflict):
        create_room(mina, name="Second")
    Room.objects.filter(pk=first.pk).update(deleted_at=first.created_at)
    create_room(mina, name="Second")


def test_nobody_is_in_more_rooms_than_hello_can_list(mina: Any, joon: Any, stranger: Any, general: Any) -> None:
    set_space(rooms_per_person=1)
    other = create_room(stranger, name="Other")
    for act in (
        lambda: create_room(stranger, name="Another"),
        lambda: join_room(stranger, room_id=general.pk),
        lambda: invite_member(mina, room_id=general.pk, user_id=stranger.pk),
        lambda: invite_member(stranger, room_id=other.pk, user_id=joon.pk),
    ):
        with pytest.raises(Conflict):
            act()
    leave_room(stranger, room_id=other.pk)
    assert join_room(stranger, room_id=general.pk)


def test_a_superuser_is_in_no_more_rooms_either(mina: Any, general: Any) -> None:
    set_space(rooms_per_person=1)
    mina.is_superuser = True
    with pytest.raises(Conflict):
        create_room(mina, name="Another")


def test_one_person_is_not_flooded_with_invitations(mina: Any, joon: Any, stranger: Any, general: Any) -> None:
    burst = quotas.INVITATIONS_OF_ONE.default

    def invite() -> None:
        Membership.objects.filter(user=stranger).delete()
        invite_member(mina, room_id=general.pk, user_id=stranger.pk)

    assert times_until_refused(invite, burst + 1) == burst
    invite_member(joon, room_id=general.pk, user_id=stranger.pk)


def test_the_invitations_of_one_person_in_an_hour_are_limited(mina: Any, general: Any) -> None:
    burst = 5
    set_space(invitations_per_hour=burst)
    people = iter(User.objects.bulk_create(User(username=f"u{number}") for number in range(burst + 1)))
    refused_after = times_until_refused(
        lambda: invite_member(mina, room_id=general.pk, user_id=next(people).pk), burst + 1
    )
    assert refused_after == burst


def test_joining_and_leaving_too_fast_is_refused(stranger: Any, general: Any) -> None:
    def come_and_go() -> None:
        join_room(stranger, room_id=general.pk)
        leave_room(stranger, room_id=general.pk)

    burst = quotas.MOVES.default
    assert times_until_refused(come_and_go, burst) == burst // 2


def test_superusers_and_commands_are_not_counted(mina: Any, joon: Any) -> None:
    many = quotas.NEW_ROOMS.default + 1
    mina.is_superuser = True
    for _number in range(many):
        create_room(mina, name="Another")
    with quotas.unlimited():
        for _number in range(many):
            create_room(joon, name="Another")
    assert times_until_refused(lambda: create_room(joon, name="Another"), many) == many - 1


def test_new_names_in_an_hour_are_limited(joon: User) -> None:
    for number in range(quotas.NEW_NAMES.default):
        update_profile(joon, display_name=f"Joon {number}", time_zone="")
    update_profile(joon, display_name=joon.display_name, time_zone="Asia/Seoul")  # no new name
    with pytest.raises(RateLimited):
        update_profile(joon, display_name="Somebody else", time_zone="")
    joon.refresh_from_db()
    assert joon.display_name == "Joon 9"
