"""The SQL of a group commit: what many messages need to be checked in one round trip, what they change in another.

The ORM builds every statement anew and a model of every row: for a lone message that took four times the processor time
of what stands here, for one of 64 three times.
"""

import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connections, router

from chat.models.membership import Membership
from chat.models.message import Message
from chat.models.room import Room
from chat.models.user import User

ROOM, MEMBERSHIP, MESSAGE, USER = (model._meta.db_table for model in (Room, Membership, Message, User))


TRANSACTION_SECONDS = 6
TRANSACTION_TIMEOUT_SINCE = 17_00_00
"""PostgreSQL ends a transaction that takes longer, from this version on; see `_one_round_trip` for those before."""


@dataclass(slots=True)
class LockedRoom:
    """A room under its lock. `revision` and `message_count` move as messages are placed, and are written back."""

    id: int
    kind: str
    is_archived: bool
    revision: int
    message_count: int


class Speaker(NamedTuple):
    """A current membership of an active person, with what of its author a message shows."""

    membership: int
    room: int
    user: int
    username: str
    display_name: str
    avatar: str
    is_bot: bool


class NewMessage(NamedTuple):
    """A row to insert."""

    room: int
    author: int
    position: int
    revision: int
    key: uuid.UUID
    body: str
    html: str
    reply_to: int | None


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of the rooms, authors and keys of a batch; `stored` holds ids of messages by author and key."""

    rooms: dict[int, LockedRoom]
    speakers: dict[tuple[int, int], Speaker]
    stored: dict[tuple[int, uuid.UUID], int]


def lock_and_read(rooms: Collection[int], authors: Collection[int], keys: Collection[uuid.UUID]) -> Found:
    """Lock these rooms, in id order, and read who may speak in them and which keys are used. Inside a transaction only.

    Members are read under the locks: whoever was removed before is not among them.
    """
    connection = _connection()
    lock = connection.ops.for_update_sql(no_key=True) if connection.features.has_select_for_update else ""
    with connection.cursor() as locked, connection.cursor() as members, connection.cursor() as used:
        with _one_round_trip(connection):
            _limit(connection)
            locked.execute(
                f"SELECT id, kind, archived_at IS NOT NULL, revision, message_count FROM {ROOM}"  # noqa: S608
                f" WHERE id IN ({_marks(rooms)}) ORDER BY id {lock}",
                [*rooms],
            )
            members.execute(
                "SELECT m.id, m.room_id, m.user_id, u.username, u.display_name, u.avatar, u.is_bot"  # noqa: S608
                f" FROM {MEMBERSHIP} m JOIN {USER} u ON u.id = m.user_id WHERE m.room_id IN ({_marks(rooms)})"
                f" AND m.user_id IN ({_marks(authors)}) AND m.left_at IS NULL AND u.is_active",
                [*rooms, *authors],
            )
            used.execute(
                f"SELECT id, author_id, key FROM {MESSAGE}"  # noqa: S608
                f" WHERE author_id IN ({_marks(authors)}) AND key IN ({_marks(keys)})",
                [*authors, *(_stored_key(key) for key in keys)],
            )
        speakers = [Speaker._make((*row[:6], bool(row[6]))) for row in members.fetchall()]
        return Found(
            rooms={row[0]: LockedRoom(row[0], row[1], bool(row[2]), row[3], row[4]) for row in locked.fetchall()},
            speakers={(speaker.room, speaker.user): speaker for speaker in speakers},
            stored={(author, uuid.UUID(str(key))): pk for pk, author, key in used.fetchall()},
        )


def write(
    messages: Sequence[NewMessage], at: datetime, rooms: Sequence[LockedRoom], read: dict[int, int]
) -> dict[tuple[int, int], int]:
    """Insert messages said `at` this time, write the rooms' counters and, by membership, how far speakers have read.

    Returns the ids of the messages by room and position. Raises IntegrityError where a key was used meanwhile.
    """
    connection = _connection()
    said = Message._meta.get_field("created_at").get_db_prep_save(at, connection)
    values = [
        value
        for new in messages
        for value in (*new[:4], _stored_key(new.key), Message.Kind.TEXT.value, new.body, new.html, said, new.reply_to)
    ]
    with connection.cursor() as inserted, connection.cursor() as counted, connection.cursor() as marked:
        with _one_round_trip(connection):
            inserted.execute(
                f"INSERT INTO {MESSAGE} (room_id, author_id, position, revision, key, kind, body, html,"  # noqa: S608
                f" created_at, reply_to_id) VALUES {_rows(10, len(messages))}"
                " RETURNING room_id, position, id",
                values,
            )
            counted.execute(
                f"WITH new(id, revision, message_count) AS (VALUES {_rows(3, len(rooms))}) UPDATE {ROOM} SET"  # noqa: S608
                f" revision = new.revision, message_count = new.message_count FROM new WHERE {ROOM}.id = new.id",
                [value for room in rooms for value in (room.id, room.revision, room.message_count)],
            )
            marked.execute(
                f"WITH new(id, last_read) AS (VALUES {_rows(2, len(read))}) UPDATE {MEMBERSHIP} SET"  # noqa: S608
                f" last_read = new.last_read FROM new WHERE {MEMBERSHIP}.id = new.id",
                [value for pair in sorted(read.items()) for value in pair],
            )
        return {(room, position): pk for room, position, pk in inserted.fetchall()}


def _connection() -> Any:
    return connections[router.db_for_write(Message)]


@contextmanager
def _one_round_trip(connection: Any) -> Iterator[None]:
    """Send the statements inside together, where the database can."""
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    with connection.wrap_database_errors:
        with connection.connection.pipeline():
            yield
        if connection.pg_version < TRANSACTION_TIMEOUT_SINCE:
            # psycopg ends a pipeline with a Flush after the Sync, and that stops PostgreSQL's clock of idle
            # transactions until the next statement: here is one.
            connection.connection.execute("")


def _limit(connection: Any) -> None:
    """Let no process that holds still in the middle of this transaction hold the locks of its rooms for long."""
    if connection.vendor == "postgresql" and connection.pg_version >= TRANSACTION_TIMEOUT_SINCE:
        connection.connection.execute(f"SET LOCAL transaction_timeout = '{TRANSACTION_SECONDS}s'")


def _marks(values: Collection[object]) -> str:
    return ", ".join(["%s"] * len(values))


def _rows(columns: int, rows: int) -> str:
    row = f"({', '.join(['%s'] * columns)})"
    return ", ".join([row] * rows)


def _stored_key(key: uuid.UUID) -> Any:
    return Message._meta.get_field("key").get_db_prep_value(key, _connection())
