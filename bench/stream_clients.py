"""Clients that only receive, over HTTP: streams of events, JSON lines, and long polls of this site and of Socket.IO."""

import asyncio
import json
import re
from typing import Any

from bench.delivery_tally import Room, clock

MARK = re.compile(rb"\((\d{10})\)")
MARK_BYTES = 12
CURSOR = re.compile(rb'"cursor":"([^"]+)"')
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
PATH = "/api/v1/events"
ENGINE_IO = "/socket.io/?EIO=4&transport=polling"
SESSION = re.compile(rb'"sid":"([^"]+)"')
PACKETS_END = b"\x1e"
CONNECT_AT_ONCE = 64


class Arrivals:
    """When each client received each message, by the number of the message."""

    def __init__(self) -> None:
        self.at: dict[int, list[float]] = {}

    def found(self, data: bytes) -> None:
        """Note the messages in these bytes. The number is also in the HTML of a message that has markup."""
        now = clock()
        for number in dict.fromkeys(MARK.findall(data)):
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

    async def _ask(self, target: str, content: bytes | None = None) -> bytes:
        """The answer to a GET, or to a POST of this content."""
        head = f"{self.headers}Accept: application/json\r\n"
        if content is None:
            self._writer.write(f"GET {target} HTTP/1.1\r\n{head}\r\n".encode())
        else:
            head += f"Content-Type: text/plain\r\nContent-Length: {len(content)}\r\n"
            self._writer.write(f"POST {target} HTTP/1.1\r\n{head}\r\n".encode() + content)
        answered = await self._reader.readuntil(b"\r\n\r\n")
        found = LENGTH.search(answered)
        body = await self._reader.readexactly(int(found[1])) if found else b""
        assert answered.startswith(b"HTTP/1.1 200"), answered + body
        return body

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._writer.close()


class SocketIOPoller(Poller):
    """Long polls of Engine.IO 4, on which Socket.IO 5 joins a room and receives its messages."""

    async def connect(self) -> None:
        """Open a session, join the room, and begin to wait."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        found = SESSION.search(await self._ask(ENGINE_IO))
        assert found is not None
        self._target = f"{ENGINE_IO}&sid={found[1].decode()}"
        await self._ask(self._target, b"40")
        await self._until(b"40")
        await self._ask(self._target, b"421" + json.dumps(["join", self.query]).encode())
        await self._until(b"431")
        self._task = asyncio.create_task(self._poll(b""))

    async def _until(self, packet: bytes) -> None:
        while not any(one.startswith(packet) for one in (await self._ask(self._target)).split(PACKETS_END)):
            pass

    async def _poll(self, answer: bytes) -> None:
        try:
            while True:
                if b"2" in answer.split(PACKETS_END):
                    await self._ask(self._target, b"3")
                answer = await self._ask(self._target)
                self.arrivals.found(answer)
        except (OSError, AssertionError, asyncio.IncompleteReadError):
            self.lost = True


Client = Stream | Poller


async def connect(
    kind: str, *, port: int, cookies: list[str], room: Room, since: int, count: int, arrivals: Arrivals
) -> list[Client]:
    """Connect this many clients of a kind: the media type of a stream, `poll`, or `socket.io`."""
    gate = asyncio.Semaphore(CONNECT_AT_ONCE)
    loop = asyncio.get_running_loop()

    async def one(number: int) -> Client:
        headers = f"Host: 127.0.0.1:{port}\r\n"
        headers += f"Cookie: {cookies[number % len(cookies)]}\r\n" if cookies else ""
        query = f"rooms={room.id}:{since}"
        async with gate:
            if kind in ("poll", "socket.io"):
                is_ours = kind == "poll"
                poller = (Poller if is_ours else SocketIOPoller)(
                    arrivals, port, headers, query if is_ours else room.name
                )
                await poller.connect()
                return poller
            request = f"GET {PATH}?{query} HTTP/1.1\r\n{headers}Accept: {kind}\r\n\r\n".encode()
            _transport, stream = await loop.create_connection(lambda: Stream(arrivals, request), "127.0.0.1", port)
            await stream.live
            return stream

    return list(await asyncio.gather(*(one(number) for number in range(count))))
