"""Connections below any protocol: bytes on a server's own port, bypassing all proxies."""

import asyncio
import contextlib
import json
import random
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from faults import fuzz_inputs

READ_LIMIT_BYTES = 4 * 1024 * 1024
ANSWER_SECONDS = 30.0

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


@contextlib.asynccontextmanager
async def connection(port: int, *, source: str = "127.0.0.1") -> AsyncIterator[tuple[Reader, Writer]]:
    """A TCP connection from one of this machine's loopback addresses; it is reset at the end of the block."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=READ_LIMIT_BYTES, local_addr=(source, 0))
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def read_frame(reader: Reader) -> tuple[int, bytes]:
    """Opcode and payload of a server's frame. Raises IncompleteReadError when the connection ends."""
    first, length = await reader.readexactly(2)
    if length == 126:
        length = struct.unpack("!H", await reader.readexactly(2))[0]
    elif length == 127:
        length = struct.unpack("!Q", await reader.readexactly(8))[0]
    return first & 0x0F, await reader.readexactly(length)


async def shake_hands(
    reader: Reader, writer: Writer, rng: random.Random, cookie: str, *, origin: str | None = None
) -> int:
    """Ask for a WebSocket; returns the status of the answer."""
    headers = fuzz_inputs.handshake_headers(rng, cookie)
    address, port = writer.get_extra_info("peername")
    headers["Host"] = f"{address}:{port}"
    headers["Origin"] = f"http://{address}:{port}" if origin is None else origin
    writer.write(fuzz_inputs.handshake(headers))
    return status_of(await reader.readuntil(b"\r\n\r\n"))


def command(**fields: Any) -> bytes:
    """A command as the bytes of its frame."""
    return fuzz_inputs.frame(fuzz_inputs.TEXT, json.dumps(fields).encode())


def status_of(answer: bytes) -> int:
    """The status in the first line of an answer."""
    return int(answer.split(b" ", 2)[1])


@dataclass
class Visitor:
    """Fetches pages and posts forms like a script, with cookies and the CSRF token."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    source: str = "127.0.0.1"

    async def get(self, path: str) -> tuple[int, bytes]:
        """Status and text of a page."""
        return await self._ask("GET", path, b"")

    async def post(self, path: str, **fields: str) -> tuple[int, bytes]:
        """Status and text of the answer to a form. Needs a page fetched before."""
        return await self._ask("POST", path, urlencode(fields).encode())

    async def _ask(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        async with asyncio.timeout(ANSWER_SECONDS), connection(self.port, source=self.source) as (reader, writer):
            writer.write(self._head(method, path, len(body)) + body)
            head = await reader.readuntil(b"\r\n\r\n")
            self._keep_cookies(head)
            return status_of(head), await reader.read()

    def _head(self, method: str, path: str, length: int) -> bytes:
        host = f"127.0.0.1:{self.port}"
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        lines = [
            *(f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close", f"Cookie: {cookies}"),
            *("Content-Type: application/x-www-form-urlencoded", f"Content-Length: {length}"),
            *(f"X-CSRFToken: {self.cookies.get('csrftoken', '')}", f"Origin: http://{host}"),
        ]
        return "\r\n".join([*lines, "", ""]).encode()

    def _keep_cookies(self, head: bytes) -> None:
        for line in head.decode("latin1").split("\r\n"):
            name, _, value = line.partition(": ")
            if name.lower() == "set-cookie":
                cookie, _, content = value.partition(";")[0].partition("=")
                self.cookies[cookie] = content
