"""
Twisted's HTTP channel and Daphne's request, with inexpensive limits on the size and duration of requests.

Every refusal is a fixed response. The connection is then closed for writing, and further input is discarded for a
moment: closing at once would reset the connection, and the client might never see the response.
"""

import socket
from contextlib import suppress
from io import SEEK_END, BytesIO
from typing import TYPE_CHECKING, Any

# Daphne installs the asyncio reactor, so it must be imported before Twisted.
import daphne.server  # isort: skip  # noqa: F401
from daphne.http_protocol import WebRequest
from twisted.internet import error, reactor, tcp
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel

from chat.live.refusals import Reason, refusals
from chatproject.addresses import FORWARDED, forwarded_client
from chatproject.server.admission import Admission
from chatproject.server.deadlines import BODY_BYTES_PER_SECOND, Deadline
from chatproject.server.transports import is_plain
from chatproject.server.websocket import DirectWriter

if TYPE_CHECKING:
    from chatproject.server.server import Server

RETRY_AFTER_SECONDS = 5
WAITING_ROOM_SECONDS = 2.0
"""How long a connection that was refused for lack of resources may take to send its request."""

LINGER_SECONDS = 2.0
LINGER_BYTES = 16 * 1024 * 1024
"""How long, and how many bytes of, a refused client's further input is discarded before the connection is reset."""

TCP_USER_TIMEOUT: int | None = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux only
UNACKNOWLEDGED_MS = 60_000
"""A stream whose client has vanished ends this long after something was sent that its machine does not acknowledge."""

Answer = tuple[str, str]
"""A status and a sentence for the body."""

TOO_LARGE: Answer = ("413 Content Too Large", "What you sent is larger than this site takes.")
TOO_SLOW: Answer = ("408 Request Timeout", "The request took too long to arrive.")
NO_ROOM: Answer = ("503 Service Unavailable", "The server is full. Try again in a moment.")


def written(answer: Answer) -> bytes:
    """Encode the answer as a plain-text HTTP response."""
    status, sentence = answer
    body = f"{sentence}\n".encode()
    head = [
        f"HTTP/1.1 {status}",
        "Content-Type: text/plain; charset=utf-8",
        "X-Content-Type-Options: nosniff",
        "Cache-Control: no-store",
        f"Content-Length: {len(body)}",
        *([f"Retry-After: {RETRY_AFTER_SECONDS}"] if answer is NO_ROOM else []),
        "Connection: close",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


class Intake(HTTPChannel):  # type: ignore[misc]  # Twisted's types are skipped
    """One HTTP connection. It refuses requests before they use resources."""

    def __init__(self, server: "Server") -> None:
        super().__init__()
        self.server = server
        self.requestFactory = WholeRequest
        self.body_limit = 0
        self._headers_read = 0
        self._is_refused = False
        self._no_room: Reason | None = None
        self._thrown_away = 0

    # Connections

    def connectionMade(self) -> None:
        """Admit the connection, or refuse it."""
        super().connectionMade()
        self._deadline = Deadline(self.callLater, self._deadline_passed)
        reason = self.server.admission.enter(self.transport)
        if reason is not None:
            self._turn_away(reason)

    def _turn_away(self, reason: Reason) -> None:
        """Refuse once the request has arrived if few refused connections are waiting; otherwise refuse at once."""
        if self.server.admission.wait(self.transport):
            self._no_room = reason
            self._deadline.watch("waiting room", WAITING_ROOM_SECONDS)
            return
        self._is_refused = True
        refusals.count(reason)
        if is_plain(self.transport):
            with suppress(OSError):
                self.transport.socket.send(written(NO_ROOM))
                self.transport.socket.recv(self.totalHeadersSize)  # unread input would turn the close into a reset
            self.transport.connectionLost(Failure(error.ConnectionDone()))
        else:
            self.transport.abortConnection()

    def connectionLost(self, reason: Failure) -> None:
        """Stop counting the connection against every limit."""
        self._deadline.stop()
        self.server.admission.leave(self.transport)
        self.server.bodies.leave(self)
        super().connectionLost(reason)

    # Deadlines

    def dataReceived(self, data: bytes) -> None:
        """Process input, and set the deadline for the rest."""
        if self._is_refused:
            self._throw_away(data)
            return
        super().dataReceived(data)
        self._watch()

    def requestDone(self, request: Any) -> None:
        """Continue with the next request, part of which may already have arrived."""
        super().requestDone(request)
        self.server.admission.end_large_body(self.transport)
        self.server.bodies.leave(self)
        self.server.admission.end_response(self.transport)
        self._watch()

    def _watch(self) -> None:
        if self._is_refused or self._no_room is not None:
            return
        if self._handlingRequest:
            self._deadline.stop()
        elif not self.line_mode:
            seconds = self.server.body_seconds + (self.length or self.body_limit) / BODY_BYTES_PER_SECOND
            self._deadline.watch(("body", self._headers_read), seconds)
        elif self.requests or self._buffer:
            self._deadline.watch(("headers", self._headers_read), self.server.header_seconds)

    def _deadline_passed(self) -> None:
        if self._is_refused:
            self.transport.abortConnection()
        elif self._no_room is not None:
            self.refuse(NO_ROOM, self._no_room)
        else:
            self.refuse(TOO_SLOW, Reason.SLOW)

    # Requests

    def allHeadersReceived(self) -> None:
        """Refuse a body that is too large by its declared length, before sending `100 Continue`."""
        self._headers_read += 1
        self.body_limit = self.server.body_limits.of(self._path)
        if self._no_room is not None:
            self.refuse(NO_ROOM, self._no_room)
        elif self.length is not None and self.length > self.body_limit:
            self.refuse(TOO_LARGE, Reason.BODY)
        elif self.may_be_large() and (reason := self._begin_large_body()):
            self.refuse(NO_ROOM, reason)
        else:
            if self.may_be_large() and not self.server.bodies.enter(self, self._networkProducer.resumeProducing):
                self._networkProducer.pauseProducing()
            super().allHeadersReceived()

    def may_be_large(self) -> bool:
        """Whether the body may be over the limit of most paths; the length of a chunked one is not known (None)."""
        default = self.server.body_limits.default
        return self.body_limit > default and (self.length is None or self.length > default)

    def _begin_large_body(self) -> Reason | None:
        size = self.body_limit if self.length is None else self.length
        return self.server.admission.begin_large_body(self.transport, size)

    def lineReceived(self, line: bytes) -> None:
        """Process a line of the request's head, unless the connection was refused."""
        if not self._is_refused:
            super().lineReceived(line)

    def rawDataReceived(self, data: bytes) -> None:
        """Process part of the body or of pipelined requests, unless the connection was refused."""
        if not self._is_refused:
            super().rawDataReceived(data)

    def allContentReceived(self) -> None:
        """Process the complete request, unless the connection was refused."""
        if not self._is_refused:
            super().allContentReceived()

    # Refusals

    def refuse(self, answer: Answer, reason: Reason) -> None:
        """Send the answer and close. Buffered and further input is not processed."""
        if self._is_refused:
            return
        self._is_refused = True
        refusals.count(reason)
        self.setTimeout(None)
        self._deadline.stop()
        self._deadline.watch("linger", LINGER_SECONDS)
        self.transport.write(written(answer))
        if is_plain(self.transport):
            self._networkProducer.unregisterProducer()
            self.transport.resumeProducing()
            self.transport.loseWriteConnection()
        else:
            self.loseConnection()

    def _throw_away(self, data: bytes) -> None:
        self._thrown_away += len(data)
        if self._thrown_away > LINGER_BYTES:
            self.transport.pauseProducing()


class Body(BytesIO):
    """A body that Daphne passes on as one piece, which shares its memory. It would copy it in pieces of 8 KiB."""

    def read(self, _size: int | None = -1) -> bytes:
        """All that follows."""
        if self.tell():
            return super().read()
        self.seek(0, SEEK_END)
        return self.getvalue()


class WholeRequest(WebRequest):  # type: ignore[misc]  # Daphne has no types
    """A request with a bounded body that is kept in memory and parsed only by Django.

    The response of a live one (`is_live`) is a stream of events: parts of it are written as WebSocket frames are.
    """

    direct: DirectWriter[bytes] | None = None

    def __init__(self, channel: Intake, *_queued: Any) -> None:
        super().__init__(channel, parsePOSTFormSubmission=False)

    def gotLength(self, length: int | None) -> None:
        """Create a buffer for the body; Twisted would write a body of unknown length to disk."""
        self.content = Body() if self.channel.may_be_large() else BytesIO()

    def handleContentChunk(self, data: bytes) -> None:
        """Store part of the body, or refuse the request if it exceeds the limit."""
        if self.content.tell() + len(data) > self.channel.body_limit:
            self.channel.refuse(TOO_LARGE, Reason.BODY)
        else:
            super().handleContentChunk(data)

    @property
    def is_live(self) -> bool:
        """Whether the response may be a stream of events."""
        return self.path in self.channel.server.live_paths

    def begin_live(self) -> None:
        """Write straight to the socket from now on, if that is possible: the head of the response was written."""
        transport = self.channel.transport
        if TCP_USER_TIMEOUT is not None and isinstance(transport, tcp.Server):
            transport.socket.setsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)
        if is_plain(transport):
            server = self.channel.server
            self.direct = DirectWriter(transport, server.chunks if self.chunked else server.payloads)

    def write_now(self, payload: bytes) -> bool:
        """Write part of the body without blocking. Returns whether it was accepted."""
        return self.direct is not None and self.direct.write(payload)

    def write_or_wait(self, payload: bytes) -> bool:
        """Write part of the body like `write_now`, also if all that was buffered before has been sent by now."""
        if self.direct is not None:
            self.direct.refresh()
        return self.write_now(payload)

    def abort(self) -> None:
        """Reset the connection, with everything that is buffered."""
        if self.channel is not None:
            self.channel.transport.abortConnection()

    def end_live(self) -> None:
        """Let the connection end with the response: its client may never read what is buffered."""
        if self.direct is not None:
            self.direct = None
            self.channel.persistent = False
            reactor.callLater(LINGER_SECONDS, self.channel.transport.abortConnection)

    def connectionLost(self, reason: Failure) -> None:
        """Write nothing more."""
        self.direct = None
        super().connectionLost(reason)

    def process(self) -> Any:
        """Pass the request to the application, or refuse it for lack of resources."""
        reason = self._refusal()
        if reason is None:
            return super().process()
        return self.channel.refuse(NO_ROOM, reason)

    def _refusal(self) -> Reason | None:
        admission: Admission = self.channel.server.admission
        upgrade = self.requestHeaders.getRawHeaders(b"Upgrade", [b""])
        if upgrade[0].lower() != b"websocket" and not self.is_live:
            return admission.request()
        return admission.upgrade(self.transport, self._host())

    def _host(self) -> str | None:
        """The host under which a socket is counted, as reported by our proxies."""
        headers = [(name, value) for name, values in self.requestHeaders.getAllRawHeaders() for value in values]
        server = self.channel.server
        forwarded = forwarded_client(headers, server.proxy_forwarded_address_header or FORWARDED, server.proxies)
        return forwarded[0] if forwarded else getattr(self.client, "host", None)
