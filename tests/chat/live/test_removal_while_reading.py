"""chat.queries.rooms: somebody who is removed while they read a room sees nothing that was said afterwards."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from chat.models import Membership
from chat.protocol.errors import ChatError, NotFound
from chat.queries.rooms import (
    OpenRequest,
    history,
    joined_room,
    open_room,
    open_rooms,
    room_page,
    room_summaries,
)
from chat.services.memberships import remove_member
from chat.services.messages import edit_message, send_message

pytestmark = pytest.mark.django_db

Read = Callable[[], Any]


@contextmanager
def just_before_messages_are_read(happens: Callable[[], None]) -> Iterator[None]:
    """Let something happen between two queries: when the first asks for messages."""
    done = False

    def between(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal done
        if not done and sql.startswith("SELECT") and 'FROM "chat_message"' in sql:
            done = True
            happens()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(between):
        yield
    assert done


@pytest.fixture
def removal(mina: Any, joon: Any, founders: Any) -> Callable[[], None]:
    """Joon is removed from Founders, and then Mina says something there."""
    send_message(mina, room_id=founders.pk, key=uuid.uuid4(), body="welcome")

    def happens() -> None:
        remove_member(mina, room_id=founders.pk, user_id=joon.pk)
        send_message(mina, room_id=founders.pk, key=uuid.uuid4(), body="now that Joon is gone")

    return happens


def test_opening_a_room_shows_nothing_said_after_a_removal(joon: Any, founders: Any, removal: Any) -> None:
    with just_before_messages_are_read(removal), pytest.raises(NotFound):
        open_room(joon, room_id=founders.pk)


def test_resuming_shows_nothing_said_after_a_removal(joon: Any, founders: Any, removal: Any) -> None:
    with just_before_messages_are_read(removal), pytest.raises(NotFound):
        open_room(joon, room_id=founders.pk, since=founders.revision)


def test_of_several_who_open_a_room_the_one_who_was_removed_is_refused(
    mina: Any, joon: Any, founders: Any, removal: Any
) -> None:
    rooms_loader = [OpenRequest(user, founders.pk, founders.revision, 50) for user in (mina, joon)]
    with just_before_messages_are_read(removal):
        opened, refused = open_rooms(rooms_loader)
    assert isinstance(refused, ChatError)
    assert not isinstance(opened, ChatError)


def test_a_page_of_history_shows_nothing_said_after_a_removal(joon: Any, founders: Any, removal: Any) -> None:
    with just_before_messages_are_read(removal), pytest.raises(NotFound):
        history(joon, room_id=founders.pk, before=100)


def test_the_page_of_a_room_shows_nothing_said_after_a_removal(joon: Any, founders: Any, removal: Any) -> None:
    with just_before_messages_are_read(removal):
        assert room_page(joon, founders.slug) is None


def test_a_room_summary_shows_no_message_sent_after_a_removal(joon: Any, founders: Any, removal: Any) -> None:
    with just_before_messages_are_read(removal):
        assert joined_room(joon, founders.pk) is None


def test_the_last_message_of_a_room_shows_no_edit_from_after_a_removal(mina: Any, joon: Any, founders: Any) -> None:
    said = send_message(mina, room_id=founders.pk, key=uuid.uuid4(), body="welcome")

    def happens() -> None:
        remove_member(mina, room_id=founders.pk, user_id=joon.pk)
        edit_message(mina, message_id=said.pk, body="now that Joon is gone")

    with just_before_messages_are_read(happens):
        (summary,) = [room for room in room_summaries([joon])[joon.pk] if room.id == founders.pk]
    assert summary.last_message is None


def test_something_said_in_the_middle_of_reading_is_shown_to_those_who_stay(
    mina: Any, joon: Any, founders: Any
) -> None:
    def happens() -> None:
        send_message(mina, room_id=founders.pk, key=uuid.uuid4(), body="just now")

    with just_before_messages_are_read(happens):
        reply = open_room(joon, room_id=founders.pk, since=founders.revision)
    assert [message.body for message in reply.messages] == ["just now"]
    assert Membership.objects.current().filter(user=joon, room=founders).exists()
