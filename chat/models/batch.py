"""The SQL of a group commit, in two round trips: what many messages need to be checked; what they change, with COMMIT.

Each statement has one text however many messages there are, and its lists and tables are one parameter each: the server
prepares it once a connection. The ORM builds every statement anew and a model of every row: that took four times the
processor time for a lone message, and three times for 64.
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
from chat.models.round_trip import OneByOne, Statement, Together
from chat.models.user import User

ROOM, MEMBERSHIP, MESSAGE, USER = (model._meta.db_table for model in (Room, Membership, Message, User))


TRANSACTION_SECONDS = 6
TRANSACTION_TIMEOUT_SINCE = 17_00_00
"""PostgreSQL ends a transaction that takes longer, from this version on; before, it ends only those that idle."""

LIMIT = Statement(f"SET LOCAL transaction_timeout = '{TRANSACTION_SECONDS}s'")
"""No process that holds still in the middle of the transaction shall hold the locks of its rooms for long."""


NEW_MESSAGE = {
    "room": "bigint",
    "author": "bigint",
    "position": "bigint",
    "revision": "bigint",
    "key": "uuid",
    "body": "text",
    "html": "text",
    "at": "timestamptz",
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
    at: datetime
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
    """A transaction for one batch, committed at the end of the `with` at the latest."""
    connection: Any = connections[router.db_for_write(Message)]
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        with transaction.atomic(using=connection.alias):
            yield Batch(connection, OneByOne(connection))
        return
    connection.ensure_connection()
    is_limited = connection.pg_version >= TRANSACTION_TIMEOUT_SINCE
    together = Together(connection, [LIMIT] if is_limited else [])
    try:
        yield Batch(connection, together)
        together.end()
    except BaseException:
        together.abort()
        raise


class Batch:
    """The two questions of one group commit."""

    def __init__(self, connection: Any, link: OneByOne | Together) -> None:
        self._connection = connection
        self._link = link
        self._by = parameters_of(connection)

    def lock_and_read(
        self, rooms: Collection[int], authors: Collection[int], keys: Collection[uuid.UUID], replied_to: Collection[int]
    ) -> Found:
        """Lock these rooms, in id order, and read who may speak in them, which keys are used, where the targets are.

        Members are read under the locks: whoever was removed before is not among them.
        """
        by, features = self._by, self._connection.features
        lock = self._connection.ops.for_update_sql(no_key=True) if features.has_select_for_update else ""
        locked, members, used, *targets = self._link.ask(
            Statement(
                f"SELECT id, kind, archived_at IS NOT NULL, revision, message_count FROM {ROOM}"  # noqa: S608
                f" WHERE id {by.among('bigint')} ORDER BY id {lock}",
                by.lists(rooms),
            ),
            Statement(
                "SELECT m.id, m.room_id, m.user_id, u.username, u.display_name, u.avatar, u.is_bot"  # noqa: S608
                f" FROM {MEMBERSHIP} m JOIN {USER} u ON u.id = m.user_id WHERE m.room_id {by.among('bigint')}"
                f" AND m.user_id {by.among('bigint')} AND m.left_at IS NULL AND u.is_active",
                by.lists(rooms, authors),
            ),
            Statement(
                f"SELECT id, author_id, key FROM {MESSAGE}"  # noqa: S608
                f" WHERE author_id {by.among('bigint')} AND key {by.among('uuid')}",
                by.lists(authors, [self._stored_key(key) for key in keys]),
            ),
            *self._where(replied_to),
        )
        speakers = [Speaker._make((*row[:6], bool(row[6]))) for row in members]
        return Found(
            rooms={row[0]: LockedRoom(row[0], row[1], bool(row[2]), row[3], row[4]) for row in locked},
            speakers={(speaker.room, speaker.user): speaker for speaker in speakers},
            stored={(author, uuid.UUID(str(key))): pk for pk, author, key in used},
            targets={(room, pk) for rows in targets for room, pk in rows},
        )

    def _where(self, messages: Collection[int]) -> list[Statement]:
        """What asks for the rooms of these messages, where there are any."""
        sql = f"SELECT room_id, id FROM {MESSAGE} WHERE id {self._by.among('bigint')}"  # noqa: S608
        return [Statement(sql, self._by.lists(messages))] if messages else []

    def write(
        self, messages: Sequence[NewMessage], rooms: Sequence[LockedRoom], read: Mapping[int, int]
    ) -> dict[tuple[int, int], int]:
        """Insert messages, write the rooms' counters and, by membership, how far speakers have read; and commit.

        Returns the ids of the messages by room and position. Raises IntegrityError where a key was used meanwhile.
        """
        by = self._by
        inserted, *_counted = self._link.ask(
            Statement(
                f"INSERT INTO {MESSAGE} (room_id, author_id, position, revision, key, kind, body, html,"  # noqa: S608
                f" created_at, reply_to_id) SELECT room, author, position, revision, key, '{Message.Kind.TEXT.value}',"
                f" body, html, at, reply_to FROM {by.table(NEW_MESSAGE)} RETURNING room_id, position, id",
                by.rows([self._stored(new) for new in messages]),
            ),
            Statement(
                f"UPDATE {ROOM} SET revision = new.revision, message_count = new.message_count"  # noqa: S608
                f" FROM {by.table(COUNTERS)} WHERE {ROOM}.id = new.id AND {ROOM}.id {by.among('bigint')}",
                by.rows([(room.id, room.revision, room.message_count) for room in rooms])
                + by.lists([room.id for room in rooms]),
            ),
            Statement(
                f"UPDATE {MEMBERSHIP} SET last_read = new.last_read"  # noqa: S608
                f" FROM {by.table(POSITIONS)} WHERE {MEMBERSHIP}.id = new.id AND {MEMBERSHIP}.id {by.among('bigint')}",
                by.rows(sorted(read.items())) + by.lists(read),
            ),
            commit=True,
        )
        return {(room, position): pk for room, position, pk in inserted}

    def _stored(self, new: NewMessage) -> tuple[object, ...]:
        """The cells of a row, as JSON can carry them."""
        at = Message._meta.get_field("created_at").get_db_prep_save(new.at, self._connection)
        return new._replace(key=self._stored_key(new.key), at=str(at))  # type: ignore[arg-type]

    def _stored_key(self, key: uuid.UUID) -> str:
        return str(Message._meta.get_field("key").get_db_prep_value(key, self._connection))
