"""The one channel-layer subscription of this process: one channel in all groups that its connections need."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from channels.layers import InMemoryChannelLayer, get_channel_layer
from channels_redis.pubsub import RedisPubSubChannelLayer

from chat.bus.bus import PROCESS

logger = logging.getLogger(__name__)

SUBSCRIBE_TIMEOUT_SECONDS = 5.0
RETRY_SECONDS = 1.0
STALE_SECONDS = 10.0
"""Reconnect after this long without receiving our own probe."""

GROUPS_AT_ONCE = 100
"""Most groups that are passed to `subscribed` at once."""


def is_alone() -> bool:
    """Whether the channel layer reaches no other process."""
    layer = get_channel_layer()
    return layer is None or isinstance(layer, InMemoryChannelLayer)


class Subscriptions:
    """Keeps the subscribed groups (`taken`) equal to the groups that are needed (`wanted`).

    `receive` is called with every event, `subscribed` with the groups that were just subscribed to. With the in-memory
    layer there is no other process, and the bus delivers this process's events without a layer.
    """

    def __init__(
        self,
        receive: Callable[[dict[str, Any]], None],
        subscribed: Callable[[list[str]], None],
    ) -> None:
        self.is_failing = False
        self._receive = receive
        self._subscribed = subscribed
        self.wanted: set[str] = set()
        self.taken: set[str] = set()
        self._dirty: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._channel: str | None = None
        self.probe_sent = self.probe_received = 0
        self._silent_since: float | None = None
        self.probing: asyncio.Task[None] | None = None

    def add(self, group: str) -> None:
        """Subscribe to a group soon."""
        self.wanted.add(group)
        self._dirty[group] = None
        self._wake.set()

    def remove(self, group: str) -> None:
        """Unsubscribe from a group soon."""
        self.wanted.discard(group)
        self._dirty[group] = None
        self._wake.set()

    async def run(self) -> None:
        """Update subscriptions and receive events, for the lifetime of the process."""
        if is_alone():
            return
        layer = get_channel_layer()
        while True:
            receiver: asyncio.Task[None] | None = None
            try:
                self._channel = await self._new_channel(layer)
                receiver = asyncio.create_task(self._receive_for_ever(layer, self._channel))
                await self._follow(layer, self._channel)
                await self._reconnect(layer)
            finally:
                if receiver is not None:
                    receiver.cancel()

    async def _new_channel(self, layer: Any) -> str:
        while True:
            try:
                channel: str = await layer.new_channel()
            except Exception as error:
                self._failed(error)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self.taken.clear()
                self._dirty = dict.fromkeys(self.wanted | {self.probe_group})
                self.wanted.add(self.probe_group)
                return channel

    @property
    def probe_group(self) -> str:
        return f"process.{PROCESS}"

    async def _follow(self, layer: Any, channel: str) -> None:
        """Subscribe and unsubscribe as groups are added and removed, until the connection is stale."""
        while not self._is_stale:
            try:
                await self._take_dirty(layer, channel)
            except Exception as error:
                self._failed(error)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            await self._wake.wait()
            self._wake.clear()

    @property
    def _is_stale(self) -> bool:
        since = self._silent_since
        return since is not None and asyncio.get_running_loop().time() - since > STALE_SECONDS

    async def _reconnect(self, layer: Any) -> None:
        """Make the layer reconnect. A receiver never notices by itself that the other end of its connection is gone."""
        logger.warning("Received nothing from the channel layer for %g s: reconnecting", STALE_SECONDS)
        self._channel = self._silent_since = None
        self.probe_received = self.probe_sent
        if isinstance(layer, RedisPubSubChannelLayer):  # flush is known to be safe only here
            try:
                async with asyncio.timeout(SUBSCRIBE_TIMEOUT_SECONDS):
                    await layer.flush()
            except Exception as error:
                self._failed(error)

    async def _take_dirty(self, layer: Any, channel: str) -> None:
        fresh: list[str] = []
        while self._dirty:
            group = next(iter(self._dirty))
            if group in self.wanted and group not in self.taken:
                async with asyncio.timeout(SUBSCRIBE_TIMEOUT_SECONDS):
                    await layer.group_add(group, channel)
                self.taken.add(group)
                fresh.append(group)
            elif group not in self.wanted and group in self.taken:
                async with asyncio.timeout(SUBSCRIBE_TIMEOUT_SECONDS):
                    await layer.group_discard(group, channel)
                self.taken.discard(group)
            if (group in self.wanted) == (group in self.taken):
                self._dirty.pop(group, None)
            if len(fresh) >= GROUPS_AT_ONCE:
                self._subscribed(fresh)
                fresh = []
        if fresh:
            self._subscribed(fresh)

    async def _receive_for_ever(self, layer: Any, channel: str) -> None:
        while True:
            try:
                event = await layer.receive(channel)
            except Exception as error:
                self._failed(error)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            try:
                if event["type"] == "probe":
                    self.probe_received = event["number"]
                else:
                    self._receive(event)
            except Exception:
                logger.exception("Could not handle an event of the channel layer")

    def probe(self) -> None:
        """Send a probe to this process. The layer is failing if the previous one has not been received."""
        if self._channel is None:
            return
        if self.probe_received < self.probe_sent:
            self._failed(TimeoutError("the channel layer did not deliver a probe"))
            self._silent_since = self._silent_since or asyncio.get_running_loop().time()
            if self._is_stale:
                self._wake.set()
        elif self.is_failing:
            logger.warning("The channel layer delivers events again")
            self.is_failing, self._silent_since = False, None
        if self.probing is None or self.probing.done():
            self.probe_sent += 1
            self.probing = asyncio.create_task(self._send_probe(self.probe_sent))

    async def _send_probe(self, number: int) -> None:
        layer: Any = get_channel_layer()
        try:
            async with asyncio.timeout(SUBSCRIBE_TIMEOUT_SECONDS):
                await layer.group_send(self.probe_group, {"type": "probe", "number": number})
        except Exception as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        if not self.is_failing:
            logger.warning("The channel layer delivers no events: %r", error)
        self.is_failing = True
