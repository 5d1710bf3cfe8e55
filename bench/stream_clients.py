"""Clients that only receive, over HTTP: streams of events, JSON lines, and long polls of this site and of Socket.IO."""

import asyncio
import re
from typing import Any

from bench.delivery_tally import clock

MARK = re.compile(rb"\((\d{10})\)")
MARK_BYTES = 12
CURSOR = re.compile(rb'"cursor":"([^"]+)"')
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
PATH = "/api/v1/events"
CONNECT_AT_ONCE = 64


class Arrivals:
    """When each client received each message, by the number of the message."""

    def __init__(self) -> None:
        self.at: dict[int, list[float]] = {}

    def found(self, data: bytes) -> None:
        """Note the messages in these bytes."""
        now = clock()
        for number in MARK.findall(data):
            self.at.setdefault(int(number), []).append(now)


class Stream(asyncio.Protocol):
    """A stream that is read as it arrives."""

    def __init__(self, arrivals: Arrivals, request: bytes) -> None:
        self.arrivals = arrivals
        self.request = request
        self.live: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lost = False
        self._rest = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        """Note messages, also those that are cut between two pieces."""
        if not self.live.done():
            if not data.startswith(b"HTTP/1.1 200"):
                self.live.set_exception(ConnectionError(data[:200]))
                return
            self.live.set_result(None)
        data = self._rest + data
        self.arrivals.found(data)
        end = data.rfind(b")") + 1
        self._rest = data[max(end, len(data) - MARK_BYTES + 1) :]

    def connection_lost(self, _error: Exception | None) -> None:
        self.lost = True
        if not self.live.done():
            self.live.set_exception(ConnectionError("closed"))

    def close(self) -> None:
        self.transport.abort()


class Poller:
    """Long polls on one connection, each with the cursor of the last answer."""

    def __init__(self, arrivals: Arrivals, port: int, headers: str, query: str) -> None:
        self.arrivals = arrivals
        self.port = port
        self.headers = headers
        self.query = query
        self.lost = False
        self._task: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Take everything that there is, and begin to wait."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        answer = await self._ask(f"{PATH}?{self.query}")
        self._task = asyncio.create_task(self._poll(answer))

    async def _poll(self, answer: bytes) -> None:
        try:
            while True:
                found = CURSOR.search(answer, max(0, len(answer) - 40_000))
                assert found is not None
                answer = await self._ask(f"{PATH}?{self.query}&wait=60&cursor={found[1].decode()}")
                self.arrivals.found(answer)
        except (OSError, AssertionError, asyncio.IncompleteReadError):
            self.lost = True

    async def _ask(self, target: str) -> bytes:
        self._writer.write(f"GET {target} HTTP/1.1\r\n{self.headers}Accept: application/json\r\n\r\n".encode())
        head = await self._reader.readuntil(b"\r\n\r\n")
        found = LENGTH.search(head)
        body = await self._reader.readexactly(int(found[1])) if found else b""
        assert head.startswith(b"HTTP/1.1 200"), head + body
        return body

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._writer.close()


Client = Stream | Poller


async def connect(
    kind: str, *, port: int, cookies: list[str], room: int, since: int, count: int, arrivals: Arrivals
) -> list[Client]:
    """Connect this many clients of a kind: the media type of a stream, or `poll`."""
    gate = asyncio.Semaphore(CONNECT_AT_ONCE)
    loop = asyncio.get_running_loop()

    async def one(number: int) -> Client:
        headers = f"Host: 127.0.0.1:{port}\r\nCookie: {cookies[number % len(cookies)]}\r\n"
        query = f"rooms={room}:{since}"
        async with gate:
            if kind == "poll":
                poller = Poller(arrivals, port, headers, query)
                await poller.connect()
                return poller
            request = f"GET {PATH}?{query} HTTP/1.1\r\n{headers}Accept: {kind}\r\n\r\n".encode()
            _transport, stream = await loop.create_connection(lambda: Stream(arrivals, request), "127.0.0.1", port)
            await stream.live
            return stream

    return list(await asyncio.gather(*(one(number) for number in range(count))))
