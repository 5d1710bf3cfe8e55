"""Single requests over HTTP/1.1, each on a connection that the caller opens."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

CSRF = "c" * 32
FAILURES = (OSError, asyncio.IncompleteReadError, ValueError)
"""What a connection that is cut raises."""

Dial = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]
"""Opens a connection."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. The names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def credentials(cookie: str) -> dict[str, str]:
    """The headers with which somebody is signed in and may change something."""
    return {"Cookie": f"{cookie}; csrftoken={CSRF}", "X-CSRFToken": CSRF}


async def ask(dial: Dial, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
    """The answer to a request. Raises one of FAILURES."""
    reader, writer = await dial()
    with contextlib.closing(writer):
        writer.write(request(method, path, headers, body))
        status, found = await head_of(reader)
        size = 0 if method == "HEAD" else int(found.get("content-length", "0"))
        return Answer(status, found, await reader.readexactly(size))


def request(method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """The bytes of a request, after whose answer the connection ends."""
    about = {"Host": "127.0.0.1", **headers, "Content-Length": str(len(body)), "Connection": "close"}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in about.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def head_of(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """The status and the headers of an answer."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return int(first.split(" ")[1]), headers
