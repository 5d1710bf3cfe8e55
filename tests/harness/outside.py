"""Somebody else at the PostgreSQL of the tests, whom Django does not know of."""

import uuid
from typing import Any

import psycopg
from django.db import connection


def outside(*, autocommit: bool = True) -> "psycopg.Connection[tuple[Any, ...]]":
    """A connection of theirs. Without `autocommit`, the first statement begins a transaction."""
    database = connection.settings_dict
    address = {"host": database["HOST"], "port": database["PORT"], "user": database["USER"]}
    return psycopg.connect(**address, dbname=database["NAME"], password=database["PASSWORD"], autocommit=autocommit)


def is_blocked(other: "psycopg.Connection[tuple[Any, ...]]") -> bool:
    """Whether somebody waits for a lock in this database."""
    return blocked(other) > 0


def blocked(other: "psycopg.Connection[tuple[Any, ...]]") -> int:
    """The number of sessions of this database that wait for a lock."""
    waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return len(other.execute(waiting).fetchall())


def begin_to_store(other: "psycopg.Connection[tuple[Any, ...]]", *, room: int, author: int, key: uuid.UUID) -> None:
    """Store a message as another process would, that has not committed yet."""
    other.execute(
        "INSERT INTO chat_message (room_id, author_id, position, revision, key, kind, body, html, created_at)"
        " VALUES (%s, %s, 1, 1, %s, 'text', '', '', now())",
        (room, author, key),
    )
