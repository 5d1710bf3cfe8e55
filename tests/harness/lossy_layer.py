"""A channel layer at its worst: it loses a fifth of what it is given and brings the rest late and out of order.

Everything that it brings claims to come from another process, so that a hub in this process takes it for that.
"""

import asyncio
import itertools
import random
from typing import Any

import msgpack

LOSS = 0.2
LATEST_SECONDS = 0.02

Event = dict[str, Any]


class LossyLayer:
    """The part of a channel layer's interface that the live path uses."""

    extensions = ("groups",)

    def __init__(self, seed: int = 0) -> None:
        self.random = random.Random(seed)
        self.lost = 0
        self.takes_events = True
        self._queues: dict[str, asyncio.Queue[Event]] = {}
        self._groups: dict[str, set[str]] = {}
        self._numbers = itertools.count(1)

    async def new_channel(self, prefix: str = "specific") -> str:
        channel = f"{prefix}.{next(self._numbers)}"
        self._queues[channel] = asyncio.Queue()
        return channel

    async def group_add(self, group: str, channel: str) -> None:
        self._groups.setdefault(group, set()).add(channel)

    async def group_discard(self, group: str, channel: str) -> None:
        self._groups.get(group, set()).discard(channel)

    async def group_send(self, group: str, event: Event) -> None:
        if not self.takes_events:
            raise ConnectionError("It is away.")
        packed = msgpack.packb(event | {"origin": "another process"})
        for channel in sorted(self._groups.get(group, ())):
            if self.random.random() < LOSS:
                self.lost += 1
            else:
                late = self.random.random() * LATEST_SECONDS
                asyncio.get_running_loop().call_later(late, self._bring, channel, packed)

    async def receive(self, channel: str) -> Event:
        return await self._queues[channel].get()

    def _bring(self, channel: str, packed: bytes) -> None:
        self._queues[channel].put_nowait(msgpack.unpackb(packed))
