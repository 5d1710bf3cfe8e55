"""The SQL of a group commit, in two round trips: what many messages need to be checked; what they change, with COMMIT.

Each statement has one text however many messages there are, and its lists and tables are one parameter each: the server
prepares it once a connection. The ORM builds every statement anew and a model of every row: for a lone message that
took four times the processor time of what stands here, for one of 64 five times.
"""

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connections, router, transaction

from chat.models.membership import Membership
from chat.models.message import Message
from chat.models.parameters import parameters_of
from chat.models.room import Room
from chat.models.user import User

ROOM, MEMBERSHIP, MESSAGE, USER = (model._meta.db_table for model in (Room, Membership, Message, User))


TRANSACTION_SECONDS = 6
TRANSACTION_TIMEOUT_SINCE = 17_00_00
"""PostgreSQL ends a transaction that takes longer, from this version on; before, it ends only those that idle."""


NEW_MESSAGE = {
    "room": "bigint",
    "author": "bigint",
    "position": "bigint",
    "revision": "bigint",
    "key": "uuid",
    "body": "text",
    "html": "text",
    "reply_to": "bigint",
}
COUNTERS = {"id": "bigint", "revision": "bigint", "message_count": "bigint"}
POSITIONS = {"id": "bigint", "last_read": "bigint"}
"""Tables that are handed over as a parameter: their columns, with PostgreSQL's types."""


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
    """What is known of the rooms, authors, keys and targets of a batch.

    `stored` holds ids of messages by author and key, `targets` the rooms and ids of the messages that are replied to.
    """

    rooms: dict[int, LockedRoom]
    speakers: dict[tuple[int, int], Speaker]
    stored: dict[tuple[int, uuid.UUID], int]
    targets: set[tuple[int, int]]


@contextmanager
def begin() -> Iterator["Batch"]:
    """A transaction for one batch, committed at the end of the `with`.

    PostgreSQL gets the statements of `Batch.write` and the COMMIT without a wait between them: what is wrong with any
    of them is raised at the end of the `with`.
    """
    connection = connections[router.db_for_write(Message)]
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        with transaction.atomic(using=connection.alias):
            yield Batch(connection)
        return
    connection.ensure_connection()
    wire = connection.connection
    with connection.wrap_database_errors:
        try:
            with wire.pipeline() as pipeline:
                wire.execute("BEGIN")
                yield Batch(connection, pipeline)
                wire.execute("COMMIT")
        except BaseException:
            if not wire.closed:
                wire.rollback()
            raise


class Batch:
    """The statements of one group commit."""

    def __init__(self, connection: Any, pipeline: Any = None) -> None:
        self._connection = connection
        self._pipeline = pipeline
        self._parameters = parameters_of(connection)
        self._inserted: Any = ()

    def lock_and_read(
        self, rooms: Collection[int], authors: Collection[int], keys: Collection[uuid.UUID], replied_to: Collection[int]
    ) -> Found:
        """Lock these rooms, in id order, and read who may speak in them, which keys are used, where the targets are.

        Members are read under the locks: whoever was removed before is not among them.
        """
        by = self._parameters
        features, operations = self._connection.features, self._connection.ops
        lock = operations.for_update_sql(no_key=True) if features.has_select_for_update else ""
        self._limit()
        locked = self._execute(
            f"SELECT id, kind, archived_at IS NOT NULL, revision, message_count FROM {ROOM}"  # noqa: S608
            f" WHERE id {by.among('bigint')} ORDER BY id {lock}",
            by.lists(rooms),
        )
        members = self._execute(
            "SELECT m.id, m.room_id, m.user_id, u.username, u.display_name, u.avatar, u.is_bot"  # noqa: S608
            f" FROM {MEMBERSHIP} m JOIN {USER} u ON u.id = m.user_id WHERE m.room_id {by.among('bigint')}"
            f" AND m.user_id {by.among('bigint')} AND m.left_at IS NULL AND u.is_active",
            by.lists(rooms, authors),
        )
        used = self._execute(
            f"SELECT id, author_id, key FROM {MESSAGE}"  # noqa: S608
            f" WHERE author_id {by.among('bigint')} AND key {by.among('uuid')}",
            by.lists(authors, [self._stored_key(key) for key in keys]),
        )
        found_targets: Any = ()
        if replied_to:
            found_targets = self._execute(
                f"SELECT room_id, id FROM {MESSAGE} WHERE id {by.among('bigint')}",  # noqa: S608
                by.lists(replied_to),
            )
        self.wait()
        speakers = [Speaker._make((*row[:6], bool(row[6]))) for row in members]
        return Found(
            rooms={row[0]: LockedRoom(row[0], row[1], bool(row[2]), row[3], row[4]) for row in locked},
            speakers={(speaker.room, speaker.user): speaker for speaker in speakers},
            stored={(author, uuid.UUID(str(key))): pk for pk, author, key in used},
            targets={(room, pk) for room, pk in found_targets},
        )

    def wait(self) -> None:
        """Wait for all answers. Only then does PostgreSQL take a transaction for idle, and ends it in time."""
        if self._pipeline is not None:
            self._pipeline.sync()

    def write(
        self, messages: Sequence[NewMessage], at: datetime, rooms: Sequence[LockedRoom], read: Mapping[int, int]
    ) -> None:
        """Insert messages said `at` this time, write the rooms' counters, and by membership how far speakers have read.

        IntegrityError, at the latest at the end of the transaction, means that a key was used meanwhile.
        """
        by = self._parameters
        said = Message._meta.get_field("created_at").get_db_prep_save(at, self._connection)
        inserted = self._execute(
            f"INSERT INTO {MESSAGE} (room_id, author_id, position, revision, key, kind, body, html, created_at,"  # noqa: S608
            f" reply_to_id) SELECT room, author, position, revision, key, '{Message.Kind.TEXT.value}', body, html, %s,"
            f" reply_to FROM {by.table(NEW_MESSAGE)} RETURNING room_id, position, id",
            [said, by.rows([new._replace(key=self._stored_key(new.key)) for new in messages])],
        )
        # SQLite can't commit while a statement has rows to give.
        self._inserted = inserted if self._pipeline is not None else inserted.fetchall()
        self._execute(
            f"UPDATE {ROOM} SET revision = new.revision, message_count = new.message_count"  # noqa: S608
            f" FROM {by.table(COUNTERS)} WHERE {ROOM}.id = new.id AND {ROOM}.id {by.among('bigint')}",
            [
                by.rows([(room.id, room.revision, room.message_count) for room in rooms]),
                *by.lists([r.id for r in rooms]),
            ],
        )
        self._execute(
            f"UPDATE {MEMBERSHIP} SET last_read = new.last_read"  # noqa: S608
            f" FROM {by.table(POSITIONS)} WHERE {MEMBERSHIP}.id = new.id AND {MEMBERSHIP}.id {by.among('bigint')}",
            [by.rows(sorted(read.items())), *by.lists(read)],
        )

    def ids(self) -> dict[tuple[int, int], int]:
        """The ids of the messages that were written, by room and position. Ask after the transaction."""
        return {(room, position): pk for room, position, pk in self._inserted}

    def _execute(self, sql: str, parameters: Sequence[Any]) -> Any:
        cursor = self._parameters.cursor(self._connection)
        cursor.execute(sql, parameters)
        return cursor

    def _limit(self) -> None:
        """Let no process that holds still in the middle of this transaction hold the locks of its rooms for long."""
        if self._connection.vendor == "postgresql" and self._connection.pg_version >= TRANSACTION_TIMEOUT_SINCE:
            self._connection.connection.execute(f"SET LOCAL transaction_timeout = '{TRANSACTION_SECONDS}s'")

    def _stored_key(self, key: uuid.UUID) -> Any:
        return str(Message._meta.get_field("key").get_db_prep_value(key, self._connection))
