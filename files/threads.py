"""Threads for what waits for a disk or a storage, so that messages never wait for them."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import connection

from chat.live.reader_pool import with_connection

P = ParamSpec("P")
R = TypeVar("R")

THREADS = 4

_uploading = ThreadPoolExecutor(THREADS, thread_name_prefix="upload")
_reading = ThreadPoolExecutor(THREADS, thread_name_prefix="download")


def _call(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function, and give its connection back to the pool: a thread may then wait for a disk for long."""
    try:
        return with_connection(function, *args, **kwargs)
    finally:
        connection.close()


async def in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function of an upload, which may query the database, in a thread and in the current context.

    It may run twice, as for `run_in_reader`.
    """
    return await _run(_uploading, partial(function, *args, **kwargs))


async def in_reading_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The same for one that reads from the storage: while that does not answer, uploads go on."""
    return await _run(_reading, partial(function, *args, **kwargs))


async def _run(threads: ThreadPoolExecutor, function: Callable[[], R]) -> R:
    call = partial(_call, function)
    return await asyncio.get_running_loop().run_in_executor(threads, contextvars.copy_context().run, call)
