"""A WebSocket client that reads only when `read` is called, byte by byte if needed."""

import contextlib
import select
import socket
from collections.abc import Sequence
from typing import Self

from websockets.client import ClientProtocol
from websockets.extensions import ClientExtensionFactory, Extension
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

TIMEOUT_SECONDS = 20

OFFER = ClientPerMessageDeflateFactory(client_max_window_bits=True)
"""What browsers offer."""


class RawClient:
    """
    One WebSocket over a blocking socket; `received` holds the frames that were read, in order.

    `receive_buffer` is the size of the kernel's buffer, in bytes: the smaller, the sooner the server must wait.
    """

    def __init__(
        self,
        url: str,
        *,
        session: str | None = None,
        receive_buffer: int | None = None,
        unix_path: str | None = None,
        extensions: Sequence[ClientExtensionFactory] = (),
    ) -> None:
        uri = parse_uri(url)
        self.socket = socket.socket(socket.AF_UNIX if unix_path else socket.AF_INET)
        self.socket.settimeout(TIMEOUT_SECONDS)
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(unix_path or (uri.host, uri.port))
        self.protocol = ClientProtocol(uri, max_size=None, extensions=extensions or None)
        self.received: list[Frame] = []
        request = self.protocol.connect()
        if session is not None:
            request.headers["Cookie"] = f"sessionid={session}"
        self.protocol.send_request(request)
        self.flush()
        while self.protocol.state is State.CONNECTING:
            self.read(1)
        if self.protocol.state is not State.OPEN:
            self.socket.close()
            raise ConnectionError(repr(self.protocol.handshake_exc))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def flush(self) -> None:
        """Write what the protocol has to say."""
        for data in self.protocol.data_to_send():
            if data:
                self.socket.sendall(data)

    def send(self, text: str) -> None:
        self.protocol.send_text(text.encode())
        self.flush()

    def ping(self, payload: bytes) -> None:
        self.protocol.send_ping(payload)
        self.flush()

    def read(self, size: int) -> bool:
        """Read up to `size` bytes; whether there was anything, and not the end.

        After our answer to its close frame the server resets the connection: that is an end too.
        """
        readable, _, _ = select.select([self.socket], [], [], TIMEOUT_SECONDS)
        assert readable, f"nothing to read in {TIMEOUT_SECONDS} s"
        try:
            data = self.socket.recv(size)
        except ConnectionResetError:
            if self.protocol.state is State.OPEN:
                raise
            data = b""
        if data:
            self.protocol.receive_data(data)
        else:
            self.protocol.receive_eof()
        events = self.protocol.events_received()
        self.received += [event for event in events if isinstance(event, Frame)]
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.flush()
        return bool(data)

    def read_all(self, size: int = 65536) -> None:
        """Read up to the end of the connection."""
        while self.read(size):
            pass

    def read_to_any_end(self) -> None:
        """Read until the server ends the connection, in whatever way."""
        with contextlib.suppress(ConnectionResetError):
            self.read_all()


class Recorder(Extension):
    """Notes which frames come compressed, and leaves everything else to the extension that a client agreed on."""

    def __init__(self, extension: Extension) -> None:
        self.extension = extension
        self.name = extension.name
        self.were_compressed: list[tuple[Opcode, bool]] = []

    @classmethod
    def of(cls, client: RawClient) -> Self:
        """The recorder of a client that offered one extension, from here on; the server must have accepted it."""
        (extension,) = client.protocol.extensions
        recorder = cls(extension)
        client.protocol.extensions = [recorder]
        return recorder

    def decode(self, frame: Frame, *, max_size: int | None = None) -> Frame:
        self.were_compressed.append((frame.opcode, frame.rsv1))
        return self.extension.decode(frame, max_size=max_size)

    def encode(self, frame: Frame) -> Frame:
        return self.extension.encode(frame)
