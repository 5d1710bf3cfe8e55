"""chat.models.round_trip: statements that travel together, and what becomes of the connection when one fails."""

import uuid
from typing import Any

import pytest
from django.db import DataError, IntegrityError, OperationalError, connection

from chat.models import Message, Room, batch, round_trip
from chat.models.message import BODY_CHARS
from chat.models.round_trip import Statement, Together
from chat.services import group_commit

NASTY = [
    "\"quoted\" 'twice'",
    "back\\slash \\u0041 \\n",
    "%s %d $1 {braces} [brackets], commas",
    "사랑방 🏡 \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "line\u2028separator \u00a0 \ufeff \u202e",
    "\x01\x1f\x7f",
    "null",
    "]]>--/*",
]


def send(author: Any, room: Room, *bodies: str) -> list[Any]:
    """The outcomes of one batch."""
    drafts = [group_commit.draft(author_id=author.pk, room_id=room.pk, key=uuid.uuid4(), body=body) for body in bodies]
    return list(group_commit.send_batch(drafts).outcomes)


@pytest.mark.django_db(transaction=True)
def test_every_text_is_stored_as_it_was_said(mina: Any, general: Any) -> None:
    send(mina, general, *NASTY)
    assert list(Message.objects.order_by("position").values_list("body", flat=True)) == NASTY


@pytest.mark.django_db(transaction=True)
def test_a_batch_larger_than_any_buffer_arrives_whole(mina: Any, general: Any) -> None:
    bodies = [f"{number}" + "방" * (BODY_CHARS - 10) for number in range(100)]
    send(mina, general, *bodies)
    assert list(Message.objects.order_by("position").values_list("body", flat=True)) == bodies


@pytest.mark.django_db(transaction=True)
def test_a_batch_with_a_key_that_was_used_meanwhile_leaves_nothing_and_the_next_one_is_stored(
    mina: Any, general: Any
) -> None:
    send(mina, general, "first")
    first = Message.objects.get()
    again = batch.NewMessage(general.pk, mina.pk, 2, 99, first.key, "again", "again", first.created_at, None)
    with pytest.raises(IntegrityError), batch.begin() as begun:
        begun.write([again], [], {})
    send(mina, general, "second")
    assert list(Message.objects.order_by("position").values_list("body", flat=True)) == ["first", "second"]


# --- together, on PostgreSQL ------------------------------------------------------------------------------------------


def begin() -> Together:
    """A transaction that nobody has asked anything in yet."""
    connection.ensure_connection()
    return Together(connection, [Statement("SET LOCAL lock_timeout = '1s'")])


def prepared() -> int:
    """How many statements this connection has prepared, as the server has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        return int(cursor.fetchone()[0])


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_statements_are_prepared_once_or_not_at_all_where_that_is_switched_off(
    mina: Any, general: Any, settings: Any
) -> None:
    with connection.cursor() as cursor:  # it may have come used from the pool
        cursor.execute("DEALLOCATE ALL")
    round_trip._prepared.pop(connection.connection, None)
    counted = []
    for settings.DATABASE_PREPARE in (False, True, True):
        send(mina, general, "one", "two")
        counted.append(prepared())
    assert counted[0] == 0
    assert counted[1] == counted[2] > 0
    assert Message.objects.count() == 6


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_each_statement_gives_its_own_rows_and_those_around_it_none() -> None:
    together = begin()
    assert together.ask(Statement("SELECT %s::int, %s", ("1", "a")), Statement("SELECT 2")) == [[(1, "a")], [(2,)]]
    assert together.ask(Statement("SHOW lock_timeout"), commit=True) == [[("1s",)]]
    together.end()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_what_fails_is_raised_as_djangos_error_and_the_connection_goes_on() -> None:
    for _ in range(2):
        together = begin()
        with pytest.raises(DataError):
            together.ask(Statement("SELECT 1"), Statement("SELECT 1 / %s::int", ("0",)), Statement("SELECT 3"))
        together.abort()
        fresh = begin()
        assert fresh.ask(Statement("SELECT 1"), Statement("SELECT 3"), commit=True) == [[(1,)], [(3,)]]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_what_was_asked_is_committed_at_the_end_or_rolled_back(general: Any) -> None:
    rename = "UPDATE chat_room SET topic = %s"
    for topic, end in (("kept", Together.end), ("dropped", Together.abort)):
        together = begin()
        together.ask(Statement(rename, (topic,)))
        end(together)
    assert Room.objects.get().topic == "kept"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_is_an_operational_error_and_is_not_rolled_back() -> None:
    together = begin()
    with pytest.raises(OperationalError):
        together.ask(Statement("SELECT pg_terminate_backend(pg_backend_pid())"), Statement("SELECT 1"))
    together.abort()
    connection.close()
