"""Limits how long a transaction may hold the locks of rooms."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections, router, transaction

from chat.models.room import Room
from chat.store.pipeline import Statement

TRANSACTION_SECONDS = 6
TRANSACTION_TIMEOUT_SINCE = 17_00_00
"""The first version of PostgreSQL with `transaction_timeout`."""

LIMIT = Statement(f"SET LOCAL transaction_timeout = '{TRANSACTION_SECONDS}s'")
"""Bounds how long others wait if a process freezes, or its network fails, in the middle of a transaction."""


def needs_limit(connection: Any) -> bool:
    """Whether to limit a transaction that begins now. One inside another transaction is part of that one."""
    is_outermost = not connection.in_atomic_block
    return is_outermost and connection.vendor == "postgresql" and connection.pg_version >= TRANSACTION_TIMEOUT_SINCE


@contextmanager
def limited_transaction() -> Iterator[None]:
    """Run a transaction of limited duration. The limit applies before it waits for a lock.

    `idle_in_transaction_session_timeout` starts only once a session holds its locks: several transactions of a frozen
    process that wait for one room would hold its lock one after another, each for that long.
    """
    connection: Any = connections[router.db_for_write(Room)]
    is_limited = needs_limit(connection)
    with transaction.atomic(using=connection.alias):
        if is_limited:
            with connection.cursor() as cursor:
                cursor.execute(LIMIT.sql)
        yield
