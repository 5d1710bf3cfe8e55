"""How long a transaction may hold the locks of rooms."""

from typing import Any

from django.db import connections, router

from chat.models.room import Room
from chat.store.pipeline import Statement

TRANSACTION_SECONDS = 6
TRANSACTION_TIMEOUT_SINCE = 17_00_00
"""PostgreSQL ends a transaction that takes longer, from this version on."""

LIMIT = Statement(f"SET LOCAL transaction_timeout = '{TRANSACTION_SECONDS}s'")
"""Where only half of a batch gets through the network, or a process holds still, others shall not wait for long."""


def knows_limit(connection: Any) -> bool:
    """Whether the database of this connection can limit the time of a transaction."""
    return connection.vendor == "postgresql" and bool(connection.pg_version >= TRANSACTION_TIMEOUT_SINCE)


def limit_transaction() -> None:
    """Limit the time of the transaction that has just begun, before it waits for the lock of a room.

    PostgreSQL's limit for a session that holds still begins when it has its locks. Several transactions of a process
    that is frozen, all waiting for the same room, would have it one after the other, each for as long.
    """
    connection: Any = connections[router.db_for_write(Room)]
    if knows_limit(connection):
        with connection.cursor() as cursor:
            cursor.execute(LIMIT.sql)
