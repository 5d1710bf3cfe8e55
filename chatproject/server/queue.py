"""The queue of events that a client has sent and its application has not yet received."""

import asyncio
from collections import deque
from typing import Any


class SimpleQueue:
    """The part of `asyncio.Queue` that Daphne and one reader need.

    The queue of Python 3.11 looks up the running loop on every wait, which asks the kernel for the process id: a
    twentieth of the cost of a message.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._events: deque[dict[str, Any]] = deque()
        self._arrival: asyncio.Future[None] | None = None

    def put_nowait(self, event: dict[str, Any]) -> None:
        self._events.append(event)
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    async def get(self) -> dict[str, Any]:
        """Wait for the first event and remove it. Only one caller may wait at a time."""
        while not self._events:
            self._arrival = self._loop.create_future()
            await self._arrival
        return self._events.popleft()

    def qsize(self) -> int:
        """The number of queued events."""
        return len(self._events)
