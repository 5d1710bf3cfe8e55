"""Bots: who may create them, how many, and how they enter rooms."""

from typing import Any

import pytest

from chat import policy
from chat.models import User
from chat.protocol.errors import Conflict, Forbidden, Invalid, NotFound
from chat.services import bots
from chat.services.memberships import join_room
from chat.services.quotas import unlimited
from chat.services.room_invitations import invite


def create(owner: User, username: str = "robot") -> User:
    return bots.create_bot(owner, username=username, display_name="Robot")


def test_guests_and_bots_create_no_bots(mina: User, joon: User) -> None:
    joon.is_guest = True
    with pytest.raises(Forbidden):
        create(joon)
    robot = create(mina)
    with pytest.raises(Forbidden):
        create(robot, "another")


def test_the_number_of_bots_of_one_person_is_limited(mina: User, joon: User) -> None:
    with unlimited():
        for number in range(bots.BOTS):
            create(mina, f"robot{number}")
        with pytest.raises(Conflict):
            create(mina, "one-more")
        create(joon, "one-more")


@pytest.mark.parametrize(("username", "error"), [("joon", Conflict), ("a b", Invalid), ("admin", Conflict)])
def test_a_bot_has_a_username_like_anybody_else(mina: User, joon: User, username: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        create(mina, username)


def test_a_bot_joins_public_rooms_and_is_added_to_private_ones_at_once(mina: User, general: Any, founders: Any) -> None:
    robot = create(mina)
    join_room(robot, room_id=general.pk)
    invite(mina, room_id=founders.pk, user_id=robot.pk)
    assert set(robot.memberships.values_list("room_id", flat=True)) == {general.pk, founders.pk}


def test_only_its_owner_and_administrators_change_a_bot(mina: User, joon: User, keeper: User) -> None:
    robot = create(mina)
    with pytest.raises(NotFound):
        bots.update_bot(joon, bot_id=robot.pk, display_name="Mine", description="")
    with pytest.raises(NotFound):
        bots.delete_bot(joon, bot_id=robot.pk)
    with pytest.raises(NotFound):
        bots.update_bot(mina, bot_id=mina.pk, display_name="Me", description="")
    bots.update_bot(keeper, bot_id=robot.pk, display_name="Robot 2", description="")
    assert User.objects.get(pk=robot.pk).name == "Robot 2"


def test_the_bots_of_a_person_are_those_for_which_the_policy_says_they_answer(mina: User, joon: User) -> None:
    robots = [create(mina), create(joon, "another")]
    bots.delete_bot(mina, bot_id=create(mina, "third").pk)
    for owner in (mina, joon):
        assert list(User.objects.bots_of(owner)) == [robot for robot in robots if policy.owns_bot(owner, robot)]
    mina.is_active = False
    assert not User.objects.bots_of(mina)
    assert not policy.owns_bot(mina, robots[0])


def test_deleting_a_bot_keeps_what_it_wrote_under_no_name(mina: User) -> None:
    robot = create(mina)
    bots.delete_bot(mina, bot_id=robot.pk)
    robot.refresh_from_db()
    assert robot.erased_at is not None
    assert robot.description == ""
    with pytest.raises(NotFound):
        bots.own_bot(mina, robot.pk)
