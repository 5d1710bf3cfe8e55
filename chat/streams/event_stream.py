"""A stream of events in an HTTP response, as a Transport."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from chat.live.connection import Connection
from chat.live.start_eagerly import start_eagerly
from chat.live.transport import WriteNow
from chat.protocol.errors import CloseCode
from chat.streams.formats import Format
from chat.streams.live_response import LIVE_RESPONSE
from chat.streams.opening import Opening
from chat.streams.progress import Effect
from chat.streams.pulse import Pulse

RECONNECT_SPREAD_MS = 5_000

Send = Callable[[dict[str, Any]], Awaitable[None]]

HEADERS = [
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


class EventStream:
    """Writes frames into a response, one after the other, and gives the client its cursor at most once a second."""

    __slots__ = (
        "_abort",
        "_application",
        "_connection",
        "_format",
        "_is_marked",
        "_is_quiet",
        "_is_started",
        "_late",
        "_opening",
        "_pulse",
        "_send",
        "_write",
        "is_aborted",
        "write_now",
    )

    def __init__(self, send: Send, scope: Mapping[str, Any], format_: Format, pulse: Pulse) -> None:
        self._send = send
        self._format = format_
        self._pulse = pulse
        extension: Mapping[str, Any] = (scope.get("extensions") or {}).get(LIVE_RESPONSE, {})
        self._write: Callable[[bytes], bool] | None = extension.get("write")
        self._abort: Callable[[], None] | None = extension.get("abort")
        self.write_now: WriteNow | None = None if self._write is None else self._frame_now
        self._application = asyncio.current_task()
        self._connection: Connection | None = None
        self._opening: Opening | None = None
        self._late: asyncio.Task[None] | None = None
        self._is_started = self._is_marked = self.is_aborted = False
        self._is_quiet = True

    def attach(self, connection: Connection, opening: Opening) -> None:
        """Set the connection of this transport."""
        self._connection, self._opening = connection, opening
        self._pulse.add(self)

    def detach(self) -> None:
        """The client is gone."""
        self._pulse.remove(self)
        if self._late is not None:
            self._late.cancel()

    # --- as a transport --------------------------------------------------------------------------------------------

    def _frame_now(self, text: str) -> bool:
        format_ = self._format
        if format_.text is not text:
            format_.take(text)
        if not self._write(format_.payload):  # type: ignore[misc]
            return False
        if format_.effect is not None:
            self._sent(format_.effect)
        return True

    async def send(self, text: str) -> None:
        """Write a frame; waits while the server applies backpressure."""
        self._format.take(text)
        payload, effect = self._format.payload, self._format.effect
        await self._body(payload)
        if effect is not None:
            self._sent(effect)

    async def close(self, code: int) -> None:
        """End the response. A client that does not read is cut off: it continues from the last cursor that it has."""
        self.detach()
        if code == CloseCode.TOO_SLOW:
            self._break_off()
            return
        retry_ms = random.randrange(RECONNECT_SPREAD_MS)  # noqa: S311
        await self._body(self._format.closed(code, self._cursor(), retry_ms), more=False)

    async def begin(self) -> None:
        """Start the response although there is no frame yet: the cursor shows the client that events reach it."""
        await self._body(self._format.cursor(self._cursor()))

    # --- the regular calls ------------------------------------------------------------------------------------------

    def write_cursor(self) -> None:
        """Give the client its cursor. It covers what was written, so nothing may be on its way to the transport."""
        self._is_marked = False
        if self._is_waiting:
            self._is_marked = True
            self._pulse.mark(self)
        else:
            self._write_soon(self._format.cursor(self._cursor()))

    def beat(self) -> None:
        """Keep proxies and the client from giving up, and find out whether the client still reads."""
        if self._connection is None or self._is_waiting:
            return  # after 90 s of this it counts as silent
        self._connection.received_at = asyncio.get_running_loop().time()
        if self._is_quiet:
            self._write_soon(self._format.heartbeat(self._cursor()))
        self._is_quiet = True

    @property
    def _is_waiting(self) -> bool:
        is_late = self._late is not None and not self._late.done()
        return is_late or self._connection is None or self._connection.is_waiting or not self._is_started

    # --- writing ----------------------------------------------------------------------------------------------------

    def _cursor(self) -> str:
        return "" if self._opening is None else self._opening.progress.cursor()

    def _sent(self, effect: Effect) -> None:
        self._is_quiet = False
        if self._opening is not None:
            self._opening.sent(effect)
        if not self._is_marked:
            self._is_marked = True
            self._pulse.mark(self)

    def _write_soon(self, payload: bytes) -> None:
        """Write something that is no frame, at once if possible."""
        if self._write is not None and self._write(payload):
            return
        rest = start_eagerly(self._body(payload))
        if rest is not None:
            self._late = asyncio.get_running_loop().create_task(_finished(rest))

    async def _body(self, payload: bytes, *, more: bool = True) -> None:
        if not self._is_started:
            self._is_started = True
            headers = [(b"content-type", self._format.content_type), *HEADERS]
            await self._send({"type": "http.response.start", "status": 200, "headers": headers})
            payload = self._format.preamble + payload
        await self._send({"type": "http.response.body", "body": payload, "more_body": more})

    def _break_off(self) -> None:
        self.is_aborted = True
        if self._abort is not None:
            self._abort()
        elif self._application is not None:
            self._application.cancel()


async def _finished(rest: Awaitable[None]) -> None:
    await rest
