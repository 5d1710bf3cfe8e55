"""chat.live.reader_pool: the threads of the live path and their connections."""

import threading
import time

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction
from psycopg_pool import PoolTimeout

from chat.live.reader_pool import with_connection
from chatproject.settings import POSTGRESQL_OPTIONS, restart_attempts
from tests.harness.outside import outside
from tests.harness.services import Databases
from tests.harness.waiting import until

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


def failing(error: Exception, attempts: list[Exception]) -> None:
    """Raise the error, wrapped by Django like an error of its database driver."""
    attempts.append(error)
    raise OperationalError(str(error)) from error


@pytest.mark.once
def test_a_pool_timeout_is_not_retried() -> None:
    attempts: list[Exception] = []
    with pytest.raises(OperationalError):
        with_connection(failing, PoolTimeout("couldn't get a connection after 10.00 sec"), attempts)
    assert len(attempts) == 1
    with pytest.raises(OperationalError):
        with_connection(failing, psycopg.OperationalError("the connection is lost"), attempts)
    assert len(attempts) == 3


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_read_whose_session_was_ended_while_it_was_idle_in_a_transaction_is_repeated() -> None:
    attempts: list[int] = []

    def hold_still() -> int:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            attempts.append(cursor.fetchone()[0])
            if len(attempts) == 1:
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '20ms'")
                until(lambda: not other.execute(f"SELECT 1 FROM pg_stat_activity WHERE pid = {attempts[0]}").fetchone())
            return one()

    with outside() as other:
        assert with_connection(hold_still) == 1
    assert len(set(attempts)) == 2


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
def test_a_transaction_that_is_idle_for_five_seconds_is_ended(databases: Databases) -> None:
    with psycopg.connect(databases.url, options=POSTGRESQL_OPTIONS["options"]) as opened:
        assert opened.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("5s",)


@pytest.mark.postgresql
def test_the_pool_tries_again_soon_and_the_kernel_notices_a_vanished_server() -> None:
    options = settings.DATABASES["default"]["OPTIONS"]
    assert options["pool"]["reconnect_timeout"] <= 5
    assert options["pool"]["reconnect_failed"] is restart_attempts
    assert options["tcp_user_timeout"] <= 30_000
