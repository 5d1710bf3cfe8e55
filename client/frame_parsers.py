"""Reads frames from the bytes of a stream, in whatever pieces they come: server-sent events, and JSON lines."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from .decoding import decode
from .errors import BadFrameError
from .events import CursorGiven, Frame

LINE_BYTES = 1024 * 1024
"""Larger than any line of the server."""


class FrameParser(ABC):
    """Takes pieces, gives frames. Cursors are frames, too."""

    media_type: ClassVar[str]

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, piece: bytes) -> Iterator[Frame]:
        """The frames that are complete with this piece. Raises BadFrameError."""
        first, *others = piece.split(b"\n")
        self._rest += first
        if len(self._rest) > LINE_BYTES:
            raise BadFrameError("The server sent a line that is too long.")
        for other in others:
            line, self._rest = bytes(self._rest).removesuffix(b"\r"), bytearray(other)
            yield from self.line(line)

    @abstractmethod
    def line(self, line: bytes) -> Iterator[Frame]:
        """The frames that are complete with this line."""


class EventParser(FrameParser):
    """Server-sent events. The id of an event is a cursor."""

    media_type = "text/event-stream"

    def __init__(self) -> None:
        super().__init__()
        self._data: list[bytes] = []

    def line(self, line: bytes) -> Iterator[Frame]:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if not line and self._data:
            data, self._data = b"\n".join(self._data), []
            yield decode(data)
        elif name == b"data":
            self._data.append(value)
            if sum(map(len, self._data)) + len(self._data) > LINE_BYTES:
                raise BadFrameError("The server sent an event that is too long.")
        elif name == b"id":
            cursor = value.decode("ascii", "replace")
            yield CursorGiven({}, cursor)


class LineParser(FrameParser):
    """JSON lines: each is a frame."""

    media_type = "application/x-ndjson"

    def line(self, line: bytes) -> Iterator[Frame]:
        if line.strip():
            yield decode(line)
