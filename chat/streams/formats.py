"""How frames are written into a response."""

from abc import ABC, abstractmethod
from typing import ClassVar

from chat.protocol.errors import CloseCode
from chat.streams.progress import Effect, effect_of


class Format(ABC):
    """Encodes frames. A frame is encoded once for all streams: `payload` and `effect` are those of `text`."""

    content_type: ClassVar[bytes]
    preamble: ClassVar[bytes]

    __slots__ = ("effect", "payload", "text")

    def __init__(self) -> None:
        self.text: str | None = None
        self.payload = b""
        self.effect: Effect | None = None

    def take(self, text: str) -> None:
        """Encode a frame, unless it is the same string object as the last one."""
        if text is not self.text:
            self.payload = self.frame(text)
            self.effect = effect_of(text)
            self.text = text

    @abstractmethod
    def frame(self, text: str) -> bytes:
        """The bytes of a frame."""

    @abstractmethod
    def cursor(self, cursor: str) -> bytes:
        """Bytes that give the client its cursor."""

    @abstractmethod
    def heartbeat(self, cursor: str) -> bytes:
        """Bytes that only show that the stream is alive."""

    def closed(self, code: int, cursor: str, retry_ms: int) -> bytes:
        """The last bytes of a stream that the server ends."""
        return self.cursor(cursor) + self.frame(f'{{"type":"closed","code":{int(code)}}}')


class EventStreamFormat(Format):
    """Server-sent events, whose ids are cursors."""

    content_type = b"text/event-stream; charset=utf-8"
    preamble = b"retry: 2000\n\n"

    __slots__ = ()

    def frame(self, text: str) -> bytes:
        return f"data: {text}\n\n".encode()

    def cursor(self, cursor: str) -> bytes:
        return f"id: {cursor}\n\n".encode()

    def heartbeat(self, cursor: str) -> bytes:
        return b": \n\n"

    def closed(self, code: int, cursor: str, retry_ms: int) -> bytes:
        pause = f"retry: {retry_ms}\n\n".encode() if code == CloseCode.RESTARTING else b""
        return pause + super().closed(code, cursor, retry_ms)


class JsonLinesFormat(Format):
    """One frame a line."""

    content_type = b"application/x-ndjson"
    preamble = b""

    __slots__ = ()

    def frame(self, text: str) -> bytes:
        return f"{text}\n".encode()

    def cursor(self, cursor: str) -> bytes:
        return f'{{"type":"cursor","cursor":"{cursor}"}}\n'.encode()

    def heartbeat(self, cursor: str) -> bytes:
        return self.cursor(cursor)


EVENT_STREAM = EventStreamFormat()
JSON_LINES = JsonLinesFormat()
