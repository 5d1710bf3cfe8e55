"""Transactions that do not wait for the disk: for rows that can be derived again from what a crash left."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections, router

from chat.models.room import Room
from chat.store.lock_timeout import limited_transaction


@contextmanager
def relaxed_transaction() -> Iterator[None]:
    """Run a transaction of limited duration that is atomic, but that a crash of the database may undo.

    It is undone only together with all later ones that did not wait either.
    """
    connection: Any = connections[router.db_for_write(Room)]
    if connection.vendor == "postgresql":
        with limited_transaction():
            _execute(connection, "SET LOCAL synchronous_commit = off")
            yield
        return
    is_outermost = not connection.in_atomic_block  # SQLite changes this only between transactions
    if is_outermost:
        _execute(connection, "PRAGMA synchronous = NORMAL")
    try:
        with limited_transaction():
            yield
    finally:
        if is_outermost:
            _execute(connection, "PRAGMA synchronous = FULL")


def _execute(connection: Any, sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
