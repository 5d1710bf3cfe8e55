"""Applies changes of the space to the people who are connected here, and sends them what has changed."""

import asyncio

from chat.live.connection import Frame
from chat.live.reader_pool import run_in_reader
from chat.live.registry import ConnectionRegistry
from chat.protocol.events import Event, LimitsEvent, SpaceEvent
from chat.queries.space import SPACE_MEMORY_SECONDS, current_limits, held_space, space_memory


class LiveSpace:
    """Refreshes the space that this process caches, so that neither pages nor sockets wait for it."""

    def __init__(self, registry: ConnectionRegistry) -> None:
        self._registry = registry
        self._limits = current_limits()
        self._space = held_space()

    async def follow(self) -> None:
        """Refresh every few seconds: the event of a change may get lost."""
        while True:
            await asyncio.sleep(SPACE_MEMORY_SECONDS)
            await self.refresh()

    async def refresh(self) -> None:
        """Read the space. Apply new limits; send what has changed to everybody connected here."""
        await run_in_reader(space_memory.read)
        limits, space = current_limits(), held_space()
        if limits != self._limits:
            self._limits = limits
            self._registry.set_send_rate(limits.rate.per_second, limits.rate.burst)
            self._push(LimitsEvent(limits=limits))
        if space is not None and space != self._space:
            self._space = space
            self._push(SpaceEvent(space=space))

    def _push(self, event: Event) -> None:
        frame = Frame(event.encode())
        for connection in self._registry.connections:
            connection.push(frame)
