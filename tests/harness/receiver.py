"""HTTP servers of tests to which the site sends requests: they answer, fail, hang, dribble or close."""

import json
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Received:
    """A request that arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The parsed body."""
        return json.loads(self.body)


Reply = Callable[["Handler"], None]


def status(code: int, content: bytes = b"", **headers: str) -> Reply:
    """Answer with a status."""

    def reply(handler: "Handler") -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return reply


def hang(handler: "Handler") -> None:
    """Never answer, until the other side has had enough."""
    handler.rfile.read(1)


def dribble_headers(handler: "Handler") -> None:
    """Send a header of which every byte comes just before one would give up."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    _dribble(handler)


def dribble_body(handler: "Handler") -> None:
    """Send a body that has no end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\nok ")
    _dribble(handler)


def _dribble(handler: "Handler") -> None:
    handler.connection.settimeout(0.05)
    while True:
        try:
            handler.wfile.write(b"x")
            if handler.connection.recv(1) == b"":
                return
        except TimeoutError:
            continue
        except OSError:
            return


def huge(handler: "Handler") -> None:
    """Send as much as the other side takes."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    try:
        while True:
            handler.wfile.write(b"x" * 65536)
    except OSError:
        return


def nonsense(handler: "Handler") -> None:
    """Answer with something that is not HTTP."""
    handler.wfile.write(b"220 mail.example.com ESMTP\r\n")


def close(handler: "Handler") -> None:
    """Hang up without an answer."""
    handler.connection.shutdown(socket.SHUT_RDWR)


class Handler(BaseHTTPRequestHandler):
    """Notes a request, and answers it as the test says."""

    server: "Receiver"

    def do_POST(self) -> None:
        """Answer a request."""
        self.close_connection = True
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.received.append(Received(self.path, headers, body))
        self.server.reply(self)

    do_GET = do_POST  # noqa: N815 (a name of http.server)

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


class Receiver(ThreadingHTTPServer):
    """A server on a port of this machine; `reply` says how it answers."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.received: list[Received] = []
        self.reply: Reply = status(204)
        self._thread = threading.Thread(target=lambda: self.serve_forever(poll_interval=0.05), daemon=True)
        self._thread.start()

    @property
    def host(self) -> str:
        """Its host and port."""
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        """An address of it."""
        return f"http://{self.host}/hook"

    def handle_error(self, *_args: Any) -> None:
        """The other side may hang up."""

    def __exit__(self, *_args: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()
