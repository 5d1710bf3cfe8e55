"""A client's connection: a bounded outbox in front of a transport that may be slow."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from chat.live.pace import ConnectionPace
from chat.live.start_eagerly import start_eagerly
from chat.live.transport import Transport
from chat.protocol.errors import CloseCode
from chat.protocol.presence import State

if TYPE_CHECKING:
    from chat.live.person import Person
    from chat.queries.credentials import Credential

logger = logging.getLogger(__name__)

OUTBOX_BYTES = 1024 * 1024
OUTBOX_FRAMES = 256
"""Limits of what waits for a slow client; beyond either, the connection is closed with 4408."""


class Frame:
    """One frame, shared by all connections that get it: the server caches its bytes by the identity of `text`."""

    __slots__ = ("size", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.size = len(text) if text.isascii() else len(text.encode())


class Connection:
    """One client of one person, over any transport.

    `push` never waits: frames are written at once, in the caller's turn of the event loop, while the transport accepts
    them. Otherwise they queue in the outbox, and a task of this connection waits for the transport. `presence` is what
    the client says of its person. One that `is_shared` by several pages is sent the activity of open rooms, too.
    """

    __slots__ = (
        "__weakref__",
        "_outbox",
        "_task",
        "_transport",
        "_waiting_bytes",
        "_write_now",
        "credential",
        "id",
        "is_closed",
        "is_shared",
        "language",
        "open_rooms",
        "pace",
        "person",
        "presence",
        "received_at",
        "typing_in",
    )

    def __init__(
        self,
        transport: Transport,
        *,
        id: str,  # noqa: A002 (the name on the wire)
        person: "Person",
        credential: "Credential",
        language: str,
        now: float,
    ) -> None:
        self._transport = transport
        self._write_now = transport.write_now
        self.id = id
        self.person = person
        self.credential = credential
        self.language = language
        self.presence = State.HERE
        self.received_at = now
        self.pace = ConnectionPace(now)
        self.open_rooms: set[int] = set()
        self.typing_in: set[int] = set()
        self.is_closed = self.is_shared = False
        self._outbox: deque[Frame] = deque()
        self._waiting_bytes = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting_bytes(self) -> int:
        """Size of the outbox."""
        return self._waiting_bytes

    @property
    def is_waiting(self) -> bool:
        """Whether the transport makes the outbox wait."""
        return self._task is not None

    def push(self, frame: Frame, *, droppable: bool = False) -> None:
        """Send a frame after those before it. A `droppable` frame is dropped if the outbox is half full.

        Closes the connection with 4408 if the outbox is full.
        """
        if self.is_closed:
            return
        if self._task is None:
            write_now = self._write_now
            if write_now is None or not write_now(frame.text):
                self._write(frame)
            return
        bytes_after, frames_after = self._waiting_bytes + frame.size, len(self._outbox) + 1
        if droppable and (bytes_after > OUTBOX_BYTES // 2 or frames_after > OUTBOX_FRAMES // 2):
            return
        if bytes_after > OUTBOX_BYTES or frames_after > OUTBOX_FRAMES:
            self.close(CloseCode.TOO_SLOW)
            return
        self._outbox.append(frame)
        self._waiting_bytes = bytes_after

    def close(self, code: int) -> None:
        """Close with a code. Drops the outbox; nothing is sent after this."""
        if self.is_closed:
            return
        self._stop()
        self._task = asyncio.get_running_loop().create_task(self._close(code))

    def lost(self) -> None:
        """Drop the outbox: the client is gone."""
        self._stop()

    async def flushed(self) -> None:
        """Wait until the outbox is empty."""
        if self._task is not None and not self.is_closed:
            await asyncio.wait([self._task])

    def _stop(self) -> None:
        self.is_closed = True
        self._outbox.clear()
        self._waiting_bytes = 0
        if self._task is not None:
            self._task.cancel()

    def _write(self, frame: Frame) -> None:
        """Send a frame; if the transport makes it wait, finish in a task."""
        try:
            rest = start_eagerly(self._transport.send(frame.text))
        except Exception:
            self._failed()
            return
        if rest is not None:
            self._task = asyncio.get_running_loop().create_task(self._drain(rest))

    async def _drain(self, rest: Awaitable[None]) -> None:
        """Finish a send that had to wait, then empty the outbox."""
        try:
            await rest
            while self._outbox:
                frame = self._outbox.popleft()
                self._waiting_bytes -= frame.size
                await self._transport.send(frame.text)
        except Exception:
            self._failed()
        finally:
            if self._task is asyncio.current_task():
                self._task = None

    async def _close(self, code: int) -> None:
        try:
            await self._transport.close(code)
        except Exception:
            self._failed()

    def _failed(self) -> None:
        """Stop after a failed send: the transport has lost its client, and its owner disconnects this connection."""
        logger.debug("Connection %s could not be written to", self.id)
        self.is_closed = True
        self._outbox.clear()
        self._waiting_bytes = 0
