"""One client's way out: a bounded outbox in front of a socket that may be slow."""

import asyncio
import logging
import types
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from functools import partial
from typing import TYPE_CHECKING, Any

from chat.protocol.errors import CloseCode

if TYPE_CHECKING:
    from chat.live.person import Person

logger = logging.getLogger(__name__)

OUTBOX_BYTES = 1024 * 1024
OUTBOX_FRAMES = 256
"""What may wait behind a full socket; beyond either, the connection is closed with 4408."""

Send = Callable[[dict[str, Any]], Awaitable[None]]
WriteNow = Callable[[str], bool]
"""Takes a text, in the order of all that was sent before; False where that can't be at once, and `Send` is the way."""

WRITE_NOW = "websocket.write_now"
"""The ASGI extension through which our server offers its `write`. Other servers have only `Send`."""


class Frame:
    """One frame, made once for all connections that get it: the server knows it again by the identity of `text`."""

    __slots__ = ("message", "size", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.message = {"type": "websocket.send", "text": text}
        self.size = len(text) if text.isascii() else len(text.encode())


class Connection:
    """One socket of one signed-in person.

    `push` never waits: while the socket takes frames they are written at once, in the caller's turn; when it does not,
    they wait here, in order, and a task of this connection alone waits for the socket.
    """

    __slots__ = (
        "__weakref__",
        "_outbox",
        "_send",
        "_task",
        "_waiting_bytes",
        "_write_now",
        "flooded_at",
        "flooding_since",
        "heard_at",
        "id",
        "is_closed",
        "language",
        "open_rooms",
        "person",
        "retry_at",
        "session_hash",
        "session_key",
        "typing_in",
    )

    def __init__(
        self,
        send: Send,
        *,
        id: str,  # noqa: A002 (the name on the wire)
        person: "Person",
        session_key: str,
        session_hash: str,
        language: str,
        now: float,
        write_now: WriteNow | None = None,
    ) -> None:
        self._send = send
        self._write_now = write_now
        self.id = id
        self.person = person
        self.session_key = session_key
        self.session_hash = session_hash
        self.language = language
        self.heard_at = now
        self.open_rooms: set[int] = set()
        self.typing_in: set[int] = set()
        self.is_closed = False
        self.retry_at = 0.0
        self.flooding_since: float | None = None
        self.flooded_at = 0.0
        self._outbox: deque[Frame] = deque()
        self._waiting_bytes = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting_bytes(self) -> int:
        """Size of what waits for the socket."""
        return self._waiting_bytes

    def push(self, frame: Frame, *, droppable: bool = False) -> None:
        """Send a frame after all before it. A `droppable` one is dropped once the outbox is half full.

        When the outbox is full, the connection closes with 4408.
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
        """Close the socket with a code. Nothing is sent after this; what still waits is dropped."""
        if self.is_closed:
            return
        self._stop()
        self._task = asyncio.get_running_loop().create_task(self._close(code))

    def lost(self) -> None:
        """The socket is gone: drop what waits for it."""
        self._stop()

    async def flushed(self) -> None:
        """Wait until nothing waits for the socket any more."""
        if self._task is not None and not self.is_closed:
            await asyncio.wait([self._task])

    def _stop(self) -> None:
        self.is_closed = True
        self._outbox.clear()
        self._waiting_bytes = 0
        if self._task is not None:
            self._task.cancel()

    def _write(self, frame: Frame) -> None:
        """Run the server's send as far as it goes without waiting: where the socket takes the frame, to its end."""
        sending = _coroutine(self._send(frame.message))
        try:
            waiting_for = sending.send(None)
        except StopIteration:
            return
        except Exception:
            self._failed()
            return
        self._task = asyncio.get_running_loop().create_task(self._drain(sending, waiting_for))

    async def _drain(self, sending: Coroutine[Any, Any, None], waiting_for: Any) -> None:
        """Finish a send that had to wait, then send what gathered behind it."""
        try:
            await _resumed(sending, waiting_for)
            while self._outbox:
                frame = self._outbox.popleft()
                self._waiting_bytes -= frame.size
                await self._send(frame.message)
        except Exception:
            self._failed()
        finally:
            if self._task is asyncio.current_task():
                self._task = None

    async def _close(self, code: int) -> None:
        try:
            await self._send({"type": "websocket.close", "code": int(code)})
        except Exception:
            self._failed()

    def _failed(self) -> None:
        """A server that can't send has lost the socket; it says so by a disconnect event as well."""
        logger.debug("Connection %s could not be written to", self.id)
        self.is_closed = True
        self._outbox.clear()
        self._waiting_bytes = 0


def _coroutine(sending: Awaitable[None]) -> Coroutine[Any, Any, None]:
    if asyncio.iscoroutine(sending):
        return sending

    async def wrapped() -> None:
        await sending

    return wrapped()


@types.coroutine
def _resumed(sending: Coroutine[Any, Any, None], waiting_for: Any) -> Generator[Any, Any, None]:
    """Go on, inside a task, with a coroutine that was begun outside of one and waits for `waiting_for`."""
    while True:
        try:
            got = yield waiting_for
        except BaseException as error:
            step = partial(sending.throw, error)
        else:
            step = partial(sending.send, got)
        try:
            waiting_for = step()
        except StopIteration:
            return
