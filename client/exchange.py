"""Requests over HTTP/1.1 for asyncio, with the standard library alone. Everything that a server sends is bounded."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .errors import SiteError
from .shapes import Fields

JSON = "application/json"
OPEN_SECONDS = 15.0
ANSWER_SECONDS = 30.0
SLOWEST_BYTES_PER_SECOND = 1024
"""A request may take as long on its way as on a network of this rate."""

HEAD_BYTES = 64 * 1024
PIECE_BYTES = 64 * 1024
BODY_BYTES = 16 * 1024 * 1024
"""Larger than any answer of the server that ends."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Dial = Callable[[], Awaitable[Streams]]
"""Opens a connection to the server."""


@dataclass(slots=True)
class Answer:
    """The head of an answer, and the connection on which its body comes."""

    status: int
    headers: Mapping[str, str]
    """By name in lower case."""
    reader: asyncio.StreamReader

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The body as it arrives, in whatever pieces the network delivers it: on a slow one, they are small."""
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            while size := int((await self.reader.readline()).partition(b";")[0], 16):
                async for piece in self._exactly(size):
                    yield piece
                await self.reader.readexactly(2)
        else:
            async for piece in self._exactly(int(self.headers.get("content-length", "0"))):
                yield piece

    async def _exactly(self, size: int) -> AsyncGenerator[bytes, None]:
        if size < 0:
            raise ValueError("The length of a body can't be negative.")
        while size:
            piece = await self.reader.read(min(size, PIECE_BYTES))
            if not piece:
                raise EOFError(f"{size} bytes are missing.")
            size -= len(piece)
            yield piece


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def fields(self) -> Fields:
        """The JSON object in the body; empty if there is none."""
        with contextlib.suppress(ValueError, RecursionError):
            found = json.loads(self.body)
            if isinstance(found, dict):
                return found
        return {}

    @property
    def retry_after(self) -> float:
        """The seconds in the header `Retry-After`; 0 if there is none."""
        given = self.headers.get("retry-after", "")
        return float(given) if given.isascii() and given.isdigit() and len(given) < 7 else 0.0


class Exchange:
    """Sends requests to one site with the same headers, each on a connection of its own."""

    def __init__(
        self, site: str, headers: Mapping[str, str], *, tls: ssl.SSLContext | None = None, dial: Dial | None = None
    ) -> None:
        parts = urlsplit(site)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            raise SiteError("The address of a site is like https://chat.example.")
        self.host = parts.hostname
        self.port = parts.port or (443 if parts.scheme == "https" else 80)
        self.tls = (tls or ssl.create_default_context()) if parts.scheme == "https" else None
        self._prefix = parts.path.rstrip("/")
        self.site = site
        self._dial = dial or self._connect
        self.headers = {"Host": parts.netloc, "User-Agent": "sarangbang-client", "Connection": "close", **headers}
        if any(not text.isprintable() or not text.isascii() for text in self.headers.values()):
            raise SiteError("An address or a token must be printable ASCII.")

    async def ask(
        self,
        path: str,
        content: Any = None,
        *,
        accept: str = JSON,
        headers: Mapping[str, str] | None = None,
        seconds: float = ANSWER_SECONDS,
    ) -> Whole:
        """The whole answer to a request: GET, or POST with this content as JSON. It must begin within `seconds`.

        Raises OSError. On a slow network, a long request has more time, and an answer may take as long as it must.
        """
        async with self.answer(path, content, accept=accept, headers=headers, seconds=seconds) as answer:
            return await self.whole(answer)

    async def whole(self, answer: Answer) -> Whole:
        """The answer with its body. Raises OSError."""
        found = bytearray()
        async for piece in self.pieces(answer, silence=ANSWER_SECONDS):
            found += piece
            if len(found) > BODY_BYTES:
                raise ConnectionError("The answer is too long.")
        return Whole(answer.status, answer.headers, bytes(found))

    @contextlib.asynccontextmanager
    async def answer(
        self,
        path: str,
        content: Any = None,
        *,
        accept: str = JSON,
        headers: Mapping[str, str] | None = None,
        seconds: float = ANSWER_SECONDS,
    ) -> AsyncGenerator[Answer, None]:
        """The answer to a request, whose body can be read until the block ends. Raises OSError."""
        request = self._request(path, content, {"Accept": accept, **(headers or {})})
        async with asyncio.timeout(OPEN_SECONDS):
            reader, writer = await self._dial()
        try:
            with _broken():
                writer.write(request)
                async with asyncio.timeout(seconds + len(request) / SLOWEST_BYTES_PER_SECOND):
                    answer = await _head(reader)
            yield answer
        finally:
            writer.close()

    async def pieces(self, answer: Answer, *, silence: float) -> AsyncGenerator[bytes, None]:
        """The body of an answer that does not end, as it arrives. Raises OSError, also after so much silence."""
        pieces = answer.pieces()
        while True:
            with _broken():
                async with asyncio.timeout(silence):
                    piece = await anext(pieces, None)
            if piece is None:
                return
            yield piece

    async def _connect(self) -> Streams:
        return await asyncio.open_connection(self.host, self.port, ssl=self.tls, limit=HEAD_BYTES)

    def _request(self, path: str, content: Any, headers: Mapping[str, str]) -> bytes:
        body = b"" if content is None else json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        lines = [f"{'GET' if content is None else 'POST'} {self._prefix}{path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in {**self.headers, **headers}.items()]
        if content is not None:
            lines += [f"Content-Type: {JSON}", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode("ascii") + body


async def _head(reader: asyncio.StreamReader) -> Answer:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Answer(int(first.split(" ", 2)[1]), headers, reader)


@contextlib.contextmanager
def _broken() -> Iterator[None]:
    """Whatever is wrong with an answer is an OSError, like a connection that ends."""
    try:
        yield
    except (EOFError, ValueError, IndexError, asyncio.LimitOverrunError) as error:
        raise ConnectionError(f"The answer is not whole, or not HTTP: {error!r}") from error
