"""The SQL of a group commit: many messages are judged, and those that keep the rules stored, in one round trip.

The rules are in the SQL because nothing that is read can then change before it is used, and nobody waits for an answer
between reading and writing. The statement has one text however many messages there are, and all of them are one
parameter: the server plans it once a connection.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple, TypeVar

from django.db import connections, router, transaction

from chat.models.membership import Membership
from chat.models.message import Message
from chat.models.room import Room
from chat.models.user import User
from chat.store import lock_timeout
from chat.store.dialects import SQLiteDialect, dialect_of
from chat.store.pipeline import Rows, Statement, ask, transact, transact_on_loop

T = TypeVar("T")

ROOM, MEMBERSHIP, MESSAGE, USER = (model._meta.db_table for model in (Room, Membership, Message, User))


class PostOutcome(StrEnum):
    """What becomes of a draft."""

    NEW = "new"
    KNOWN = "known"
    """This author has stored this key in this room before."""
    ROOM_UNKNOWN = "room unknown"
    """There is no such room, or it is no business of the author's."""
    NOT_A_MEMBER = "not a member"
    KEY_USED_ELSEWHERE = "key used elsewhere"
    ARCHIVED = "archived"
    TARGET_UNKNOWN = "target unknown"
    """The message to reply to is not in this room."""


class Draft(NamedTuple):
    """A message that somebody wants to send, already cleaned and rendered."""

    room: int
    author: int
    key: uuid.UUID
    body: str
    html: str
    reply_to: int | None = None


class PostResult(NamedTuple):
    """What became of a draft. Of one that was refused, only the verdict counts; of a known one, the `id` as well.

    Before the batch the room was at revision `since`. The last four are of the author.
    """

    verdict: str
    id: int
    position: int
    revision: int
    membership: int
    since: int
    username: str
    display_name: str
    avatar: str
    is_bot: bool


DRAFTS = {
    "number": "bigint",
    "at": "timestamptz",
    "room": "bigint",
    "author": "bigint",
    "key": "uuid",
    "body": "text",
    "html": "text",
    "reply_to": "bigint",
}
PLACED = DRAFTS | {"id": "bigint", "position": "bigint", "revision": "bigint", "membership": "bigint"}
"""Tables that are handed over as a parameter: their columns, with PostgreSQL's types."""

LOOKED_UP = (
    (ROOM, "room", "room.id = draft.room"),
    (
        MEMBERSHIP,
        "member",
        "member.room_id = draft.room AND member.user_id = draft.author AND member.left_at IS NULL",
    ),
    (USER, "person", "person.id = draft.author AND person.is_active"),
    (MESSAGE, "known", "known.author_id = draft.author AND known.key = draft.key"),
    (MESSAGE, "target", "target.id = draft.reply_to AND target.room_id = draft.room"),
)
"""What is looked up for each draft: in which table, by what name, under which condition."""

VERDICT = f"""
CASE
WHEN room.deleted_at IS NOT NULL THEN '{PostOutcome.ROOM_UNKNOWN}'
WHEN known.room_id = draft.room THEN '{PostOutcome.KNOWN}'
WHEN room.id IS NULL THEN '{PostOutcome.ROOM_UNKNOWN}'
WHEN (member.id IS NULL OR person.id IS NULL) AND room.kind <> '{Room.Kind.PUBLIC.value}'
    THEN '{PostOutcome.ROOM_UNKNOWN}'
WHEN member.id IS NULL OR person.id IS NULL THEN '{PostOutcome.NOT_A_MEMBER}'
WHEN known.id IS NOT NULL THEN '{PostOutcome.KEY_USED_ELSEWHERE}'
WHEN room.archived_at IS NOT NULL THEN '{PostOutcome.ARCHIVED}'
WHEN draft.reply_to IS NOT NULL AND target.id IS NULL THEN '{PostOutcome.TARGET_UNKNOWN}'
ELSE '{PostOutcome.NEW}'
END
"""
"""The rules of sending. A known message is given even to who has been removed since: the ack was lost, it is there."""

INSERT = f"""
INSERT INTO {MESSAGE} (id, room_id, author_id, position, revision, key, kind, body, html, created_at, reply_to_id)
SELECT id, room, author, position, revision, key, '{Message.Kind.TEXT.value}', body, html, at, reply_to FROM placed
"""  # noqa: S608
COUNT = f"""
UPDATE {ROOM} SET revision = new.revision, message_count = new.position
FROM (SELECT room, max(revision) AS revision, max(position) AS position FROM placed GROUP BY room) AS new
WHERE {ROOM}.id = new.room
"""  # noqa: S608
READ = f"""
UPDATE {MEMBERSHIP} SET last_read = new.position
FROM (SELECT membership, max(position) AS position FROM placed GROUP BY membership) AS new
WHERE {MEMBERSHIP}.id = new.membership
"""  # noqa: S608
"""Whoever speaks in a room has read it up to there."""

JUDGED = f"SELECT {', '.join(PostResult._fields)} FROM judged ORDER BY number"  # noqa: S608


def store(drafts: Sequence[Draft], at: datetime) -> list[PostResult]:
    """Store those of the drafts that may be, as said at this moment, in one transaction; what became of each, in order.

    No two may have the same author and key. Raises IntegrityError where another process stores one of the keys, in
    another room, at the same time: then nothing was stored.
    """
    connection: Any = connections[router.db_for_write(Message)]
    if connection.vendor != "postgresql":
        with transaction.atomic(using=connection.alias):
            return _in_steps(connection, dialect_of(connection), _rows(connection, drafts, at))
    connection.ensure_connection()
    statements = _statements(connection, drafts, at)
    if connection.in_atomic_block:
        return _results(ask(connection, statements))
    return transact(connection, statements, _results)


async def post_on_loop(
    connection: Any, drafts: Sequence[Draft], at: datetime, before_commit_ack: Callable[[list[PostResult]], T]
) -> T:
    """The same on the event loop, by what `connection_for_loop` gave in the thread of the connection.

    Returns what `before_commit_ack` makes of the verdicts: it is called while the commit is still under way.
    """
    return await transact_on_loop(
        connection, _statements(connection, drafts, at), lambda answers: before_commit_ack(_results(answers))
    )


def connection_for_loop() -> Any:
    """This thread's connection, if it is open and the event loop can wait for its database, or None.

    A thread in between costs a lone message a quarter of a millisecond, and two busy threads wait for each other.
    """
    connection: Any = connections[router.db_for_write(Message)]
    is_fit = connection.vendor == "postgresql" and connection.connection is not None and not connection.in_atomic_block
    return connection if is_fit else None


def _statements(connection: Any, drafts: Sequence[Draft], at: datetime) -> Iterator[Statement]:
    """Those of one transaction; the last gives the columns of `PostResult`."""
    dialect = dialect_of(connection)
    if lock_timeout.needs_limit(connection):
        yield lock_timeout.LIMIT
    yield Statement(_lock(dialect), dialect.values({draft.room for draft in drafts}), flush=True)
    yield Statement(_all_at_once(dialect), dialect.rows(_rows(connection, drafts, at)))


def _results(answers: Sequence[Rows]) -> list[PostResult]:
    return [PostResult._make(row) for row in answers[-1]]


def _rows(connection: Any, drafts: Sequence[Draft], at: datetime) -> list[tuple[Any, ...]]:
    """The rows of `DRAFTS`, as JSON can carry them."""
    moment = str(Message._meta.get_field("created_at").get_db_prep_save(at, connection))
    key_of = Message._meta.get_field("key").get_db_prep_value
    return [
        (number, moment, draft.room, draft.author, str(key_of(draft.key, connection)), *draft[3:])
        for number, draft in enumerate(drafts)
    ]


def _in_steps(connection: Any, dialect: SQLiteDialect, rows: Sequence[tuple[Any, ...]]) -> list[PostResult]:
    """For a database that cannot change several tables by one statement, and locks itself as a whole."""
    found = ask(connection, [Statement(_judge(dialect), dialect.rows(rows))])[0]
    results = [PostResult._make((*row[:-1], bool(row[-1]))) for row in found]
    placed = [(*row, *one[1:5]) for row, one in zip(rows, results, strict=True) if one.verdict == PostOutcome.NEW]
    if not placed:
        return results
    given = dialect.rows(placed)
    writes = (f"{INSERT} RETURNING room_id, position, id", COUNT, READ)
    inserted, *_ = ask(connection, [Statement(_of_placed(dialect, write), given) for write in writes])
    ids = {(room, position): pk for room, position, pk in inserted}
    return [
        one._replace(id=ids[row[2], one.position]) if one.verdict == PostOutcome.NEW else one
        for row, one in zip(rows, results, strict=True)
    ]


@cache
def _lock(dialect: SQLiteDialect) -> str:
    """SQL that locks rooms, in id order. A statement of its own, so that what follows sees all that was done before."""
    return f"SELECT 1 FROM {ROOM} WHERE id {dialect.in_list('bigint')} ORDER BY id FOR NO KEY UPDATE"  # noqa: S608


@cache
def _all_at_once(dialect: SQLiteDialect) -> str:
    """SQL that judges drafts, stores those that are new, and gives the columns of `PostResult`."""
    return f"""
    {_judging(dialect)},
    placed AS (SELECT * FROM judged WHERE verdict = '{PostOutcome.NEW}'),
    inserted AS ({INSERT}), counted AS ({COUNT}), read AS ({READ})
    {JUDGED}
    """.strip()  # noqa: S608


@cache
def _judge(dialect: SQLiteDialect) -> str:
    """SQL that judges drafts, and gives the columns of `PostResult`, without ids of what is still to be inserted."""
    return f"{_judging(dialect)} {JUDGED}".strip()


@cache
def _of_placed(dialect: SQLiteDialect, write: str) -> str:
    """SQL of a write whose `placed` is a parameter."""
    return f"WITH placed AS (SELECT * FROM {dialect.table(PLACED)}) {write}"  # noqa: S608


def _judging(dialect: SQLiteDialect) -> str:
    """SQL of a table `results`: a row for each draft, with its verdict, and its place where it is new."""
    looked_up = "\n".join(dialect.left_join_one(*one) for one in LOOKED_UP)
    is_new = f"verdict = '{PostOutcome.NEW}'"
    step = f"count(*) FILTER (WHERE {is_new}) OVER (PARTITION BY room ORDER BY number)"
    return f"""
    WITH draft AS MATERIALIZED (SELECT * FROM {dialect.table(DRAFTS)}),
    found AS (
        SELECT draft.*, {VERDICT} AS verdict, known.id AS known, room.revision AS since, room.message_count,
            member.id AS membership, person.username, person.display_name, person.avatar, person.is_bot
        FROM draft
        {looked_up}
    ),
    judged AS (
        SELECT found.*,
            CASE WHEN {is_new} THEN {dialect.next_id(MESSAGE)} ELSE known END AS id,
            CASE WHEN {is_new} THEN message_count + {step} END AS position,
            CASE WHEN {is_new} THEN since + {step} END AS revision
        FROM found
    )
    """  # noqa: S608
