"""What a client sent and its application has not taken yet."""

import asyncio
from collections import deque
from typing import Any


class SimpleQueue:
    """The part of `asyncio.Queue` that Daphne and one reader need.

    Python 3.11's queue asks for the running loop at every wait, and that asks the kernel for the process id: a
    twentieth of what a message costs.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._events: deque[dict[str, Any]] = deque()
        self._arrival: asyncio.Future[None] | None = None

    def put_nowait(self, event: dict[str, Any]) -> None:
        """Add an event after all others."""
        self._events.append(event)
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    async def get(self) -> dict[str, Any]:
        """The first event, when there is one. Only one may wait for it."""
        while not self._events:
            self._arrival = self._loop.create_future()
            await self._arrival
        return self._events.popleft()

    def qsize(self) -> int:
        """How many events wait."""
        return len(self._events)
