"""Limits how long a transaction may hold the locks of rooms."""

from typing import Any

from django.db import connections, router

from chat.models.room import Room
from chat.store.pipeline import Statement

TRANSACTION_SECONDS = 6
TRANSACTION_TIMEOUT_SINCE = 17_00_00
"""The first version of PostgreSQL with `transaction_timeout`."""

LIMIT = Statement(f"SET LOCAL transaction_timeout = '{TRANSACTION_SECONDS}s'")
"""Bounds how long others wait if a process freezes, or its network fails, in the middle of a transaction."""


def needs_limit(connection: Any) -> bool:
    """Whether the database of this connection can limit the duration of a transaction."""
    return connection.vendor == "postgresql" and bool(connection.pg_version >= TRANSACTION_TIMEOUT_SINCE)


def limit_transaction() -> None:
    """Limit the duration of the transaction that has just begun, before it waits for the lock of a room.

    `idle_in_transaction_session_timeout` starts only once a session holds its locks: several transactions of a frozen
    process that wait for one room would hold its lock one after another, each for that long.
    """
    connection: Any = connections[router.db_for_write(Room)]
    if needs_limit(connection):
        with connection.cursor() as cursor:
            cursor.execute(LIMIT.sql)
