"""chat.live.database: the threads of the live path and their connections."""

import threading
import time
import uuid

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction

from chat.live.database import LOST_CONNECTION, with_connection
from chat.models import batch
from chatproject.settings import begin_anew
from tests.live.waiting import until

CONNECTIONS = 5
FIRST_PAUSE_OF_THE_POOL_SECONDS = 1.0


def one() -> int:
    """Ask the database something."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return int(cursor.fetchone()[0])


def fill_pool() -> None:
    """Leave CONNECTIONS connections in the pool, unused."""
    everybody = threading.Barrier(CONNECTIONS)

    def ask() -> None:
        one()
        everybody.wait(10)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def outside() -> "psycopg.Connection[tuple[int]]":
    """A connection to the database that is not Django's."""
    database = connection.settings_dict
    address = {"host": database["HOST"], "port": database["PORT"], "user": database["USER"]}
    return psycopg.connect(**address, dbname=database["NAME"], password=database["PASSWORD"], autocommit=True)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_what_held_still_in_a_transaction_until_its_session_was_ended_is_done_again() -> None:
    attempts: list[int] = []

    def hold_still() -> int:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '20ms'")
            cursor.execute("SELECT pg_backend_pid()")
            attempts.append(cursor.fetchone()[0])
            if len(attempts) == 1:
                until(lambda: not other.execute(f"SELECT 1 FROM pg_stat_activity WHERE pid = {attempts[0]}").fetchone())
            return one()

    with outside() as other:
        assert with_connection(hold_still) == 1
    assert len(set(attempts)) == 2


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_group_commit_holds_its_locks_for_seconds_at_most() -> None:
    with batch.begin() as begun:
        begun.lock_and_read([1], [1], [uuid.uuid4()], [])
        with connection.cursor() as cursor:
            cursor.execute("SHOW transaction_timeout")
            assert cursor.fetchone() == (f"{batch.TRANSACTION_SECONDS}s",)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_so_it_does_on_a_postgresql_that_knows_no_limit_for_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "TRANSACTION_TIMEOUT_SINCE", 99_00_00)

    def hold_still(other: "psycopg.Connection[tuple[int]]") -> None:
        with batch.begin() as begun, connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '50ms'")
            cursor.execute("SELECT pg_backend_pid()")
            pid = cursor.fetchone()[0]
            begun.lock_and_read([1], [1], [uuid.uuid4()], [])
            until(lambda: not other.execute(f"SELECT 1 FROM pg_stat_activity WHERE pid = {pid}").fetchone())
            cursor.execute("SELECT 1")

    with outside() as other, pytest.raises(LOST_CONNECTION):
        hold_still(other)
    connection.close()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_when_postgresql_ended_every_connection_the_next_question_is_answered_at_once() -> None:
    fill_pool()
    one()
    with outside() as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    began = time.monotonic()
    assert with_connection(one) == 1
    assert time.monotonic() - began < FIRST_PAUSE_OF_THE_POOL_SECONDS


@pytest.mark.postgresql
@pytest.mark.django_db
def test_a_process_that_holds_still_in_a_transaction_does_not_hold_its_locks_for_long() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("5s",)


@pytest.mark.postgresql
def test_the_pool_tries_again_soon_and_the_kernel_notices_a_vanished_server() -> None:
    options = settings.DATABASES["default"]["OPTIONS"]
    assert options["pool"]["reconnect_timeout"] <= 5
    assert options["pool"]["reconnect_failed"] is begin_anew
    assert options["tcp_user_timeout"] <= 30_000
