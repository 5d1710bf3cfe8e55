"""The threads in which the live path asks the database. Each keeps its connection; none is ever the event loop."""

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
"""Consumers share these. Together with the writer's thread they hold READER_THREADS + 1 database connections."""

LOST_CONNECTION = (OperationalError, InterfaceError, InternalError)
"""The last one: PostgreSQL ended a session that held still in a transaction."""

_readers = ThreadPoolExecutor(READER_THREADS, thread_name_prefix="reader")


def with_connection(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function that asks the database; once more, on a new connection, when the old one turns out to be gone.

    Only for what may run twice: reads, and services, each of which is one transaction that is harmless to repeat.
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
    """Let go of this thread's connection, and of those in the pool that died with it.

    The pool finds a dead connection only when it hands it out, and pauses after each: 1 s, 2 s, 4 s.
    """
    pool = getattr(connection, "pool", None)
    connection.close()
    if pool is not None:
        pool.check()


async def run_in_reader(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function in one of the readers' threads, in this context, and wait for what it returns."""
    call = partial(with_connection, function, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_readers, contextvars.copy_context().run, call)
