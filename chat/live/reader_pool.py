"""Threads in which the live path queries the database, each with a persistent connection."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, InternalError, OperationalError, connection
from psycopg_pool import PoolTimeout

P = ParamSpec("P")
R = TypeVar("R")

READER_THREADS = 4
"""All connections share these threads. Together with the writer they hold READER_THREADS + 1 database connections."""

LOST_CONNECTION = (OperationalError, InterfaceError, InternalError)
"""Includes InternalError: PostgreSQL raises it after it has ended a session that was idle in a transaction."""

_readers = ThreadPoolExecutor(READER_THREADS, thread_name_prefix="reader")


def with_connection(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function that queries the database. Retries once, on a new connection, if the connection was lost.

    Only for functions that may run twice: reads, and services, each of which is one transaction and safe to repeat.
    """
    try:
        return function(*args, **kwargs)
    except LOST_CONNECTION as error:
        _start_over()
        if isinstance(error.__cause__, PoolTimeout):
            raise  # retrying would wait for a connection twice as long
    try:
        return function(*args, **kwargs)
    except LOST_CONNECTION:
        _start_over()
        raise


def _start_over() -> None:
    """Close this thread's connection, and those in the pool that were lost as well.

    The pool otherwise finds a lost connection only when it hands it out, and pauses after each: 1 s, 2 s, 4 s.
    """
    pool = getattr(connection, "pool", None)
    connection.close()
    if pool is not None:
        pool.check()


async def run_in_reader(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function in a reader thread, in the current context, and return its result."""
    call = partial(with_connection, function, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_readers, contextvars.copy_context().run, call)
