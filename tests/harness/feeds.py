"""Clients of the feed over HTTP: in the process of the hub, by the ASGI application."""

import asyncio
import json
from typing import Any, Self
from urllib.parse import urlencode

from django.conf import settings

from chat.streams.application import events_application
from tests.harness.inprocess import until
from tests.harness.wire import read_frame

EVENT_STREAM = "text/event-stream"
JSON_LINES = "application/x-ndjson"


class FeedParser:
    """Takes the bytes of a stream in either format, in any pieces: `frames` and the last `cursor`."""

    def __init__(self, media_type: str) -> None:
        self.media_type = media_type
        self.frames: list[dict[str, Any]] = []
        self.cursor: str | None = None
        self.cursors = 0
        self.heartbeats = 0
        self.retry: int | None = None
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Take some bytes."""
        separator = b"\n\n" if self.media_type == EVENT_STREAM else b"\n"
        *whole, self._rest = (self._rest + data).split(separator)
        for part in whole:
            text = part.decode()
            if self.media_type == EVENT_STREAM:
                self._event(text)
            else:
                self._line(text)

    def _event(self, text: str) -> None:
        name, _, value = text.partition(":")
        value = value.removeprefix(" ")
        if name == "id":
            self.cursor, self.cursors = value, self.cursors + 1
        elif name == "retry":
            self.retry = int(value)
        elif name == "data":
            self._frame(value)
        else:
            assert name == "", text
            self.heartbeats += 1

    def _line(self, text: str) -> None:
        frame = json.loads(text)
        if frame["type"] == "cursor":
            self.cursor, self.cursors = frame["cursor"], self.cursors + 1
        else:
            self._frame(text)

    def _frame(self, text: str) -> None:
        frame = json.loads(text)
        self.frames.append(frame if frame["type"] == "closed" else read_frame(text))

    def of(self, type_: str, **fields: Any) -> list[dict[str, Any]]:
        """The frames of a type, with these fields."""
        return [
            frame
            for frame in self.frames
            if frame["type"] == type_ and all(frame.get(name) == value for name, value in fields.items())
        ]

    def bodies(self, room: int) -> list[str]:
        """The texts of all messages of a room that came, in this order; of a deleted one, None."""
        return [m.get("body") for frame in self.of("changes", room=room) for m in frame.get("messages", [])]


def scope_of(
    session_key: str | None, *, accept: str, method: str = "GET", headers: dict[str, str] | None = None, **query: Any
) -> dict[str, Any]:
    """The ASGI scope of a request for events."""
    given = {"accept": accept, "host": "testserver", **(headers or {})}
    if session_key:
        given["cookie"] = f"{settings.SESSION_COOKIE_NAME}={session_key}"
    return {
        "type": "http",
        "method": method,
        "scheme": "http",
        "path": "/api/v1/events",
        "query_string": urlencode(query).encode(),
        "headers": [(name.lower().encode(), value.encode("latin1")) for name, value in given.items()],
        "client": ["2001:db8::1:2", 50_000],
    }


class Feed(FeedParser):
    """One request for events, which the application of this process answers."""

    def __init__(self, session_key: str | None, *, accept: str = EVENT_STREAM, body: bytes = b"", **more: Any) -> None:
        super().__init__(accept)
        self.scope = scope_of(session_key, accept=accept, method="POST" if body else "GET", **more)
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.body = b""
        self.is_over = False
        self.task: asyncio.Task[None] | None = None
        self._request = body
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._reads = asyncio.Event()
        self._reads.set()

    async def open(self) -> Self:
        """Send the request, and wait for the head of the answer."""
        await self.open_soon()
        await until(lambda: self.status is not None, "an answer")
        return self

    async def open_soon(self) -> Self:
        """Send the request, without waiting for the answer."""
        self._events.put_nowait({"type": "http.request", "body": self._request})
        self.task = asyncio.create_task(events_application(self.scope, self._events.get, self._send))
        return self

    async def answer(self) -> Any:
        """Send the request, and return the JSON of the whole answer."""
        await self.open()
        assert self.task is not None
        await self.task
        return json.loads(self.body)

    def stop_reading(self) -> None:
        """From now on take nothing."""
        self._reads.clear()

    def read_again(self) -> None:
        """Take everything again."""
        self._reads.set()

    async def leave(self) -> None:
        """The client is gone."""
        self._events.put_nowait({"type": "http.disconnect"})
        assert self.task is not None
        await self.task

    async def _send(self, message: dict[str, Any]) -> None:
        await self._reads.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            return
        if self.media_type in (EVENT_STREAM, JSON_LINES) and self.status == 200:
            self.feed(message["body"])
        self.body += message["body"]
        if not message.get("more_body"):
            self.is_over = True
            self._events.put_nowait({"type": "http.disconnect"})
