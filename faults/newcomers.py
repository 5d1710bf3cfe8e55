"""Clients that open a socket and stay connected, but do nothing else."""

import asyncio
import contextlib

ANSWER_SECONDS = 10.0
AT_ONCE = 50

HANDSHAKE = (
    "GET /ws/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Protocol: chat.v1\r\nCookie: {cookie}\r\n\r\n"
)


class Newcomers:
    """Sockets to one process, of these people in turn. `outcomes` has an entry for each attempt."""

    def __init__(self, port: int, cookies: list[str]) -> None:
        self.outcomes: list[str] = []
        self._port = port
        self._cookies = cookies
        self._writers: list[asyncio.StreamWriter] = []

    async def connect(self, number: int) -> None:
        """Open this many sockets, AT_ONCE at a time."""
        for first in range(0, number, AT_ONCE):
            batch = range(first, min(first + AT_ONCE, number))
            self.outcomes += await asyncio.gather(
                *(self._connect(self._cookies[one % len(self._cookies)]) for one in batch)
            )

    def disconnect(self) -> None:
        """Close all of them."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _connect(self, cookie: str) -> str:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._shake_hands(cookie)
        except TimeoutError:
            return "no answer"
        except (OSError, asyncio.IncompleteReadError):
            return "refused"

    async def _shake_hands(self, cookie: str) -> str:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers.append(writer)
        writer.write(HANDSHAKE.format(port=self._port, cookie=cookie).encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin1")
        status = head.split()[1]
        if status == "101":
            return "admitted"
        with contextlib.suppress(OSError):
            writer.close()
        may_retry = status == "503" and "retry-after:" in head.lower()
        return "503 with Retry-After" if may_retry else status
