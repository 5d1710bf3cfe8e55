"""Runs the statements of a transaction: one by one, or in a pipeline with one round trip for all."""

import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast
from weakref import WeakKeyDictionary

from django.conf import settings

if TYPE_CHECKING:
    import psycopg
    from psycopg.abc import PQGen
    from psycopg.pq.abc import PGresult

logger = logging.getLogger("django.db.backends")

Rows = list[tuple[Any, ...]]
T = TypeVar("T")


class Statement(NamedTuple):
    """SQL with a `%s` for each parameter. `flush` sends it at once, so that the server can start on it."""

    sql: str
    parameters: Sequence[str] = ()
    flush: bool = False


BEGIN, COMMIT = Statement("BEGIN"), Statement("COMMIT")

LOOK_UP_SECONDS = 60.0
"""How often psycopg wakes up while it waits on the event loop. An answer ends the wait at once."""


def ask(connection: Any, statements: Iterable[Statement]) -> list[Rows]:
    """Run statements one by one on Django's cursors. Returns the rows of each."""
    return [_ask(connection, statement) for statement in statements]


def _ask(connection: Any, statement: Statement) -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.parameters)
        return list(cursor.fetchall()) if cursor.description else []


def transact(connection: Any, statements: Iterable[Statement], before_commit_ack: Callable[[list[Rows]], T]) -> T:
    """Run and commit these statements in a transaction of their own on PostgreSQL.

    BEGIN and COMMIT are sent with them, in one round trip. While the server writes the commit to disk,
    `before_commit_ack` is called with the rows of each statement; if the commit succeeds, its result is returned.
    Raises Django's database errors; nothing was committed then, unless the connection was lost: the outcome is unknown.
    """
    pgconn: psycopg.Connection[Any] = connection.connection
    with connection.wrap_database_errors:
        return pgconn.wait(_Pipeline(connection).transact(statements, before_commit_ack))


async def transact_on_loop(
    connection: Any, statements: Iterable[Statement], before_commit_ack: Callable[[list[Rows]], T]
) -> T:
    """`transact` on the event loop, on the open connection of a thread that must not use it in the meantime."""
    from psycopg.waiting import wait_async

    pgconn: psycopg.Connection[Any] = connection.connection
    running = _Pipeline(connection).transact(statements, before_commit_ack)
    with connection.wrap_database_errors, closing(running):
        return await wait_async(running, pgconn.fileno(), LOOK_UP_SECONDS)


class _Pipeline:
    """Sends statements together; each is parsed and planned once per connection.

    psycopg's own pipeline sends each statement separately: a group commit of one message took 1.5 times the processor
    time. As in psycopg, the generators yield what they wait for, and their caller waits.
    """

    def __init__(self, connection: Any) -> None:
        self._is_logged = connection.queries_logged
        self._connection: psycopg.Connection[Any] = connection.connection
        self._prepared = _prepared.setdefault(self._connection, set())

    def transact(self, statements: Iterable[Statement], before_commit_ack: Callable[[list[Rows]], T]) -> "PQGen[T]":
        """Return the result of `before_commit_ack` after COMMIT. Raises psycopg's errors."""
        try:
            return (yield from self._transact(statements, before_commit_ack))
        except BaseException as error:
            if not (isinstance(error, self._connection.Error) and self._is_ready()):
                self._connection.close()  # pending results must not be mistaken for those of a later statement
            raise

    def _transact(self, statements: Iterable[Statement], before_commit_ack: Callable[[list[Rows]], T]) -> "PQGen[T]":
        from psycopg import generators

        pgconn = self._connection.pgconn
        pgconn.enter_pipeline_mode()
        preparing = [self._send(BEGIN), *(self._send(statement) for statement in statements)]
        pgconn.send_flush_request()
        committing = self._send(COMMIT)
        pgconn.pipeline_sync()
        yield from generators.send(pgconn)
        results = yield from self._read(preparing)
        made = None if _failure(results) else before_commit_ack(self._rows(results)[1:])
        results += yield from self._read([committing])
        yield from self._end()
        if not self._is_ready():
            yield from self._roll_back()
        if error := _failure(results):
            raise error
        return cast("T", made)

    def _roll_back(self) -> "PQGen[None]":
        from psycopg import generators

        self._connection.pgconn.send_query_params(b"ROLLBACK", None)
        yield from generators.execute(self._connection.pgconn)

    def _is_ready(self) -> bool:
        """Whether no transaction or statement is in progress."""
        from psycopg.pq import TransactionStatus

        return self._connection.pgconn.transaction_status == TransactionStatus.IDLE

    def _send(self, statement: Statement) -> bytes | None:
        """Queue a statement. Returns its name if it is prepared for the first time on this connection."""
        pgconn, preparing = self._connection.pgconn, None
        if self._is_logged:
            logger.debug("%s; args=%s", statement.sql, statement.parameters, extra={"sql": statement.sql})
        parameters = [parameter.encode() for parameter in statement.parameters]
        name, sql = _numbered(statement.sql)
        if not settings.DATABASE_PREPARE:
            pgconn.send_query_params(sql, parameters)
            return None
        if name not in self._prepared:
            pgconn.send_prepare(name, sql)
            preparing = name
        pgconn.send_query_prepared(name, parameters)
        if statement.flush:
            pgconn.flush()
        return preparing

    def _read(self, preparing: Sequence[bytes | None]) -> "PQGen[list[PGresult]]":
        """Read one result per statement. Notes which were prepared, even if a later statement failed."""
        from psycopg.generators import fetch_many
        from psycopg.pq import ExecStatus

        results: list[PGresult] = []
        for name in preparing:
            if name is not None:
                (prepared,) = yield from fetch_many(self._connection.pgconn)
                if prepared.status == ExecStatus.COMMAND_OK:
                    self._prepared.add(name)
                else:
                    results.append(prepared)
            results += yield from fetch_many(self._connection.pgconn)
        return results

    def _end(self) -> "PQGen[None]":
        from psycopg.generators import fetch_many

        yield from fetch_many(self._connection.pgconn)  # the result of pipeline_sync
        self._connection.pgconn.exit_pipeline_mode()

    def _rows(self, results: "Sequence[PGresult]") -> list[Rows]:
        """The rows of each result."""
        from psycopg.adapt import Transformer

        loader, rows = Transformer(self._connection), list[Rows]()
        for result in results:
            loader.set_pgresult(result)
            rows.append(loader.load_rows(0, result.ntuples, tuple))
        return rows


def _failure(results: "Sequence[PGresult]") -> "psycopg.Error | None":
    """The error of the first statement that failed."""
    from psycopg.errors import error_from_result
    from psycopg.pq import ExecStatus

    fine = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)
    return next((error_from_result(result) for result in results if result.status not in fine), None)


_prepared: "WeakKeyDictionary[psycopg.Connection[Any], set[bytes]]" = WeakKeyDictionary()


@cache
def _numbered(sql: str) -> tuple[bytes, bytes]:
    """A name for a statement, and its SQL with the parameters as `$1`, `$2` …"""
    number = count(1)
    first, *rest = sql.split("%s")
    text = first + "".join(f"${next(number)}{part}" for part in rest)
    return hashlib.sha256(text.encode()).hexdigest()[:20].encode(), text.encode()
