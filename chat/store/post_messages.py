"""The SQL of a group commit: checks many drafts and stores those that obey the rules, in one round trip.

The rules are in SQL so that what they read cannot change before it is used, and no round trip lies between reading and
writing. All drafts are passed as one parameter, so that the statement has the same text for any number of them, and
the server plans it once per connection.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from django.db import connections, models, router, transaction
from django.db.models.base import ModelState
from django.utils.dateparse import parse_datetime

from chat.models.membership import Membership
from chat.models.message import ATTACHMENTS, FROM_THREAD, QUOTE, QUOTE_CHARS, Message
from chat.models.room import Room
from chat.models.user import User
from chat.store import lock_timeout
from chat.store.dialects import SQLiteDialect, dialect_of
from chat.store.pipeline import Rows, Statement, ask, transact, transact_on_loop

T = TypeVar("T")

ROOM, MEMBERSHIP, MESSAGE, USER = (model._meta.db_table for model in (Room, Membership, Message, User))


class PostOutcome(StrEnum):
    """The outcome of posting a draft."""

    NEW = "new"
    KNOWN = "known"
    """The author has already stored this key in this room."""
    ROOM_UNKNOWN = "room unknown"
    """The room does not exist, or the author may not know that it does."""
    NOT_A_MEMBER = "not a member"
    KEY_USED_ELSEWHERE = "key used elsewhere"
    ARCHIVED = "archived"
    REFUSED = "refused"
    """One of the two people of a direct room has blocked the other."""
    DEACTIVATED = "deactivated"
    """Nobody else in a direct room is active."""
    MUTED = "muted"
    NOT_A_MODERATOR = "not a moderator"
    """Only moderators and owners may post in the room."""
    TARGET_UNKNOWN = "target unknown"
    """The message to reply to is not in this room, or is a system line."""
    TOO_SOON = "too soon"
    """The room is in slow mode, and the author has posted a short time ago in it or a thread of it, perhaps in the same
    batch."""


class PostResult(NamedTuple):
    """The result of posting a draft. For a refused draft only `outcome` is set; for a duplicate, also `id`.

    `since` is the revision of the room before the batch; `membership` and the last five fields are the author's.
    `extras` is the JSON text of the extras of a reply, None for any other message. `may_post_from` is when the author
    may post again, after a message in a room with slow mode, and if they are refused for now. `parent` is the room of a
    thread, in which the author has that membership; None for other rooms.
    """

    outcome: str
    id: int
    position: int
    revision: int
    system_lines: int
    membership: int
    since: int
    extras: str | None
    may_post_from: datetime | None
    parent: int | None
    username: str
    display_name: str
    avatar: str
    is_bot: bool
    is_guest: bool


FIELDS = Message._meta.concrete_fields
PLACED_FIELDS = ("id", "position", "revision", "system_lines")
"""Fields that are assigned under the lock of the room. All others come from the draft."""

DRAFT_FIELDS = [field for field in FIELDS if field.attname not in PLACED_FIELDS]
ROOM_INDEX = 1 + [field.attname for field in DRAFT_FIELDS].index("room_id")
"""Index of `room_id` in a row of drafts."""

FACTORIES = [(field.attname, field.default) for field in FIELDS if field.has_default() and callable(field.default)]
DEFAULTS = {field.attname: field.get_default() for field in FIELDS}

_draft_values = attrgetter(*(field.attname for field in DRAFT_FIELDS))

IS_TARGET = f"target.id = draft.reply_to_id AND target.room_id = draft.room_id AND target.kind = '{Message.Kind.TEXT}'"


def of_room(column: str) -> str:
    """SQL of a column that decides about posting: of a thread, that of its parent."""
    return f"coalesce(parent.{column}, room.{column})"


MEMBERS_ROOM = "coalesce(room.parent_id, draft.room_id)"
"""The room whose members may post: of a thread, its parent."""

LOOKED_UP = (
    (ROOM, "room", "room.id = draft.room_id"),
    (ROOM, "parent", "parent.id = room.parent_id"),
    (
        MEMBERSHIP,
        "member",
        f"member.room_id = {MEMBERS_ROOM} AND member.user_id = draft.author_id AND member.left_at IS NULL",
    ),
    (USER, "person", "person.id = draft.author_id"),
    (MESSAGE, "known", "known.author_id = draft.author_id AND known.key = draft.key"),
    (MESSAGE, "target", IS_TARGET),
)
"""The rows that are joined to each draft: table, alias and condition."""

IS_OUTSIDE = "(member.id IS NULL OR NOT person.is_active)"
IS_ADMINISTRATOR = "(person.is_superuser AND NOT person.rights_suspended)"
IS_MODERATOR = f"({IS_ADMINISTRATOR} OR member.role IN ('{Membership.Role.OWNER}', '{Membership.Role.MODERATOR}'))"

VERDICT = f"""
CASE
WHEN room.deleted_at IS NOT NULL THEN '{PostOutcome.ROOM_UNKNOWN}'
WHEN known.room_id = draft.room_id THEN '{PostOutcome.KNOWN}'
WHEN room.id IS NULL THEN '{PostOutcome.ROOM_UNKNOWN}'
WHEN {IS_OUTSIDE} AND (person.is_guest OR {of_room("kind")} <> '{Room.Kind.PUBLIC.value}')
    THEN '{PostOutcome.ROOM_UNKNOWN}'
WHEN {IS_OUTSIDE} THEN '{PostOutcome.NOT_A_MEMBER}'
WHEN known.id IS NOT NULL THEN '{PostOutcome.KEY_USED_ELSEWHERE}'
WHEN {of_room("archived_at")} IS NOT NULL THEN '{PostOutcome.ARCHIVED}'
WHEN {of_room("closed")} = '{Room.Closed.REFUSED.value}' THEN '{PostOutcome.REFUSED}'
WHEN {of_room("closed")} = '{Room.Closed.DEACTIVATED.value}' THEN '{PostOutcome.DEACTIVATED}'
WHEN member.muted_until > draft.created_at THEN '{PostOutcome.MUTED}'
WHEN {of_room("who_posts")} = '{Room.Who.MODERATORS.value}' AND NOT {IS_MODERATOR} THEN '{PostOutcome.NOT_A_MODERATOR}'
WHEN draft.reply_to_id IS NOT NULL AND target.id IS NULL THEN '{PostOutcome.TARGET_UNKNOWN}'
ELSE '{PostOutcome.NEW}'
END
"""
"""The rules of posting, apart from slow mode.

A member of the room has the same permissions in its threads.

A resent key is acked even after its author was removed: the message is stored; only the ack was lost.
"""

COLUMNS = [str(field.column) for field in FIELDS]
VALUES = ["coalesce(quoting, extras)" if column == "extras" else column for column in COLUMNS]
INSERT = f"INSERT INTO {MESSAGE} ({', '.join(COLUMNS)}) SELECT {', '.join(VALUES)} FROM placed"  # noqa: S608
COUNT = f"""
UPDATE {ROOM} SET revision = new.revision, message_count = new.position
FROM (SELECT room_id, max(revision) AS revision, max(position) AS position FROM placed GROUP BY room_id) AS new
WHERE {ROOM}.id = new.room_id
"""  # noqa: S608
READ = f"""
UPDATE {MEMBERSHIP} SET last_read = coalesce(new.position, last_read),
    system_lines_read = coalesce(new.system_lines, system_lines_read),
    may_post_from = coalesce(new.may_post_from, {MEMBERSHIP}.may_post_from)
FROM (
    SELECT membership, max(position) FILTER (WHERE parent IS NULL) AS position,
        max(system_lines) FILTER (WHERE parent IS NULL) AS system_lines, max(may_post_from) AS may_post_from
    FROM placed GROUP BY membership
) AS new
WHERE {MEMBERSHIP}.id = new.membership AND (new.position IS NOT NULL OR new.may_post_from IS NOT NULL)
"""  # noqa: S608
"""Marks the room, unless it is a thread, as read by each author up to their message; notes when they may post again."""

QUOTING = PostResult._fields.index("extras")
"""Index of the extras in a row of results, which is followed by when the author may post again, and the parent."""

RESULT_VALUES = ["quoting AS extras" if name == "extras" else name for name in PostResult._fields]
RESULTS = f"SELECT {', '.join(RESULT_VALUES)} FROM results ORDER BY number"  # noqa: S608


def new_draft(**columns: Any) -> Message:
    """An unsaved message with these columns, equal to `Message(**columns)`.

    Without the signals, descriptors and checks of `Model.__init__`, which take twelve times as long: a fifth of the
    processor time of a stored message.
    """
    message = Message.__new__(Message)
    message._state = ModelState()  # noqa: SLF001 (as Model.__init__ sets it)
    message.__dict__.update(DEFAULTS)
    for name, make in FACTORIES:
        message.__dict__[name] = make()
    message.__dict__.update(columns)
    return message


def post(drafts: Sequence[Message]) -> list[PostResult]:
    """Post drafts (unsaved messages) in one transaction. Returns the result of each, in order.

    No two may have the same author and key. Raises IntegrityError, and stores nothing, if another process stores one
    of the keys in another room at the same time.
    """
    connection: Any = connections[router.db_for_write(Message)]
    if connection.vendor != "postgresql":
        with transaction.atomic(using=connection.alias):
            return _in_steps(connection, dialect_of(connection), _rows(connection, drafts))
    connection.ensure_connection()
    statements = _statements(connection, drafts)
    if connection.in_atomic_block:
        return _results(ask(connection, statements))
    return transact(connection, statements, _results)


async def post_on_loop(
    connection: Any, drafts: Sequence[Message], before_commit_ack: Callable[[list[PostResult]], T]
) -> T:
    """`post` on the event loop, with a connection that `connection_for_loop` returned in its thread.

    Returns the result of `before_commit_ack`, which is called with the results while the commit is in progress.
    """
    return await transact_on_loop(
        connection, _statements(connection, drafts), lambda answers: before_commit_ack(_results(answers))
    )


def connection_for_loop() -> Any:
    """This thread's connection, if it is open and usable on the event loop, else None.

    Posting in a thread costs a single message 0.25 ms more, and two busy threads wait for each other.
    """
    connection: Any = connections[router.db_for_write(Message)]
    is_fit = connection.vendor == "postgresql" and connection.connection is not None and not connection.in_atomic_block
    return connection if is_fit else None


def _statements(connection: Any, drafts: Sequence[Message]) -> Iterator[Statement]:
    """The statements of one transaction; the last returns the columns of `PostResult`."""
    dialect = dialect_of(connection)
    if lock_timeout.needs_limit(connection):
        yield lock_timeout.LIMIT
    yield Statement(_lock(dialect), dialect.values({draft.room_id for draft in drafts}), flush=True)
    yield Statement(_all_at_once(dialect), dialect.rows(_rows(connection, drafts)))


def _results(answers: Sequence[Rows]) -> list[PostResult]:
    return [PostResult._make(row) for row in answers[-1]]


def _rows(connection: Any, drafts: Sequence[Message]) -> list[list[Any]]:
    """The rows of drafts, with values that JSON can represent."""
    converters = _converters(connection)
    rows = []
    for number, draft in enumerate(drafts):
        row = [number, *_draft_values(draft)]
        for index, convert in converters:
            if row[index] is not None:
                row[index] = convert(row[index])
        rows.append(row)
    return rows


def _converters(connection: Any) -> list[tuple[int, Callable[[Any], str]]]:
    """Functions that convert values without a JSON type to text, with their index in a row."""

    def as_text(field: "models.Field[Any, Any]") -> Callable[[Any], str]:
        if connection.vendor == "postgresql":
            return str  # as below, but without the calls: both types are native to PostgreSQL
        return lambda value: str(field.get_db_prep_save(value, connection))

    converters: list[tuple[int, Callable[[Any], str]]] = []
    for index, field in enumerate(DRAFT_FIELDS, start=1):
        if isinstance(field, models.JSONField):
            converters.append((index, json.dumps))
        elif isinstance(field, models.UUIDField | models.DateTimeField):
            converters.append((index, as_text(field)))
    return converters


def _in_steps(connection: Any, dialect: SQLiteDialect, rows: Sequence[list[Any]]) -> list[PostResult]:
    """Post on SQLite, which cannot write several tables in one statement, and whose lock covers the whole database."""
    found = ask(connection, [Statement(_decide(dialect), dialect.rows(rows))])[0]
    results = [_from_sqlite(row) for row in found]
    placed = [
        [*row, *answer[1:6], *answer[QUOTING : QUOTING + 3]]
        for row, answer in zip(rows, found, strict=True)
        if answer[0] == PostOutcome.NEW
    ]
    if not placed:
        return results
    given = dialect.rows(placed)
    writes = (f"{INSERT} RETURNING room_id, position, id", COUNT, READ)
    inserted, *_ = ask(connection, [Statement(_of_placed(dialect, write), given) for write in writes])
    ids = {(room, position): pk for room, position, pk in inserted}
    return [
        result._replace(id=ids[row[ROOM_INDEX], result.position]) if result.outcome == PostOutcome.NEW else result
        for row, result in zip(rows, results, strict=True)
    ]


def _from_sqlite(row: Sequence[Any]) -> PostResult:
    """A result from a row of SQLite, which has neither times nor truth values."""
    result = PostResult._make(row)
    at = parse_datetime(row[QUOTING + 1] or "")
    return result._replace(
        is_bot=bool(result.is_bot), is_guest=bool(result.is_guest), may_post_from=at and at.replace(tzinfo=UTC)
    )


@cache
def _draft_columns() -> dict[str, str]:
    """The columns of drafts, with their PostgreSQL types."""
    connection = connections[router.db_for_write(Message)]
    return {"number": "bigint"} | {str(field.column): str(field.db_type(connection)) for field in DRAFT_FIELDS}


@cache
def _placed_columns() -> dict[str, str]:
    """The columns of messages to be stored, with their PostgreSQL types."""
    added = {"quoting": "jsonb", "may_post_from": "timestamp with time zone", "parent": "bigint"}
    return _draft_columns() | dict.fromkeys((*PLACED_FIELDS, "membership"), "bigint") | added


@cache
def _lock(dialect: SQLiteDialect) -> str:
    """SQL that locks rooms, and those of which they are threads, in the order of their ids.

    Removing or muting a member takes the lock of the room, so it takes effect in its threads at once. This is a
    separate statement, so that the next one sees all earlier commits.
    """
    chosen = f"SELECT unnest(ARRAY[id, parent_id]) FROM {ROOM} WHERE id {dialect.in_list('bigint')}"  # noqa: S608
    return f"SELECT 1 FROM {ROOM} WHERE id IN ({chosen}) ORDER BY id FOR NO KEY UPDATE"  # noqa: S608


@cache
def _all_at_once(dialect: SQLiteDialect) -> str:
    """SQL that checks drafts, stores the new ones, and returns the columns of `PostResult`."""
    return f"""
    {_deciding(dialect)},
    placed AS (SELECT * FROM results WHERE outcome = '{PostOutcome.NEW}'),
    inserted AS ({INSERT}), counted AS ({COUNT}), read AS ({READ})
    {RESULTS}
    """.strip()  # noqa: S608


@cache
def _decide(dialect: SQLiteDialect) -> str:
    """SQL that checks drafts and returns the columns of `PostResult`, without ids for new messages."""
    return f"{_deciding(dialect)} {RESULTS}".strip()


@cache
def _of_placed(dialect: SQLiteDialect, write: str) -> str:
    """SQL of a write that takes `placed` as a parameter."""
    return f"WITH placed AS (SELECT * FROM {dialect.table(_placed_columns())}) {write}"  # noqa: S608


def _quoting(dialect: SQLiteDialect) -> str:
    """SQL of the extras of a reply, NULL for other messages: its own, and the quote that `chat.services.quotes` repeats
    in Python."""
    target = {"id": "target.id", "author": "target.author_id", "position": "target.position"}
    text = f"substr(target.body, 1, {QUOTE_CHARS})"
    deleted = dialect.json_object(**{QUOTE: dialect.json_object(**target, deleted=dialect.json_true)})
    quoted = dialect.json_object(**{QUOTE: dialect.json_object(**target, text=text)})
    files = dialect.json_length("target.extras", ATTACHMENTS)
    with_files = dialect.json_object(**{QUOTE: dialect.json_object(**target, text=text, files=files)})
    quote = f"""CASE WHEN target.deleted_at IS NOT NULL THEN {deleted}
        WHEN {dialect.json_has("target.extras", ATTACHMENTS)} THEN {with_files}
        WHEN target.id IS NOT NULL THEN {quoted} END"""
    return dialect.json_merged("draft.extras", f"({quote})")


def _deciding(dialect: SQLiteDialect) -> str:
    """SQL of the table `results`: a row per draft, with its outcome, and its id, position and revision if it is new."""
    looked_up = "\n".join(dialect.left_join_one(*one) for one in LOOKED_UP)
    is_new = f"outcome = '{PostOutcome.NEW}'"
    step = f"count(*) FILTER (WHERE {is_new}) OVER (PARTITION BY room_id ORDER BY number)"
    would_be = f"verdict = '{PostOutcome.NEW}'"
    # The copy, in the room, of a reply in a thread counts as one message with it: both are stored, or neither.
    is_copy = dialect.json_has("extras", FROM_THREAD)
    own_step = f"""count(*) FILTER (WHERE {would_be} AND NOT {is_copy})
        OVER (PARTITION BY coalesce(parent, room_id), author_id ORDER BY number)"""
    slowed_until = dialect.seconds_after("created_at", "slow_seconds")
    return f"""
    WITH draft AS MATERIALIZED (SELECT * FROM {dialect.table(_draft_columns())}),
    found AS (
        SELECT draft.*, {VERDICT} AS verdict, known.id AS known, room.revision AS since, room.message_count,
            room.system_lines, room.parent_id AS parent, member.id AS membership,
            person.username, person.display_name, person.avatar,
            person.is_bot, person.is_guest, {_quoting(dialect)} AS quoting,
            CASE WHEN NOT {IS_MODERATOR} THEN {of_room("slow_seconds")} ELSE 0 END AS slow_seconds,
            member.muted_until, member.may_post_from AS slowed_until
        FROM draft
        {looked_up}
    ),
    paced AS (
        SELECT found.*,
            CASE WHEN {would_be} AND slow_seconds > 0
                AND (slowed_until > created_at OR ({own_step} > 1 AND NOT {is_copy}))
                THEN '{PostOutcome.TOO_SOON}' ELSE verdict END AS outcome
        FROM found
    ),
    results AS (
        SELECT paced.*,
            CASE WHEN outcome = '{PostOutcome.MUTED}' THEN muted_until
                WHEN outcome = '{PostOutcome.TOO_SOON}' AND slowed_until > created_at THEN slowed_until
                WHEN slow_seconds > 0 AND outcome IN ('{PostOutcome.TOO_SOON}', '{PostOutcome.NEW}')
                    THEN {slowed_until} END AS may_post_from,
            CASE WHEN {is_new} THEN {dialect.next_id(MESSAGE)} ELSE known END AS id,
            CASE WHEN {is_new} THEN message_count + {step} END AS position,
            CASE WHEN {is_new} THEN since + {step} END AS revision
        FROM paced
    )
    """  # noqa: S608
