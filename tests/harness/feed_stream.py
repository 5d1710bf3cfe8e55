"""Clients of the feed on a real server."""

import asyncio
import contextlib
import json
from typing import Any, Self
from urllib.parse import urlencode

from tests.harness.feeds import EVENT_STREAM, FeedParser
from tests.harness.services import Server
from tests.harness.socket_client import PATIENCE_SECONDS

PATH = "/api/v1/events"


def request_text(session: str | None, *, accept: str, last_event_id: str = "", **query: Any) -> str:
    """A request for events."""
    lines = [f"GET {PATH}?{urlencode(query)} HTTP/1.1", "Host: 127.0.0.1", f"Accept: {accept}"]
    if session:
        lines.append(f"Cookie: sessionid={session}")
    if last_event_id:
        lines.append(f"Last-Event-ID: {last_event_id}")
    return "\r\n".join([*lines, "", ""])


class FeedStream(FeedParser):
    """
    One stream of one person, read as it arrives.

        async with FeedStream(server, session) as stream:
            await stream.until(lambda: stream.of("hello"))
    """

    def __init__(self, server: Server, session: str | None, *, accept: str = EVENT_STREAM, **more: Any) -> None:
        super().__init__(accept)
        self.server = server
        self.request = request_text(session, accept=accept, **more)
        self.status = 0
        self.is_over = False
        self._came = asyncio.Condition()
        self._reading: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Self:
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        self._writer.write(self.request.encode())
        self._reading = asyncio.create_task(self._read(reader))
        await self.until(lambda: self.status)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._writer is not None
        assert self._reading is not None
        self._writer.close()
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading

    async def until(self, condition: Any, *, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until something holds; it is checked after everything that arrives."""
        async with asyncio.timeout(seconds), self._came:
            await self._came.wait_for(condition)

    async def over(self, *, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until the stream has ended."""
        await self.until(lambda: self.is_over, seconds=seconds)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            status = int(head.split(b" ", 2)[1])
            async with self._came:
                self.status = status
                self._came.notify_all()
            while size := int(await reader.readline(), 16):
                data = (await reader.readexactly(size + 2))[:-2]
                async with self._came:
                    self.feed(data)
                    self._came.notify_all()
        except (OSError, asyncio.IncompleteReadError, ValueError):
            pass
        async with self._came:
            self.is_over = True
            self._came.notify_all()


async def poll(server: Server, session: str, **query: Any) -> dict[str, Any]:
    """The answer to one poll."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        text = request_text(session, accept="application/json", **query).replace(
            "\r\n\r\n", "\r\nConnection: close\r\n\r\n"
        )
        writer.write(text.encode())
        answer = await asyncio.wait_for(reader.read(), PATIENCE_SECONDS + float(query.get("wait", 0)))
    finally:
        writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split(b" ", 2)[1] == b"200", head
    found: dict[str, Any] = json.loads(body)
    return found
