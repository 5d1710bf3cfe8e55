"""Requests to addresses that people have chosen.

A name is looked up once, every address that it has must be public, and the connection goes to one of exactly these
addresses: a name that has another address at the next look-up gains nothing. Redirects are answers like any other, and
proxies of the environment are not used.
"""

import http.client
import socket
import ssl
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

from outbound.deadline import Deadline
from outbound.metered_socket import MeteredSocket
from outbound.public_addresses import is_public
from outbound.target import BadUrlError, Rules, Target, target_of

ADDRESSES = 8
"""Most addresses of a name that are tried."""

CHUNK = 16 * 1024
AROUND_BYTES = 256 * 1024
"""How much an answer may take besides its content: headers, and the lengths of its pieces."""

Watch = Callable[[socket.socket], None]


class FetchError(Exception):
    """There is no answer. `code` says why: `bad_url`, `not_public`, `no_such_host`, `refused`, `timeout`, `tls`, or
    `broken` for anything that is not HTTP."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Answer(NamedTuple):
    """An answer, of which `content` is the beginning if it `is_cut`: too large, or not complete in time."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    is_cut: bool


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a name."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def connect(address: tuple[str, int], seconds: float) -> socket.socket:
    """A connection to an address, which is not a name."""
    return socket.create_connection(address, seconds)


@cache
def trust() -> ssl.SSLContext:
    """Whose certificates are accepted: those of the authorities of this machine."""
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class Network:
    """The way to other machines, which tests replace."""

    look_up: Callable[[str, int], Sequence[str]] = field(default=look_up)
    connect: Callable[[tuple[str, int], float], socket.socket] = field(default=connect)
    trust: Callable[[], ssl.SSLContext] = field(default=trust)


def fetch(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    rules: Rules,
    seconds: float,
    most_bytes: int,
    body: bytes | None = None,
    network: Network | None = None,
) -> Answer:
    """Send one request and return its answer, whatever its status. Takes `seconds` at most. Raises FetchError."""
    deadline = Deadline(seconds)
    try:
        target = target_of(url, rules)
        with deadline.watching() as watch:
            way = _Way(target, rules, deadline, network or Network(), watch, most_bytes)
            return _exchange(way, method, headers, body)
    except FetchError:
        raise
    except Exception as error:
        raise FetchError("timeout" if deadline.is_over else _code_of(error)) from error


def _code_of(error: Exception) -> str:
    codes: list[tuple[type[Exception] | tuple[type[Exception], ...], str]] = [
        (BadUrlError, "bad_url"),
        (TimeoutError, "timeout"),
        (ssl.SSLError, "tls"),
        (socket.gaierror, "no_such_host"),
        (ConnectionRefusedError, "refused"),
        ((OSError, http.client.HTTPException, HTTPError, ValueError), "broken"),
    ]
    code = next((code for kinds, code in codes if isinstance(error, kinds)), None)
    if code is None:
        raise error
    return code


@dataclass(frozen=True, slots=True)
class _Way:
    """How one request reaches its target."""

    target: Target
    rules: Rules
    deadline: Deadline
    network: Network
    watch: Watch
    most_bytes: int

    def open(self) -> socket.socket:
        """Connect to the first address that answers. Raises FetchError, or what the socket raises."""
        refusal: OSError = ConnectionRefusedError()
        for address in self._judged():
            try:
                sock = self.network.connect((address, self.target.port), self.deadline.left())
            except OSError as error:
                self.deadline.left()
                refusal = error
            else:
                self.watch(sock)
                return sock
        raise ConnectionRefusedError from refusal

    def _judged(self) -> Sequence[str]:
        """The addresses of the host. Raises FetchError unless every one of them is public."""
        target = self.target
        found = self.deadline.call(lambda: self.network.look_up(target.host, target.port))
        if not found:
            raise FetchError("no_such_host")
        if not target.is_private_host(self.rules) and not all(map(is_public, found)):
            raise FetchError("not_public")
        return found[:ADDRESSES]


class _JudgedConnection(HTTPConnection):
    """A connection to an address that was judged, over which only so much can be received."""

    way: _Way

    def connect(self) -> None:
        super().connect()
        self.sock: Any = MeteredSocket(self.sock, self.way.most_bytes + AROUND_BYTES)

    def _new_conn(self) -> socket.socket:
        sock = self.way.open()
        sys.audit("http.client.connect", self, self.host, self.port)
        return sock


class _JudgedTlsConnection(_JudgedConnection, HTTPSConnection):
    """The same, encrypted: the certificate must be one of the host in the address."""


def _connection(way: _Way) -> HTTPConnection:
    target, seconds = way.target, way.deadline.left()
    connection: _JudgedConnection
    if target.is_secure:
        context = way.network.trust()
        connection = _JudgedTlsConnection(target.host, target.port, timeout=seconds, ssl_context=context)
    else:
        connection = _JudgedConnection(target.host, target.port, timeout=seconds)
    connection.way = way
    return connection


def _exchange(way: _Way, method: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
    connection = _connection(way)
    try:
        options: dict[str, Any] = {"preload_content": False, "decode_content": False, "enforce_content_length": False}
        given = {"Accept-Encoding": "identity", "Connection": "close", **headers}
        connection.request(method, way.target.path, body=body, headers=given, **options)
        response = connection.getresponse()
        way.deadline.left()  # the end of the time looks like the end of the headers
        content, is_cut = _read(response, way.most_bytes)
        return Answer(response.status, response.headers, content, is_cut or way.deadline.is_over)
    finally:
        connection.close()


def _read(response: HTTPResponse, most_bytes: int) -> tuple[bytes, bool]:
    """The beginning of the content, and whether there is more, or it broke off."""
    parts, size = [], 0
    try:
        while size <= most_bytes and (part := response.read1(CHUNK)):
            parts.append(part)
            size += len(part)
    except (OSError, HTTPError, http.client.HTTPException):
        return b"".join(parts)[:most_bytes], True
    return b"".join(parts)[:most_bytes], size > most_bytes
