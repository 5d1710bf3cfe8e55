"""
A WebSocket on Daphne, with features that stock Daphne lacks: immediate writes, backpressure in both directions, and
closing handshakes that end.

Twisted never writes immediately: it buffers, registers for writability, and writes on the next iteration of the loop,
which is a third of the cost of a small frame. Here a frame is written straight to the socket while nothing is buffered
before it, and Twisted writes whatever the socket did not accept. This uses undocumented attributes of Twisted, so it is
limited to the two transports it was verified for (plain TCP and UNIX); all others, such as TLS, use the transport.

A thousand sockets that were idle for a while are not in the processor's cache, and fetching the scattered objects of a
connection from memory costs more than running the code. A fan-out therefore uses one small object per connection,
`DirectWriter`, which the application finds in its scope's extensions.
"""

import time
from typing import TYPE_CHECKING, Any, Generic

# Daphne installs the asyncio reactor, so it must be imported before Twisted.
import daphne.server  # isort: skip  # noqa: F401
from autobahn.twisted.websocket import ConnectionDeny
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import reactor
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel

from chat.live.refusals import Reason, refusals
from chatproject.server.deflate import MessageInflater
from chatproject.server.extensions import negotiate
from chatproject.server.frames import FINAL_BINARY, LEAST_OVERHEAD, FrameCache, LastFrame, T, frame, whole_text
from chatproject.server.queue import SimpleQueue
from chatproject.server.transports import is_plain
from chatproject.server.write_gate import WriteGate

if TYPE_CHECKING:
    from chatproject.server.server import Server

INPUT_HIGH_MESSAGES = 32
INPUT_HIGH_CHARACTERS = 128 * 1024
"""Reading pauses while this much waits for the application, and resumes when a quarter of it is left."""

MOST_QUICK_BYTES = 1 << 16

LINGER_SECONDS = 5
"""How long a closing connection may take to send what is buffered and answer our close frame."""

OVERSIZED_CLOSE_CODE = 4413
OVERSIZED_LINGER_SECONDS = 1
"""How long the rest of an oversized frame is discarded, so that the client sees the close code."""


class DirectWriter(Generic[T]):
    """Writes frames straight to the kernel's socket as long as nothing is buffered before them (`is_clear`)."""

    __slots__ = ("_socket_send", "_transport", "frames", "is_clear")

    def __init__(self, transport: Any, frames: LastFrame[T]) -> None:
        self.is_clear = False
        self._socket_send = transport.socket.send
        self._transport = transport
        self.frames: LastFrame[T] = frames

    def write(self, text: T) -> bool:
        """Write the frame of a text without blocking. Returns whether it was accepted."""
        if not self.is_clear:
            return False
        frames = self.frames
        frame = frames.last if frames.text is text else frames.frame(text)  # saves a call for each socket of a fan-out
        send = self._socket_send
        try:
            sent = send(frame)
        except OSError:
            sent = 0  # the kernel's buffer is full, or the peer is gone: the transport's own write handles both
        if sent < len(frame):
            self.is_clear = False
            self._transport.write(frame[sent:])
        return True

    def refresh(self) -> None:
        """Update `is_clear`: whether everything written through the transport has been sent."""
        self.is_clear = not (self._transport._tempDataLen or self._transport.dataBuffer)


class ChatSocket(WebSocketProtocol):  # type: ignore[misc]  # Daphne has no types
    """Daphne's WebSocket. Its `receive` and `send` are the two callables of the ASGI application."""

    server: "Server"
    application_queue: SimpleQueue

    direct: DirectWriter[str] | None = None
    _extension: str | None = None
    _inflate_limit = 0
    _reading = True
    _waiting_messages = 0
    _waiting_characters = 0
    _linger: Any = None
    _is_oversized = False

    # The ASGI callables

    async def receive(self) -> dict[str, Any]:
        """The client's next event. Reading from the network resumes once enough events have been taken."""
        message = await self.application_queue.get()
        if message["type"] == "websocket.receive":
            self._waiting_messages -= 1
            self._waiting_characters -= len(message.get("text") or message.get("bytes") or b"")
            if not self._reading:
                self._resume_reading()
        return message

    async def send(self, message: dict[str, Any]) -> None:
        """
        Send one event. A message waits only while the buffer is full; other events never wait. Outgoing messages may
        have any size: the limits apply to clients.

        After either side has closed, everything is ignored: `receive` reports the close to the application.
        """
        if self.state == self.STATE_OPEN and message["type"] == "websocket.send":
            text = message.get("text")
            if text is not None:
                self._write(text)
            elif message.get("bytes") is not None:
                self.sendData(frame(FINAL_BINARY, message["bytes"]))
            if self.gate.is_shut:
                await self.gate.wait()
        elif self.state in (self.STATE_OPEN, self.STATE_CONNECTING):
            await self.server.handle_reply(self, message)

    def turn_away(self, code: int, reason: str) -> None:
        """Close the connection with `code`, or refuse it with HTTP 503 if it has not been accepted yet."""
        if self.state == self.STATE_OPEN:
            self.sendClose(code=code, reason=reason)
        elif self.state == self.STATE_CONNECTING and hasattr(self, "handshake_deferred"):
            self.handshake_deferred.errback(ConnectionDeny(503, reason))
            del self.handshake_deferred

    def _write(self, text: str) -> None:
        if self.direct is not None:
            self.direct.refresh()
            if self.direct.write(text):
                return
        self.transport.write(self.frames.frame(text))

    def sendData(self, *args: Any, **options: Any) -> None:
        """Write Autobahn's own frames: pings, pongs and closes. Nothing may overtake them in the transport."""
        self._bypass_direct_writes()
        super().sendData(*args, **options)

    def _bypass_direct_writes(self) -> None:
        """Send everything from now on through `send`, which checks the state."""
        if self.direct is not None:
            self.direct.is_clear = False

    # Input

    def dataReceived(self, data: bytes) -> None:
        """Process input. Autobahn takes fifteen times as long for the common case, so it parses only the others."""
        if self._is_oversized:
            return
        if (
            self.state == self.STATE_OPEN
            and self._reading
            and not self.data
            and not self.inside_message
            and self.current_frame is None
            and self.autoPingTimeoutCall is None
            and len(data) <= self._quick_bytes
            and (text := whole_text(data, self._inflate_limit)) is not None
        ):
            self._queue_message("text", text)
        else:
            super().dataReceived(data)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Queue a message that Autobahn has parsed."""
        if isBinary:
            self._queue_message("bytes", payload)
        else:
            self._queue_message("text", payload.decode())

    def _queue_message(self, kind: str, body: str | bytes) -> None:
        """Queue a client's message for the application, and pause reading when too much is queued."""
        self.last_ping = time.time()
        self.application_queue.put_nowait({"type": "websocket.receive", kind: body})
        self._waiting_messages += 1
        self._waiting_characters += len(body)
        if self._waiting_messages >= INPUT_HIGH_MESSAGES or self._waiting_characters >= INPUT_HIGH_CHARACTERS:
            self._pause_reading()

    def processData(self) -> bool:
        """Parse the next frame of the input, unless reading is paused."""
        return self._reading and not self._is_oversized and bool(super().processData())

    def _max_message_size_exceeded(self, *_sizes: Any) -> None:
        """Close the connection at the header of a frame that is too large, or that makes its message too large.

        Autobahn would reset the connection, and the client would not learn why. The frame is discarded as it arrives.
        """
        self._is_oversized = True
        refusals.count(Reason.FRAME)
        self.sendClose(OVERSIZED_CLOSE_CODE)
        if is_plain(self.transport):
            self.transport.loseWriteConnection()
        if self._linger is None:
            self._linger = reactor.callLater(OVERSIZED_LINGER_SECONDS, self.transport.abortConnection)

    def _pause_reading(self) -> None:
        self._reading = False
        self.transport.pauseProducing()
        if self.autoPingTimeoutCall is not None:  # the pong may be in the input that is not being read
            self._cancelAutoPingTimeoutCall()

    def _resume_reading(self) -> None:
        if self._waiting_messages > INPUT_HIGH_MESSAGES // 4 or self._waiting_characters > INPUT_HIGH_CHARACTERS // 4:
            return
        self._reading = True
        self.transport.resumeProducing()
        reactor.callLater(0, self.consumeData)  # input from before the pause

    def check_timeouts(self) -> None:
        """Daphne's periodic check; sends no ping while reading is paused or a pong is outstanding."""
        if not self._reading or self.autoPingTimeoutCall is not None:
            self.last_ping = time.time()
        super().check_timeouts()

    # The connection's beginning and end

    def connectionMade(self) -> None:
        """Take over the connection from the HTTP channel that read the upgrade request."""
        super().connectionMade()
        # The channel is still the transport's producer and would resume reading on its own. It also forms a reference
        # cycle with the upgrade request, which keeps the transport alive.
        channel = getattr(self.transport, "producer", None)
        if isinstance(channel, HTTPChannel):
            channel.requests.clear()
        self.transport.unregisterProducer()
        self.gate = WriteGate()
        self.transport.registerProducer(self.gate, True)
        limits = [size for size in (self.maxMessagePayloadSize, self.maxFramePayloadSize) if size]
        self._quick_bytes = min([*limits, MOST_QUICK_BYTES]) + LEAST_OVERHEAD
        self.frames: FrameCache = self.factory.server_class.frames
        if is_plain(self.transport):
            self.direct = DirectWriter(self.transport, self.frames)
        # If much data arrives with the upgrade request, the channel pauses reading after handing over the connection.
        reactor.callLater(0, self._read_on)

    def _read_on(self) -> None:
        if self._reading and self.transport.connected:
            self.transport.resumeProducing()

    def onConnect(self, request: Any) -> Any:
        """Start the application for a new connection, or refuse it while the server drains."""
        self.server = self.factory.server_class
        if self.server.draining:
            raise ConnectionDeny(503, "Restarting")
        if not _is_readable(request):
            raise ConnectionDeny(400, "Not ASCII")
        self._agree_on_compression(request.headers.get("sec-websocket-extensions", ""))
        return super().onConnect(request)

    def _agree_on_compression(self, offered: str) -> None:
        """Accept an offer of permessage-deflate, if one is acceptable and messages have a maximum size."""
        self.websocket_extensions: list[Any] = []  # Autobahn would refuse the connection over an invalid offer
        if self.server.compresses and self.maxMessagePayloadSize:
            self._extension = negotiate(offered)
        if self._extension is not None:
            self._perMessageCompress = MessageInflater()
            self._inflate_limit = self.maxMessagePayloadSize
            self.frames = self.server.compressed_frames
            if self.direct is not None:
                self.direct.frames = self.frames

    def succeedHandshake(self, subprotocol: str | None) -> None:
        """Answer the upgrade request."""
        headers = {} if self._extension is None else {"Sec-WebSocket-Extensions": self._extension}
        super().succeedHandshake((subprotocol, headers))

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        """Notify the application, unless the handshake failed before there was one."""
        if hasattr(self, "application_queue"):
            super().onClose(wasClean, code, reason)

    def _closeConnection(self, abort: bool = False) -> None:
        # Twisted closes only after it has sent its buffer, and waits forever for a peer that does not read.
        self._bypass_direct_writes()
        super()._closeConnection(abort)
        if not abort and self._linger is None:
            self._linger = reactor.callLater(LINGER_SECONDS, self.transport.abortConnection)

    def connectionLost(self, reason: Failure) -> None:
        """Wake waiting senders, and drop the buffers: reference cycles keep connections in memory for a while."""
        self._bypass_direct_writes()
        super().connectionLost(reason)
        if self._linger is not None and self._linger.active():
            self._linger.cancel()
        self.gate.stopProducing()
        self.data = b""
        self._linger = self.is_open = self.is_closed = None
        self.factory.server_class.admission.leave(self.transport)
        if self.direct is not None:
            self.transport.dataBuffer = b""
            self.transport._tempDataBuffer = []
            self.transport._tempDataLen = 0


def _is_readable(request: Any) -> bool:
    """Whether Daphne can parse this handshake. If it cannot, it answers 500 and logs a traceback."""
    protocols = request.headers.get("sec-websocket-protocol", "")
    return all(text.isascii() for text in (request.path, protocols, *request.headers))
