"""The space: its first run, its name, and the room that everybody begins in."""

import uuid
from functools import partial
from typing import Any

import pytest

from chat.models import Room, Space, User
from chat.protocol.errors import Conflict, Forbidden, Invalid, TooLarge
from chat.services.rooms import archive_room, create_room
from chat.services.spaces import begin_epoch, create_space, rename_space, welcome
from tests.harness.threads import at_once, kinds


def create(username: str = "mina") -> User:
    return create_space(name="Sarangbang", username=username, display_name="Mina", password="correct horse battery")


@pytest.mark.django_db
def test_the_first_run_makes_a_space_its_owner_and_a_room_they_are_in() -> None:
    owner = create()
    space = Space.objects.current()
    assert space is not None
    assert space.name == "Sarangbang"
    assert (owner.is_superuser, owner.check_password("correct horse battery")) == (True, True)
    room = Room.objects.get()
    assert (room.slug, room.name, room.kind) == ("general", "General", "public")
    assert room.memberships.get().role == "owner"
    assert room.memberships.get().user == owner


@pytest.mark.django_db
def test_before_the_first_run_there_is_no_space() -> None:
    assert Space.objects.current() is None


@pytest.mark.django_db
def test_a_second_space_is_a_conflict_and_leaves_nothing() -> None:
    create()
    with pytest.raises(Conflict):
        create("joon")
    assert (User.objects.count(), Room.objects.count(), Space.objects.count()) == (1, 1, 1)


@pytest.mark.django_db
def test_a_username_that_is_taken_is_a_conflict_by_field() -> None:
    User.objects.create_user("mina")
    with pytest.raises(Conflict) as caught:
        create()
    assert caught.value.field == "username"
    assert Space.objects.current() is None


@pytest.mark.django_db(transaction=True)
def test_of_many_who_create_the_space_at_once_one_wins() -> None:
    outcomes = at_once(*(partial(create, f"user{number}") for number in range(6)))
    assert kinds(outcomes) == ["Conflict"] * 5 + ["User"]
    assert (User.objects.count(), Room.objects.count()) == (1, 1)


def test_who_signs_up_begins_in_the_first_room(general: Any, stranger: Any) -> None:
    welcome(stranger)
    assert general.memberships.current().filter(user=stranger).exists()


def test_where_the_first_room_is_archived_or_gone_nobody_is_brought_anywhere(mina: Any, stranger: Any) -> None:
    welcome(stranger)
    room = create_room(mina, name="General")
    archive_room(mina, room_id=room.pk)
    welcome(stranger)
    assert not stranger.memberships.exists()


def test_a_space_is_renamed_by_those_who_keep_it(space: Any, mina: Any) -> None:
    with pytest.raises(Forbidden):
        rename_space(mina, name="Mine")
    mina.is_superuser = True
    assert rename_space(mina, name="  Our   house ").name == "Our house"
    with pytest.raises(Invalid):
        rename_space(mina, name=" ")
    with pytest.raises(TooLarge):
        rename_space(mina, name="x" * 81)


def test_another_life_of_the_database_has_another_epoch(space: Any) -> None:
    begin_epoch()
    current = Space.objects.current()
    assert current is not None
    assert isinstance(current.epoch, uuid.UUID)
    assert current.epoch != space.epoch
