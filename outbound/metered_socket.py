"""A limit on how much is received over a connection, with headers and everything else around the content."""

import http.client
import io
import socket
from typing import Any


class TooMuchError(http.client.HTTPException):
    """More was received than an answer may take."""


class MeteredSocket:
    """A connection of which only so many bytes can be read as a file."""

    def __init__(self, sock: socket.socket, most_bytes: int) -> None:
        self._sock = sock
        self._most_bytes = most_bytes

    def makefile(self, *_mode: Any, **_options: Any) -> io.BufferedReader:
        """A file of what is received. Reading raises TooMuchError after the last byte that may be."""
        return io.BufferedReader(_Metered(self._sock.makefile("rb", buffering=0), self._most_bytes))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class _Metered(io.RawIOBase):
    def __init__(self, received: io.RawIOBase | socket.SocketIO, left: int) -> None:
        self._received = received
        self._left = left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._left <= 0:
            raise TooMuchError
        size = self._received.readinto(memoryview(buffer)[: self._left])
        self._left -= size or 0
        return size

    def close(self) -> None:
        self._received.close()
        super().close()
