"""chat.store.pipeline: statements that travel together, and the connection after one of them failed."""

import asyncio
import re
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.db import (
    DataError,
    IntegrityError,
    OperationalError,
    ProgrammingError,
    connection,
    connections,
    transaction,
)
from psycopg.pq import TransactionStatus

from chat.live.reader_pool import LOST_CONNECTION
from chat.models import Message, Room
from chat.models.message import BODY_CHARS
from chat.services import group_commit
from chat.services.changes import room_transaction
from chat.store import lock_timeout, pipeline, post_messages
from chat.store.dialects import dialect_of
from chat.store.pipeline import Statement, transact, transact_on_loop
from tests.harness.outside import begin_to_store, is_blocked, outside
from tests.harness.waiting import until

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
def test_a_batch_larger_than_any_buffer_is_stored_whole(mina: Any, general: Any) -> None:
    bodies = [f"{number}" + "방" * (BODY_CHARS - 10) for number in range(100)]
    send(mina, general, *bodies)
    assert list(Message.objects.order_by("position").values_list("body", flat=True)) == bodies


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_key_that_another_process_stores_at_the_same_time_leaves_nothing_of_the_batch_and_is_then_refused(
    mina: Any, general: Any, founders: Any
) -> None:
    key = uuid.uuid4()
    drafts = [
        group_commit.draft(author_id=mina.pk, room_id=general.pk, key=one, body="hi") for one in (uuid.uuid4(), key)
    ]
    with outside(autocommit=False) as other, outside() as watching, ThreadPoolExecutor(1) as thread:
        begin_to_store(other, room=founders.pk, author=mina.pk, key=key)
        outcome = thread.submit(in_thread, group_commit.send_batch, drafts)
        until(lambda: is_blocked(watching))
        other.commit()
        stored, refused = outcome.result().outcomes
    assert (stored.position, refused.code) == (1, "conflict")
    assert list(Message.objects.filter(room=general).values_list("position", flat=True)) == [1]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_batch_that_got_through_only_half_does_not_hold_its_locks_for_long(
    mina: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock_timeout, "LIMIT", Statement("SET LOCAL transaction_timeout = '50ms'"))
    with outside(autocommit=False) as other:
        other.execute("SELECT 1 FROM chat_room FOR UPDATE")
        with pytest.raises(LOST_CONNECTION):
            send(mina, general, "too late")
    connection.close()
    assert not Message.objects.exists()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_holds_a_room_is_ended_within_seconds(general: Any) -> None:
    with room_transaction(general.pk), connection.cursor() as cursor:
        cursor.execute("SELECT setting::int FROM pg_settings WHERE name = 'transaction_timeout'")
        (milliseconds,) = cursor.fetchone()
    assert 0 < milliseconds <= 10_000


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_message_sent_within_another_transaction_does_not_limit_that_transaction(mina: Any, general: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        send(mina, general, "one of many")
        cursor.execute("SHOW transaction_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_postgresql_that_knows_no_limit_for_transactions_is_not_given_one(
    mina: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock_timeout, "TRANSACTION_TIMEOUT_SINCE", 99_00_00)
    monkeypatch.setattr(lock_timeout, "LIMIT", Statement("SET LOCAL unheard_of = 1"))
    send(mina, general, "hi")
    assert Message.objects.count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_batch_of_any_size_looks_at_no_more_rows_than_it_needs(mina: Any, general: Any) -> None:
    """The plan is made before it is known how few rows come: it must not read whole tables that may grow."""
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_generic_plan")
        cursor.execute("SET enable_seqscan = off")  # the tables of a test fit on a page
        sql = post_messages._all_at_once(dialect_of(connection))
        cursor.execute(f"EXPLAIN {sql}", ["[]"])
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("RESET ALL")
    assert not re.search(r"Seq Scan|(Hash|Merge) .*Join", plan), plan


# --- a transaction on PostgreSQL --------------------------------------------------------------------------------------

Run = Callable[..., list[Any]]


@pytest.fixture(params=["in a thread", "on the event loop"])
def run_with(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Runs statements in a transaction of their own, in each of the two ways, and makes something of their rows."""
    opened = opened_connection()
    if request.param == "in a thread":
        return partial(transact, opened)
    return lambda statements, before_commit_ack: asyncio.run(transact_on_loop(opened, statements, before_commit_ack))


@pytest.fixture
def run(run_with: Any) -> Run:
    """Runs statements in a transaction of their own, in each of the two ways; the rows that each gives."""
    return lambda *statements: run_with(statements, list)


def opened_connection() -> Any:
    """This thread's connection itself: Django's proxy leads to another one on an event loop."""
    connection.ensure_connection()
    return connections[connection.alias]


def in_thread(function: Any, *args: Any) -> Any:
    """Call a function, and leave no connection of the thread behind."""
    try:
        return function(*args)
    finally:
        connection.close()


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
    pipeline._prepared.pop(connection.connection, None)
    counted = []
    for settings.DATABASE_PREPARE in (False, True, True):
        send(mina, general, "one", "two")
        counted.append(prepared())
    assert counted[0] == 0
    assert counted[1] == counted[2] > 0
    assert Message.objects.count() == 6


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_each_statement_gives_its_own_rows(run: Run) -> None:
    assert run(Statement("SELECT %s::int, %s", ("1", "a")), Statement("SELECT 2")) == [[(1, "a")], [(2,)]]
    assert run(Statement("SET LOCAL lock_timeout = '1s'"), Statement("SHOW lock_timeout")) == [[], [("1s",)]]
    assert run(Statement("SHOW lock_timeout")) == [[("0",)]]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_a_transaction_that_fails_nothing_stays_and_the_connection_goes_on(run: Run, general: Any) -> None:
    rename = Statement("UPDATE chat_room SET topic = %s", ("dropped",))
    for _ in range(2):
        with pytest.raises(DataError):
            run(rename, Statement("SELECT 1 / %s::int", ("0",)), Statement("SELECT 3"))
        assert run(Statement("SELECT 1"), Statement("SELECT 3")) == [[(1,)], [(3,)]]
    with pytest.raises(ProgrammingError):
        run(rename, Statement("SELEC"))
    assert Room.objects.get().topic == ""


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_fails_at_its_commit_leaves_nothing(run: Run, mina: Any, general: Any) -> None:
    send(mina, general, "hi")
    nobody = "UPDATE chat_message SET author_id = 0"  # its constraint is looked at when the transaction ends
    with pytest.raises(IntegrityError):
        run(Statement(nobody))
    assert run(Statement("SELECT count(*) FROM chat_message WHERE author_id = 0")) == [[(0,)]]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_what_is_made_of_the_rows_is_made_before_the_commit_and_given_only_after_it(mina: Any, general: Any) -> None:
    send(mina, general, "hi")
    opened, made = opened_connection(), []

    def look(rows: list[Any]) -> Any:
        made.append(opened.connection.info.transaction_status)
        return rows[0]

    assert transact(opened, [Statement("SELECT 1")], look) == [(1,)]
    with pytest.raises(IntegrityError):
        transact(opened, [Statement("UPDATE chat_message SET author_id = 0 RETURNING 2")], look)
    with pytest.raises(DataError):
        transact(opened, [Statement("SELECT 1 / 0")], look)
    assert made == [TransactionStatus.ACTIVE] * 2


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_where_the_rows_cannot_be_used_the_connection_is_not_used_again(run_with: Any) -> None:
    opened = opened_connection()
    with pytest.raises(ZeroDivisionError):
        run_with([Statement("SELECT 0")], lambda rows: 1 / rows[0][0][0])
    assert opened.connection.closed
    connection.close()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_dies_is_an_operational_error(run: Run) -> None:
    with pytest.raises(OperationalError):
        run(Statement("SELECT pg_terminate_backend(pg_backend_pid())"), Statement("SELECT 1"))
    connection.close()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_the_event_loop_turns_while_the_database_works_and_who_stops_waiting_gives_the_connection_up(
    general: Any,
) -> None:
    async def ask() -> None:
        waiting = asyncio.create_task(transact_on_loop(opened, [Statement("SELECT 1 FROM chat_room FOR UPDATE")], list))
        await asyncio.to_thread(until, lambda: is_blocked(watching))
        waiting.cancel()
        await asyncio.wait([waiting])
        assert waiting.cancelled()

    opened = opened_connection()
    with outside(autocommit=False) as other, outside() as watching:
        other.execute("SELECT 1 FROM chat_room FOR UPDATE")
        asyncio.run(ask())
    assert opened.connection.closed
    connection.close()
