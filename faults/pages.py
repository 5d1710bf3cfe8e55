"""Fetches pages at a steady rate while a scenario runs, and records each outcome."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PATIENCE_SECONDS = 30.0
CSRF_TOKEN = "a" * 32


@dataclass
class Fetched:
    """Each answer: the time, the request, its status (0 for none) and the seconds it took."""

    answers: list[tuple[float, str, int, float]] = field(default_factory=list)

    def failures(self) -> list[str]:
        """A sentence for each request without an answer, or with a 5xx."""
        return [
            f"{what}: {status or 'no answer'}" for _at, what, status, _took in self.answers if not 100 < status < 500
        ]

    def seconds(self) -> list[float]:
        """How long each request took."""
        return [took for _at, _what, _status, took in self.answers]


class Reader:
    """A signed-in person who fetches pages of `origin`, each on a connection of its own."""

    def __init__(self, origin: str, cookie: str, tls: ssl.SSLContext | None = None) -> None:
        self._origin = origin
        self._cookie = f"{cookie}; csrftoken={CSRF_TOKEN}"
        self._tls = tls

    async def fetch(self, method: str, path: str, form: str = "") -> int:
        """The status of the answer; 0 if there is none."""
        with contextlib.suppress(OSError, TimeoutError, IndexError, ValueError, asyncio.IncompleteReadError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._fetch(method, path, form)
        return 0

    async def _fetch(self, method: str, path: str, form: str) -> int:
        address = urlsplit(self._origin)
        reader, writer = await asyncio.open_connection(address.hostname, address.port, ssl=self._tls)
        try:
            writer.write(self._request(method, path, form))
            head = await reader.readuntil(b"\r\n")
            await reader.read()  # reads the whole answer
            return int(head.split()[1])
        finally:
            writer.close()

    def _request(self, method: str, path: str, form: str) -> bytes:
        headers = {
            "Host": urlsplit(self._origin).netloc,
            "Cookie": self._cookie,
            "Origin": self._origin,
            "Referer": f"{self._origin}/",
            "X-CSRFToken": CSRF_TOKEN,
            "Content-Type": "application/x-www-form-urlencoded",
            "Content-Length": str(len(form)),
            "Connection": "close",
        }
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return ("\r\n".join(lines) + "\r\n\r\n" + form).encode()


Wanted = tuple[str, str, str]
"""Method, path and form."""


@contextlib.asynccontextmanager
async def fetching(reader: Reader, wanted: list[Wanted], *, per_second: float) -> AsyncIterator[Fetched]:
    """Fetch these pages in turn while the block runs, however long the answers take."""
    fetched, loop = Fetched(), asyncio.get_running_loop()
    under_way: set[asyncio.Task[None]] = set()

    async def fetch(one: Wanted) -> None:
        began = loop.time()
        status = await reader.fetch(*one)
        fetched.answers.append((began, f"{one[0]} {one[1]}", status, loop.time() - began))

    async def keep_fetching() -> None:
        number = 0
        while True:
            task = loop.create_task(fetch(wanted[number % len(wanted)]))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
            number += 1
            await asyncio.sleep(1 / per_second)

    running = loop.create_task(keep_fetching())
    try:
        yield fetched
    finally:
        running.cancel()
        if under_way:
            await asyncio.wait(under_way)
