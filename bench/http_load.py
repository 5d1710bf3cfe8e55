"""HTTP load: clients that each keep a connection open, and send the next request once the last is answered."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bench.delivery_tally import clock

TIMEOUT_SECONDS = 30.0
WARM_UP_SECONDS = 0.5
BUFFER_BYTES = 1 << 20
PIECE_BYTES = 1 << 18
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Request:
    """A request. `expect` is the status that counts as success, `contains` is text that the body must contain."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    expect: int = 200
    contains: bytes = b""

    def encode(self, port: int) -> bytes:
        """The request as bytes."""
        headers = {"Host": f"127.0.0.1:{port}", **self.headers}
        if self.body:
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            headers = form | headers | {"Content-Length": str(len(self.body))}
        lines = [f"{self.method} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


class Answer(Exception):  # noqa: N818  # it says what was answered instead
    """The server's answer was not the expected one."""


class Connection:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, request: Request) -> tuple[bytes, bytes]:
        """Send a request and return head and body of the answer. Raises Answer if it is not the expected one."""
        reader, head = await self._answered(request)
        length = LENGTH.search(head)
        if length is not None:
            body = await reader.readexactly(int(length[1]))
        elif b"chunked" in head.lower():
            body = await self._chunks(reader)
        else:
            body = b""
        if b"\r\nconnection: close" in head.lower():
            self.close()
        if _status(head) != request.expect or request.contains not in body:
            raise Answer(f"{request.method} {request.path}: {head.decode()}\n{body[:300]!r}")
        return head, body

    async def fetch(self, request: Request) -> int:
        """Send a request, and forget the body of the answer as it comes; returns its length. Raises Answer."""
        reader, head = await self._answered(request)
        length = LENGTH.search(head)
        if _status(head) != request.expect or length is None:
            raise Answer(f"{request.method} {request.path}: {head.decode()}")
        left = int(length[1])
        while left:
            left -= len(await reader.read(min(left, PIECE_BYTES)))
        return int(length[1])

    async def _answered(self, request: Request) -> tuple[asyncio.StreamReader, bytes]:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port, limit=BUFFER_BYTES)
        self._writer.write(request.encode(self.port))
        return self._reader, await self._reader.readuntil(b"\r\n\r\n")

    async def _chunks(self, reader: asyncio.StreamReader) -> bytes:
        parts = []
        while size := int((await reader.readline()).split(b";")[0], 16):
            parts.append(await reader.readexactly(size))
            await reader.readline()
        await reader.readline()
        return b"".join(parts)

    def close(self) -> None:
        """Close the connection."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


def _status(head: bytes) -> int:
    return int(head.split(b" ", 2)[1])


@dataclass
class Answered:
    """The number of requests that were answered as expected, and their latencies in seconds."""

    per_second: float
    latencies: list[float]
    body_bytes: int


async def ask_all_the_time(port: int, request: Callable[[int], Request], *, clients: int, seconds: float) -> Answered:
    """Let `clients` send requests without a pause. `request(n)` returns the n-th request of all."""
    latencies: list[float] = []
    sizes: list[int] = []
    number = 0
    begin = clock() + WARM_UP_SECONDS
    end = begin + seconds

    async def client() -> None:
        nonlocal number
        connection = Connection(port)
        try:
            while (asked := clock()) < end:
                number += 1
                _head, body = await connection.ask(request(number))
                answered = clock()
                if begin <= answered <= end:
                    latencies.append(answered - asked)
                    sizes.append(len(body))
        finally:
            connection.close()

    async with asyncio.timeout(seconds + TIMEOUT_SECONDS):
        await asyncio.gather(*(client() for _ in range(clients)))
    return Answered(len(latencies) / seconds, latencies, max(sizes, default=0))
