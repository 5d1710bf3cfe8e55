"""Applies changed settings of the space to the people who are connected here, and sends them the new limits."""

import asyncio

from chat.live.connection import Frame
from chat.live.reader_pool import run_in_reader
from chat.live.registry import ConnectionRegistry
from chat.protocol.events import LimitsEvent
from chat.queries.space import SPACE_MEMORY_SECONDS, current_limits, space_memory


class LiveSpace:
    """Refreshes the space that this process caches, so that neither pages nor sockets wait for it."""

    def __init__(self, registry: ConnectionRegistry) -> None:
        self._registry = registry
        self._limits = current_limits()

    async def follow(self) -> None:
        """Refresh every few seconds: the event of a change may get lost."""
        while True:
            await asyncio.sleep(SPACE_MEMORY_SECONDS)
            await self.refresh()

    async def refresh(self) -> None:
        """Read the space; if the limits have changed, apply them and send them to everybody connected here."""
        await run_in_reader(space_memory.read)
        limits = current_limits()
        if limits == self._limits:
            return
        self._limits = limits
        self._registry.set_send_rate(limits.rate.per_second, limits.rate.burst)
        frame = Frame(LimitsEvent(limits=limits).encode())
        for connection in self._registry.connections:
            connection.push(frame)
