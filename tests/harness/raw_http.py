"""An HTTP client that sends exactly the given bytes, so that a test can violate the protocol."""

import contextlib
import select
import socket
from typing import Self

TIMEOUT_SECONDS = 30


class RawHttp:
    """One TCP connection from `source`, an address of this machine (127.0.0.x)."""

    def __init__(self, port: int, *, source: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS, source_address=(source, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, *parts: bytes | str) -> Self:
        """Send all of it."""
        self.socket.sendall(b"".join(part.encode() if isinstance(part, str) else part for part in parts))
        return self

    def send_until_refused(self, data: bytes, count: int) -> int:
        """Send `data` up to `count` times, until there is an answer or the server reads no more; returns how often."""
        for sent in range(count):
            readable, _, _ = select.select([self.socket], [], [], 0)
            if readable:
                return sent
            try:
                self.socket.sendall(data)
            except OSError:
                return sent
        return count

    def answer(self) -> bytes:
        """Everything that the server sends until it closes the connection."""
        received = b""
        with contextlib.suppress(ConnectionResetError):
            while data := self.socket.recv(65536):
                received += data
        return received

    def status(self) -> int:
        """The status of that answer; 0 if there is none."""
        return status_of(self.answer())


def status_of(answer: bytes) -> int:
    """The status code of an answer; 0 if there is none."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else 0


def post(path: str, *headers: str) -> str:
    """The head of a POST with these header lines."""
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""])
