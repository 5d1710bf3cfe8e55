"""The clock of the streams of one process: their cursors at most once a second, and heartbeats."""

import asyncio
from typing import Protocol

CURSOR_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
"""A stream is silent for at most twice as long."""

STREAMS_AT_ONCE = 100
"""Most streams that are handled in one turn of the event loop."""


class Stream(Protocol):
    """What is called regularly."""

    def write_cursor(self) -> None:
        """Send the cursor, after something was sent that changed it."""

    def beat(self) -> None:
        """Send a heartbeat, unless something was sent since the last call."""


class Pulse:
    """Calls the streams that are added. Runs no timer while there are none."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._streams: dict[Stream, None] = {}
        self._marked: list[Stream] = []
        self._due: list[Stream] = []
        self._cursors: asyncio.TimerHandle | asyncio.Handle | None = None
        self._beats: asyncio.TimerHandle | asyncio.Handle | None = None
        self._beating: list[Stream] = []

    def add(self, stream: Stream) -> None:
        self._streams[stream] = None
        if self._beats is None:
            self._beats = self._loop.call_later(HEARTBEAT_SECONDS, self._beat)

    def remove(self, stream: Stream) -> None:
        self._streams.pop(stream, None)

    def mark(self, stream: Stream) -> None:
        """Call `write_cursor` of this stream once, within a second."""
        self._marked.append(stream)
        if self._cursors is None:
            self._cursors = self._loop.call_later(CURSOR_SECONDS, self._write_cursors)

    def _write_cursors(self) -> None:
        if not self._due:
            self._due, self._marked = self._marked, []
        now, self._due = self._due[:STREAMS_AT_ONCE], self._due[STREAMS_AT_ONCE:]
        if self._due:
            self._cursors = self._loop.call_soon(self._write_cursors)
        else:
            self._cursors = self._loop.call_later(CURSOR_SECONDS, self._write_cursors) if self._marked else None
        for stream in now:
            if stream in self._streams:
                stream.write_cursor()

    def _beat(self) -> None:
        if not self._beating:
            self._beating = list(self._streams)
        now, self._beating = self._beating[:STREAMS_AT_ONCE], self._beating[STREAMS_AT_ONCE:]
        if self._beating:
            self._beats = self._loop.call_soon(self._beat)
        else:
            self._beats = self._loop.call_later(HEARTBEAT_SECONDS, self._beat) if self._streams else None
        for stream in now:
            if stream in self._streams:
                stream.beat()
