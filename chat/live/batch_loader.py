"""Combines concurrent reads of many connections into one query, as after a restart."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from chat.live.reader_pool import run_in_reader
from chat.protocol.errors import ChatError

K = TypeVar("K")
V = TypeVar("V")

KEYS_AT_ONCE = 200
"""Most keys per read; bounds how long the first key waits for the others."""


class BatchLoader(Generic[K, V]):
    """Loads values by key. Keys that arrive during a read share the next one; a single key is read at once.

    `read` takes keys and returns, in the same order, a value or a ChatError for each.
    """

    def __init__(self, read: Callable[[Sequence[K]], Sequence[V | ChatError]]) -> None:
        self.read = read
        self._waiting: deque[tuple[K, asyncio.Future[V]]] = deque()
        self._task: asyncio.Task[None] | None = None

    async def load(self, key: K) -> V:
        """Return the value for a key. Raises the ChatError that `read` returned for it, or what `read` raised."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[V] = loop.create_future()
        self._waiting.append((key, future))
        if self._task is None:
            self._task = loop.create_task(self._read_all())
        return await future

    async def _read_all(self) -> None:
        try:
            while self._waiting:
                size = min(len(self._waiting), KEYS_AT_ONCE)
                await self._read_batch([self._waiting.popleft() for _ in range(size)])
        finally:
            self._task = None

    async def _read_batch(self, batch: list[tuple[K, "asyncio.Future[V]"]]) -> None:
        try:
            values = await run_in_reader(self.read, [key for key, _future in batch])
        except Exception as error:
            for _key, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_key, future), value in zip(batch, values, strict=True):
            if future.done():
                continue
            if isinstance(value, ChatError):
                future.set_exception(value)
            else:
                future.set_result(value)
