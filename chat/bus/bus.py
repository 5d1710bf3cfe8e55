"""Publishes committed changes to every process: directly to this process's hub, to the others via the channel layer.

Delivery is best effort: a feed or the reconciler notices a lost event and reads it from the database. So publishing
never fails a send, nor blocks one for long.
"""

import asyncio
import logging
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer

from chat.bus.encoding import encode
from chat.bus.events import Event

logger = logging.getLogger(__name__)

PROCESS = uuid.uuid4().hex
"""Identifies this process, so that it can skip its own events when the channel layer delivers them."""

SEND_TIMEOUT_SECONDS = 2.0
"""Events that the channel layer does not accept within this time count as lost."""

SILENT_SECONDS = 5.0
"""A process without a hub (a management command) pauses publishing this long after a failure: each further attempt
could cost it SEND_TIMEOUT_SECONDS."""

EVENTS_AT_ONCE = 100
"""Most events passed to the channel layer at once."""

QUEUE_EVENTS = 5_000
"""Most events that wait for the channel layer; beyond this many, the oldest are dropped."""

Listener = Callable[[Event], None]


class Bus:
    """Publishes the events of this process. An attached hub receives them before the channel layer does."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listener: Listener | None = None
        self._queue: deque[Event] = deque(maxlen=QUEUE_EVENTS)
        self._wake = asyncio.Event()
        self.failing = False
        self.lost = 0
        self._is_shared = False
        self._silent_until = 0.0

    def attach(self, loop: asyncio.AbstractEventLoop, listener: Listener) -> None:
        """Call `listener` on `loop` with every event before it goes to the channel layer."""
        self._loop, self._listener, self._wake = loop, listener, asyncio.Event()
        self._queue.clear()
        self._is_shared = _layer_between_processes() is not None

    def detach(self) -> None:
        self._loop = self._listener = None

    def publish(self, events: Sequence[Event]) -> None:
        """Publish events, from any thread. Call this only after COMMIT."""
        loop = self._loop
        if loop is None or loop.is_closed():
            self._publish_without_hub(events)
        elif _is_running_in(loop):
            self.publish_here(events)
        else:
            loop.call_soon_threadsafe(self.publish_here, events)

    def publish_here(self, events: Sequence[Event]) -> None:
        """Like `publish`, for callers on the event loop of the hub."""
        if self._listener is None:
            return
        for event in events:
            try:
                self._listener(event)
            except Exception:
                logger.exception("A local listener failed")
        if self._is_shared:
            self._queue.extend(events)
            self._wake.set()

    async def run(self) -> None:
        """Send published events to the channel layer, in order, for the lifetime of the process."""
        layer = _layer_between_processes()
        if layer is None:
            return  # a single process: its hub has already received everything
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                batch = [self._queue.popleft() for _ in range(min(len(self._queue), EVENTS_AT_ONCE))]
                try:
                    # Not wait_for: in Python 3.11 it can swallow the cancellation of this task.
                    async with asyncio.timeout(SEND_TIMEOUT_SECONDS):
                        await _send(layer, batch)
                    self.failing = False
                except Exception as error:  # whatever the layer raises, the events are lost and the feeds catch up
                    self._note_loss(error, len(batch))

    def _note_loss(self, error: Exception, count: int) -> None:
        """Drop the queue as well: by the time the layer is back, feeds have caught up from the database."""
        self.lost += count + len(self._queue)
        self._queue.clear()
        if not self.failing:
            logger.warning("The channel layer does not take events: %r", error)
        self.failing = True

    def _publish_without_hub(self, events: Sequence[Event]) -> None:
        layer = _layer_between_processes()
        if layer is None:
            return  # no other process can receive them
        if time.monotonic() < self._silent_until:
            self.lost += len(events)
            return

        async def send_in_time() -> None:
            async with asyncio.timeout(SEND_TIMEOUT_SECONDS):
                await _send(layer, events)

        try:
            async_to_sync(send_in_time)()
        except Exception as error:  # as in `run`
            logger.warning("The channel layer does not take events: %r", error)
            self.lost += len(events)
            self._silent_until = time.monotonic() + SILENT_SECONDS


async def _send(layer: Any, events: Sequence[Event]) -> None:
    """Send these to the layer in order, in one call if it supports that."""
    send_many = getattr(layer, "group_send_many", None)
    if send_many is not None:
        await send_many([(event.group, encode(event, origin=PROCESS)) for event in events])
        return
    for event in events:
        await layer.group_send(event.group, encode(event, origin=PROCESS))


def _layer_between_processes() -> Any:
    """The channel layer; None if it does not reach other processes."""
    layer = get_channel_layer()
    return None if layer is None or isinstance(layer, InMemoryChannelLayer) else layer


def _is_running_in(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


bus = Bus()
"""The bus of this process. Only services and the writer publish on it."""
