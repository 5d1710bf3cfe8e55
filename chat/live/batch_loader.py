"""Reading together what is asked for at the same time: after a restart everybody comes back at once."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from chat.live.reader_pool import in_reader
from chat.protocol.errors import ChatError

Q = TypeVar("Q")
A = TypeVar("A")

QUESTIONS_AT_ONCE = 200
"""Most questions of one reading: it bounds how long the first of them waits for the last."""


class Gather(Generic[Q, A]):
    """Asks the database for many at once. While one reading runs the next gathers: a lone question waits for nothing.

    `read` gets the questions and returns, in their order, the answers or the refusals.
    """

    def __init__(self, read: Callable[[Sequence[Q]], Sequence[A | ChatError]]) -> None:
        self.read = read
        self._waiting: deque[tuple[Q, asyncio.Future[A]]] = deque()
        self._task: asyncio.Task[None] | None = None

    async def ask(self, question: Q) -> A:
        """The answer. Raises the ChatError that the reading found, or what the database raised."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[A] = loop.create_future()
        self._waiting.append((question, answer))
        if self._task is None:
            self._task = loop.create_task(self._read_all())
        return await answer

    async def _read_all(self) -> None:
        try:
            while self._waiting:
                size = min(len(self._waiting), QUESTIONS_AT_ONCE)
                await self._read_some([self._waiting.popleft() for _ in range(size)])
        finally:
            self._task = None

    async def _read_some(self, batch: list[tuple[Q, "asyncio.Future[A]"]]) -> None:
        try:
            answers = await in_reader(self.read, [question for question, _future in batch])
        except Exception as error:
            for _question, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_question, future), answer in zip(batch, answers, strict=True):
            if future.done():
                continue
            if isinstance(answer, ChatError):
                future.set_exception(answer)
            else:
                future.set_result(answer)
