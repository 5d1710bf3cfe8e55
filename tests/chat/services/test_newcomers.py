"""Limits for people whose account is new."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from chat.models import Message, Room, Space, User
from chat.protocol.errors import Conflict, Forbidden
from chat.services.direct import send_direct
from chat.services.messages import edit_message, send_message
from chat.services.rooms import create_room
from tests.harness.space import set_space

TWO_LINKS = "https://a.example https://b.example"
THREE_LINKS = f"{TWO_LINKS} https://c.example"


@pytest.fixture
def limited(space: Space) -> None:
    """A space with limits for the first day."""
    set_space(newcomer_hours=24, newcomer_rooms=1, newcomer_direct=1)


def say(author: User, room: Room, body: str) -> Message:
    return send_message(author, room_id=room.pk, key=uuid.uuid4(), body=body)


def write_to(author: User, person: User) -> Message:
    return send_direct(author, people=[person.pk], key=uuid.uuid4(), body="hi")


def aged(user: User) -> User:
    """The person, two days after they came."""
    user.date_joined = timezone.now() - timedelta(days=2)
    user.save(update_fields=["date_joined"])
    return user


@pytest.mark.usefixtures("limited")
def test_a_new_person_writes_few_links_and_somebody_else_many(joon: User, keeper: User, general: Room) -> None:
    message = say(joon, general, TWO_LINKS)
    with pytest.raises(Forbidden, match="that many links"):
        say(joon, general, THREE_LINKS)
    with pytest.raises(Forbidden, match="that many links"):
        edit_message(joon, message_id=message.pk, body=THREE_LINKS)
    assert say(aged(joon), general, THREE_LINKS).position


@pytest.mark.usefixtures("limited")
def test_links_in_code_are_no_links(joon: User, general: Room) -> None:
    assert say(joon, general, f"`{THREE_LINKS} <a href=x>`").position


@pytest.mark.usefixtures("limited")
def test_a_new_person_creates_few_rooms_and_begins_few_conversations(joon: User, mina: User, stranger: User) -> None:
    write_to(joon, mina)
    create_room(joon, name="One")
    with pytest.raises(Conflict, match="any more rooms yet"):
        create_room(joon, name="Two")
    with pytest.raises(Conflict, match="any more conversations yet"):
        write_to(joon, stranger)
    write_to(joon, mina)
    create_room(aged(joon), name="Two")
    write_to(joon, stranger)


@pytest.mark.usefixtures("limited")
def test_superusers_are_never_new(keeper: User) -> None:
    for name in ("One", "Two"):
        create_room(keeper, name=name)


def test_without_the_setting_nobody_is_new(joon: User, general: Room) -> None:
    assert say(joon, general, THREE_LINKS).position
    for number in range(3):
        create_room(joon, name=f"Room {number}")
