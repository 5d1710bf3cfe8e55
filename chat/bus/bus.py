"""Carries what was committed to every process: to this process's own hub directly, to the others through the channel
layer. A hint, not a promise: what gets lost here is found missing by a feed, or by the hub's checks, and read from
the database. So publishing never blocks a send for long and never fails one."""

import asyncio
import logging
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer

logger = logging.getLogger(__name__)

PROCESS = uuid.uuid4().hex
"""Names this process, so that it knows its own events when the channel layer brings them back."""

SEND_TIMEOUT_SECONDS = 2.0
"""A publish that the channel layer does not take within this time counts as lost."""

SILENT_SECONDS = 5.0
"""A process without a hub (a management command) that could not publish does not try again for so long: each attempt
would cost it SEND_TIMEOUT_SECONDS."""

EVENTS_AT_ONCE = 100
"""Most events that the layer is handed together."""

QUEUE_EVENTS = 5_000
"""Most events that wait for the channel layer; beyond it the oldest are dropped."""

Event = dict[str, Any]


class MessageItem(NamedTuple):
    """The newest state of one message as JSON text, and what the hub must know without reading that.

    If only its extras changed, `extras` is the text of an `Extras`, enough for who has the text of `text_revision`.
    """

    id: int
    revision: int
    position: int
    author: int
    counted: int
    text: str
    text_revision: int = 0
    extras: str = ""


class AuthorItem(NamedTuple):
    """The author of a message in a change as JSON text; whether they are in the room, so that clients know them."""

    user: int
    is_member: bool
    text: str


class MemberItem(NamedTuple):
    """The newest state of one member, with its JSON text."""

    user: int
    revision: int
    role: str
    left: bool
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """Everything that one transaction changed in one room: it takes the room from revision `since` to `revision`.

    `info` is the JSON text of the room's settings when they changed.
    """

    room: int
    since: int
    revision: int
    message_count: int
    counted: int
    messages: tuple[MessageItem, ...] = ()
    authors: tuple[AuthorItem, ...] = ()
    members: tuple[MemberItem, ...] = ()
    info: str | None = None

    def to_event(self) -> Event:
        """The form in which it crosses the channel layer."""
        return {
            "type": "room.changed",
            "origin": PROCESS,
            "room": self.room,
            "since": self.since,
            "revision": self.revision,
            "count": self.message_count,
            "counted": self.counted,
            "messages": [list(item) for item in self.messages],
            "authors": [list(item) for item in self.authors],
            "members": [list(item) for item in self.members],
            "info": self.info,
        }

    @classmethod
    def from_event(cls, event: Event) -> "Change":
        """The change that `to_event` was made of."""
        return cls(
            room=event["room"],
            since=event["since"],
            revision=event["revision"],
            message_count=event["count"],
            counted=event["counted"],
            messages=tuple(MessageItem(*item) for item in event["messages"]),
            authors=tuple(AuthorItem(*item) for item in event["authors"]),
            members=tuple(MemberItem(*item) for item in event["members"]),
            info=event["info"],
        )


def room_group(room_id: int) -> str:
    """The channel layer's group of a room."""
    return f"room.{room_id}"


def user_group(user_id: int) -> str:
    """The channel layer's group of one person's connections."""
    return f"user.{user_id}"


def space_group() -> str:
    """The channel layer's group of all processes, for what concerns the whole space."""
    return "space"


@dataclass(frozen=True, slots=True)
class Publication:
    """One event for one group. `change` is set where the event is a room's change, so that no local hub decodes it."""

    group: str
    event: Event
    change: Change | None = None


Listener = Callable[[Publication], None]


class Bus:
    """The way out of this process. A hub attaches itself to hear the events of its own process first."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listener: Listener | None = None
        self._queue: deque[Publication] = deque(maxlen=QUEUE_EVENTS)
        self._wake = asyncio.Event()
        self.failing = False
        self.lost = 0
        self._is_shared = False
        self._silent_until = 0.0

    def attach(self, loop: asyncio.AbstractEventLoop, listener: Listener) -> None:
        """From now on hand every event to `listener` on `loop` before it goes to the channel layer."""
        self._loop, self._listener, self._wake = loop, listener, asyncio.Event()
        self._queue.clear()
        self._is_shared = _layer_between_processes() is not None

    def detach(self) -> None:
        """Forget the listener."""
        self._loop = self._listener = None

    def publish(self, publications: list[Publication]) -> None:
        """Tell everybody, from any thread. Call it only after COMMIT."""
        loop = self._loop
        if loop is None or loop.is_closed():
            self._publish_without_hub(publications)
        elif _is_running_in(loop):
            self.publish_here(publications)
        else:
            loop.call_soon_threadsafe(self.publish_here, publications)

    def publish_here(self, publications: list[Publication]) -> None:
        """The same, for a caller on the hub's own event loop."""
        if self._listener is None:
            return
        for publication in publications:
            try:
                self._listener(publication)
            except Exception:
                logger.exception("A local listener failed")
        if self._is_shared:
            self._queue.extend(publications)
            self._wake.set()

    async def run(self) -> None:
        """Bring what is published to the channel layer, one event after the other, for as long as the process lives."""
        layer = _layer_between_processes()
        if layer is None:
            return  # one process: its own hub has heard everything
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
                except Exception as error:  # whatever the layer raises: lost is lost, and healed by the feeds
                    self._note_loss(error, len(batch))

    def _note_loss(self, error: Exception, events: int) -> None:
        """Drop what waits, too: by the time the layer is back, the feeds have read it from the database."""
        self.lost += events + len(self._queue)
        self._queue.clear()
        if not self.failing:
            logger.warning("The channel layer does not take events: %r", error)
        self.failing = True

    def _publish_without_hub(self, publications: list[Publication]) -> None:
        layer = _layer_between_processes()
        if layer is None:
            return  # nobody can hear it
        if time.monotonic() < self._silent_until:
            self.lost += len(publications)
            return

        async def send_in_time() -> None:
            async with asyncio.timeout(SEND_TIMEOUT_SECONDS):
                await _send(layer, publications)

        try:
            async_to_sync(send_in_time)()
        except Exception as error:  # the same as in `run`
            logger.warning("The channel layer does not take events: %r", error)
            self.lost += len(publications)
            self._silent_until = time.monotonic() + SILENT_SECONDS


async def _send(layer: Any, publications: list[Publication]) -> None:
    """Hand these to the layer in their order: together, where it can take many at once."""
    send_many = getattr(layer, "group_send_many", None)
    if send_many is not None:
        await send_many([(publication.group, publication.event) for publication in publications])
        return
    for publication in publications:
        await layer.group_send(publication.group, publication.event)


def _layer_between_processes() -> Any:
    """The channel layer, or None where there is only this process to tell."""
    layer = get_channel_layer()
    return None if layer is None or isinstance(layer, InMemoryChannelLayer) else layer


def _is_running_in(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


bus = Bus()
"""The bus of this process. Only services and the writer publish on it."""
