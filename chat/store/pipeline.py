"""How the statements of a transaction reach the database: one by one, or together with one wait for all answers."""

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
    """SQL with a `%s` for each parameter. One that `leaves_now` does so before the next is made: the server begins."""

    sql: str
    parameters: Sequence[str] = ()
    leaves_now: bool = False


BEGIN, COMMIT = Statement("BEGIN"), Statement("COMMIT")

LOOK_UP_SECONDS = 60.0
"""A wait on the event loop ends by the answer. psycopg looks up after this long and goes on waiting."""


def ask(connection: Any, statements: Iterable[Statement]) -> list[Rows]:
    """The rows that each statement gives, one after the other, by Django's cursors."""
    return [_ask(connection, statement) for statement in statements]


def _ask(connection: Any, statement: Statement) -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.parameters)
        return list(cursor.fetchall()) if cursor.description else []


def transact(connection: Any, statements: Iterable[Statement], meanwhile: Callable[[list[Rows]], T]) -> T:
    """Run these statements in a transaction of their own on PostgreSQL, and commit it.

    BEGIN and COMMIT leave with them, and nothing is waited for in between. While the server brings the commit to its
    disk, `meanwhile` is called with the rows that each statement gave; what it makes of them is returned if the commit
    succeeds. Raises Django's database errors; then nothing was done, unless the connection was lost: then nobody knows.
    """
    wire: psycopg.Connection[Any] = connection.connection
    with connection.wrap_database_errors:
        return wire.wait(_Pipeline(connection).transact(statements, meanwhile))


async def transact_on_loop(connection: Any, statements: Iterable[Statement], meanwhile: Callable[[list[Rows]], T]) -> T:
    """The same on the event loop, by the open connection of a thread that leaves it alone meanwhile."""
    from psycopg.waiting import wait_async

    wire: psycopg.Connection[Any] = connection.connection
    running = _Pipeline(connection).transact(statements, meanwhile)
    with connection.wrap_database_errors, closing(running):
        return await wait_async(running, wire.fileno(), LOOK_UP_SECONDS)


class _Pipeline:
    """Statements for one connection that leave together, each parsed and planned once a connection.

    psycopg's own pipeline sends each by itself: a group commit of one message took half as much processor time again.
    Like psycopg's, the generators here yield what they wait for, and whoever drives them knows how to wait.
    """

    def __init__(self, connection: Any) -> None:
        self._is_logged = connection.queries_logged
        self._wire: psycopg.Connection[Any] = connection.connection
        self._prepared = _prepared.setdefault(self._wire, set())

    def transact(self, statements: Iterable[Statement], meanwhile: Callable[[list[Rows]], T]) -> "PQGen[T]":
        """What `meanwhile` makes of the rows that each statement gives, after COMMIT. Raises psycopg's errors."""
        try:
            return (yield from self._transact(statements, meanwhile))
        except BaseException as error:
            if not (isinstance(error, self._wire.Error) and self._is_ready()):
                self._wire.close()  # what it would have answered must not be taken for the answer to something else
            raise

    def _transact(self, statements: Iterable[Statement], meanwhile: Callable[[list[Rows]], T]) -> "PQGen[T]":
        from psycopg import generators

        wire = self._wire.pgconn
        wire.enter_pipeline_mode()
        preparing = [self._send(BEGIN), *(self._send(statement) for statement in statements)]
        wire.send_flush_request()
        committing = self._send(COMMIT)
        wire.pipeline_sync()
        yield from generators.send(wire)
        results = yield from self._read(preparing)
        made = None if _failure(results) else meanwhile(self._rows(results)[1:])
        results += yield from self._read([committing])
        yield from self._end()
        if not self._is_ready():
            yield from self._roll_back()
        if error := _failure(results):
            raise error
        return cast("T", made)

    def _roll_back(self) -> "PQGen[None]":
        from psycopg import generators

        self._wire.pgconn.send_query_params(b"ROLLBACK", None)
        yield from generators.execute(self._wire.pgconn)

    def _is_ready(self) -> bool:
        """Whether nothing is under way."""
        from psycopg.pq import TransactionStatus

        return self._wire.pgconn.transaction_status == TransactionStatus.IDLE

    def _send(self, statement: Statement) -> bytes | None:
        """Send a statement on its way; the name of the one that is prepared on this occasion."""
        wire, preparing = self._wire.pgconn, None
        if self._is_logged:
            logger.debug("%s; args=%s", statement.sql, statement.parameters, extra={"sql": statement.sql})
        parameters = [parameter.encode() for parameter in statement.parameters]
        name, sql = _numbered(statement.sql)
        if not settings.DATABASE_PREPARE:
            wire.send_query_params(sql, parameters)
            return None
        if name not in self._prepared:
            wire.send_prepare(name, sql)
            preparing = name
        wire.send_query_prepared(name, parameters)
        if statement.leaves_now:
            wire.flush()
        return preparing

    def _read(self, preparing: Sequence[bytes | None]) -> "PQGen[list[PGresult]]":
        """One result for each statement that was sent; what was prepared is remembered whatever became of the rest."""
        from psycopg.generators import fetch_many
        from psycopg.pq import ExecStatus

        results: list[PGresult] = []
        for name in preparing:
            if name is not None:
                (prepared,) = yield from fetch_many(self._wire.pgconn)
                if prepared.status == ExecStatus.COMMAND_OK:
                    self._prepared.add(name)
                else:
                    results.append(prepared)
            results += yield from fetch_many(self._wire.pgconn)
        return results

    def _end(self) -> "PQGen[None]":
        from psycopg.generators import fetch_many

        yield from fetch_many(self._wire.pgconn)  # the mark of pipeline_sync
        self._wire.pgconn.exit_pipeline_mode()

    def _rows(self, results: "Sequence[PGresult]") -> list[Rows]:
        """What the results hold."""
        from psycopg.adapt import Transformer

        loader, rows = Transformer(self._wire), list[Rows]()
        for result in results:
            loader.set_pgresult(result)
            rows.append(loader.load_rows(0, result.ntuples, tuple))
        return rows


def _failure(results: "Sequence[PGresult]") -> "psycopg.Error | None":
    """The error of the first that failed."""
    from psycopg.errors import error_from_result
    from psycopg.pq import ExecStatus

    fine = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)
    return next((error_from_result(result) for result in results if result.status not in fine), None)


_prepared: "WeakKeyDictionary[psycopg.Connection[Any], set[bytes]]" = WeakKeyDictionary()


@cache
def _numbered(sql: str) -> tuple[bytes, bytes]:
    """A name for a statement, and its SQL with `$1`, `$2` … for its parameters."""
    number = count(1)
    first, *rest = sql.split("%s")
    text = first + "".join(f"${next(number)}{part}" for part in rest)
    return hashlib.sha256(text.encode()).hexdigest()[:20].encode(), text.encode()
