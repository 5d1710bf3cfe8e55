"""Clients that upload and download files, and one that measures how long others wait meanwhile."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from picows import WSFrame, WSListener, WSMsgType, WSTransport

from bench.delivery_tally import clock
from bench.http_load import Connection, Request
from bench.scenarios.measuring import connect
from bench.servers import Server, Site

PART_BYTES = 1024 * 1024
CSRF = "c" * 32
PING_SECONDS = 0.03
"""More often, and the server would answer later on purpose: it limits the commands of a person."""

STATE_SECONDS = 0.05
MEMORY_SECONDS = 0.02


@dataclass
class Person:
    """A seeded person with a connection of their own."""

    site: Site
    server: Server
    number: int
    parts: list[float] = field(default_factory=list)
    """How long each part took, in seconds."""

    def __post_init__(self) -> None:
        self.connection = Connection(self.server.port)
        self.room: dict[str, Any] = self.site.seed["rooms"][0]

    async def begin(self, size: int, name: str) -> str:
        """Begin an upload; returns its id."""
        about = {"filename": name, "room": str(self.room["id"])}
        metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in about.items())
        headers = {"Upload-Length": str(size), "Upload-Metadata": metadata}
        _head, body = await self.ask("POST", "/files/", headers, expect=201)
        return str(json.loads(body)["id"])

    async def add(self, file: str, part: bytes, offset: int) -> None:
        """Upload a part."""
        began = clock()
        headers = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset)}
        await self.ask("PATCH", f"/files/uploads/{file}/", headers, part, expect=204)
        self.parts.append(clock() - began)

    async def upload(self, content: bytes, name: str) -> str:
        """Upload a file, and wait until it is ready; returns its id."""
        file = await self.begin(len(content), name)
        for offset in range(0, len(content), PART_BYTES):
            await self.add(file, content[offset : offset + PART_BYTES], offset)
        while await self._state(file) != "ready":  # noqa: ASYNC110 (the server does not say it by itself)
            await asyncio.sleep(STATE_SECONDS)
        return file

    async def _state(self, file: str) -> str:
        _head, body = await self.ask("GET", f"/files/uploads/{file}/")
        return str(json.loads(body)["state"])

    async def download(self, file: str) -> int:
        """Download an own file; returns its size."""
        return await self.connection.fetch(self._request("GET", f"/files/{file}/file", {}, b"", 200))

    async def ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"", expect: int = 200
    ) -> tuple[bytes, bytes]:
        """The head and the body of an answer."""
        return await self.connection.ask(self._request(method, path, headers or {}, body, expect))

    def _request(self, method: str, path: str, headers: dict[str, str], body: bytes, expect: int) -> Request:
        cookie = f"{self.site.cookies[self.number]}; csrftoken={CSRF}"
        given = {"Cookie": cookie, "X-CSRFToken": CSRF, "Tus-Resumable": "1.0.0", **headers}
        return Request(method, path, given, body, expect=expect)


class Pinger(WSListener):
    """Sends one ping after another on a WebSocket, and keeps how long each answer took."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self._transport: WSTransport | None = None
        self._answered = asyncio.Event()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.get_payload_as_bytes().startswith(b'{"type":"reply"'):
            self._answered.set()

    async def ping(self) -> None:
        """Ping until cancelled."""
        assert self._transport is not None
        while True:
            began = clock()
            self._answered.clear()
            self._transport.send(WSMsgType.TEXT, b'{"type":"ping","ref":1}')
            await self._answered.wait()
            self.waits.append(clock() - began)
            await asyncio.sleep(PING_SECONDS)

    def close(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.disconnect(graceful=False)


@dataclass
class Meanwhile:
    """What was seen of the server while something ran: waits in seconds, and its resident bytes."""

    waits: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def growth(self) -> int:
        """By how many bytes the server grew at most."""
        return max(self.memory) - self.memory[0]


@asynccontextmanager
async def watched(site: Site, server: Server, number: int) -> AsyncIterator[Meanwhile]:
    """Watch the server as this person, who only sends pings."""
    seen, pinger = Meanwhile(), Pinger()
    await connect(site, server, number, pinger)
    seen.memory.append(own_memory(server))
    tasks = [asyncio.create_task(work) for work in (pinger.ping(), _weigh(server, seen.memory))]
    began = clock()
    try:
        yield seen
    finally:
        seen.seconds = clock() - began
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        pinger.close()
        seen.waits = pinger.waits


async def _weigh(server: Server, memory: list[int]) -> None:
    while True:
        await asyncio.sleep(MEMORY_SECONDS)
        memory.append(own_memory(server))


def own_memory(server: Server) -> int:
    """The resident bytes of the server, without the processes that look at files."""
    return int(server.observed.memory_info().rss)


async def all_at_once(people: list[Person], act: Callable[[Person], Awaitable[Any]]) -> list[Any]:
    """Let everybody act at the same time, and return the results."""
    return list(await asyncio.gather(*(act(person) for person in people)))
