"""How the statements of a transaction reach the database: one by one, or together with one wait for all answers."""

import asyncio
import hashlib
import logging
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain, count
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from django.conf import settings

if TYPE_CHECKING:
    import psycopg
    from psycopg.abc import PQGen
    from psycopg.pq.abc import PGresult

logger = logging.getLogger("django.db.backends")

Rows = list[tuple[Any, ...]]


class Statement(NamedTuple):
    """SQL with a `%s` for each parameter. One that `leaves_now` does so before the next is made: the server begins."""

    sql: str
    parameters: Sequence[str] = ()
    leaves_now: bool = False


BEGIN, COMMIT, ROLLBACK = Statement("BEGIN"), Statement("COMMIT"), Statement("ROLLBACK")

LOOK_UP_SECONDS = 60.0
"""A wait on the event loop ends by the answer. psycopg looks up after this long and goes on waiting."""


def ask(connection: Any, statements: Iterable[Statement]) -> list[Rows]:
    """The rows that each statement gives, one after the other, by Django's cursors."""
    return [_ask(connection, statement) for statement in statements]


def _ask(connection: Any, statement: Statement) -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.parameters)
        return list(cursor.fetchall()) if cursor.description else []


def transact(connection: Any, statements: Iterable[Statement]) -> list[Rows]:
    """Run these statements in a transaction of their own on PostgreSQL, and commit it; the rows that each gives.

    BEGIN and COMMIT leave with them, and one wait is for all answers. Raises Django's database errors; then nothing was
    done, unless the connection was lost: then nobody knows.
    """
    with connection.wrap_database_errors:
        return list(connection.connection.wait(_Pipeline(connection).transact(statements)))


async def transact_on_loop(connection: Any, statements: Iterable[Statement]) -> list[Rows]:
    """The same on the event loop, by the open connection of a thread that leaves it alone meanwhile."""
    from psycopg.waiting import wait_async

    wire: psycopg.Connection[Any] = connection.connection
    with connection.wrap_database_errors:
        try:
            return list(await wait_async(_Pipeline(connection).transact(statements), wire.fileno(), LOOK_UP_SECONDS))
        except asyncio.CancelledError:
            wire.close()  # what it would have answered must not be taken for the answer to something else
            raise


class _Pipeline:
    """Statements for one connection that leave together, each parsed and planned once a connection.

    psycopg's own pipeline sends each by itself: a group commit of one message took half as much processor time again.
    Like psycopg's, the generators here yield what they wait for, and whoever drives them knows how to wait.
    """

    def __init__(self, connection: Any) -> None:
        self._is_logged = connection.queries_logged
        self._wire: psycopg.Connection[Any] = connection.connection
        self._prepared = _prepared.setdefault(self._wire, set())

    def transact(self, statements: Iterable[Statement]) -> "PQGen[list[Rows]]":
        """The rows that each statement gives, after COMMIT. Raises psycopg's errors."""
        from psycopg.pq import TransactionStatus

        results = yield from self._exchange(chain((BEGIN,), statements, (COMMIT,)))
        if self._wire.pgconn.transaction_status != TransactionStatus.IDLE:
            yield from self._exchange((ROLLBACK,))
        return self._rows(results)[1:-1]

    def _exchange(self, statements: Iterable[Statement]) -> "PQGen[list[PGresult]]":
        from psycopg import generators

        wire, preparing = self._wire.pgconn, []
        wire.enter_pipeline_mode()
        for statement in statements:
            preparing.append(self._send(statement))
            if statement.leaves_now:
                wire.flush()
        wire.pipeline_sync()
        yield from generators.send(wire)
        results = yield from self._read(preparing)
        wire.exit_pipeline_mode()
        return results

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
        yield from fetch_many(self._wire.pgconn)  # the end of the pipeline
        return results

    def _rows(self, results: "Sequence[PGresult]") -> list[Rows]:
        """What the results hold. Raises psycopg's error of the first that failed."""
        from psycopg.adapt import Transformer
        from psycopg.errors import error_from_result
        from psycopg.pq import ExecStatus

        loader, rows = Transformer(self._wire), list[Rows]()
        for result in results:
            if result.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
                raise error_from_result(result)
            loader.set_pgresult(result)
            rows.append(loader.load_rows(0, result.ntuples, tuple))
        return rows


_prepared: "WeakKeyDictionary[psycopg.Connection[Any], set[bytes]]" = WeakKeyDictionary()


@cache
def _numbered(sql: str) -> tuple[bytes, bytes]:
    """A name for a statement, and its SQL with `$1`, `$2` … for its parameters."""
    number = count(1)
    first, *rest = sql.split("%s")
    text = first + "".join(f"${next(number)}{part}" for part in rest)
    return hashlib.sha256(text.encode()).hexdigest()[:20].encode(), text.encode()
