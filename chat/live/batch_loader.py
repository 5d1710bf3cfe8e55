"""Reads in one query what many connections ask for at the same time, as after a restart."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from chat.live.reader_pool import run_in_reader
from chat.protocol.errors import ChatError

K = TypeVar("K")
V = TypeVar("V")

KEYS_AT_ONCE = 200
"""Most keys of one read: it bounds how long the first of them waits for the last."""


class BatchLoader(Generic[K, V]):
    """Loads values by key. While one read runs, the keys of the next one gather; a lone key waits for nothing.

    `read` gets the keys and returns, in their order, the values or the refusals.
    """

    def __init__(self, read: Callable[[Sequence[K]], Sequence[V | ChatError]]) -> None:
        self.read = read
        self._waiting: deque[tuple[K, asyncio.Future[V]]] = deque()
        self._task: asyncio.Task[None] | None = None

    async def load(self, key: K) -> V:
        """The value for a key. Raises the ChatError that the read found, or what the database raised."""
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
