"""A chat client for tests: it keeps every frame it got as it came, and waits for what should come.

It is a single connection that resends and opens nothing by itself; `client.asyncio_client` does.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from client.decoding import decode_fields
from client.events import Changes, Event, Opened, Page, Reply
from client.outbox import new_key
from client.requests import Requests

__all__ = ["ChatClient", "Frame", "new_key"]

Frame = dict[str, Any]

PATIENCE_SECONDS = 15.0


class ChatClient:
    """
    One socket of one person; `frames` are all frames it got, in order.

        async with ChatClient(server.socket_url, session) as mina:
            await mina.ok("open", room=1)
            reply = await mina.command("send", room=1, key=new_key(), body="Hello")
            await mina.frame(lambda frame: frame["type"] == "changes")
    """

    def __init__(
        self,
        url: str,
        session: str | None = None,
        *,
        offers: list[str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.url = url
        self.headers = dict(headers or {})
        if session is not None:
            self.headers["Cookie"] = f"sessionid={session}"
        self.offers = [Subprotocol(offer) for offer in offers] if offers else None
        self.frames: list[Frame] = []
        self.socket: ClientConnection
        self._requests = Requests(lambda: 0.0)
        self._events: list[Event] = []
        """What the frames mean, and the answers to commands."""
        self._came = asyncio.Condition()
        self._reader: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        self.socket = await connect(
            self.url,
            additional_headers=self.headers,
            subprotocols=self.offers,
            max_size=None,
            compression=None,
            ping_interval=None,
            close_timeout=1,
            open_timeout=PATIENCE_SECONDS,
        )
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()
        await self._reader

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in self.socket:
                async with self._came:
                    frame = json.loads(text)
                    self.frames.append(frame)
                    self._understand(frame)
                    self._came.notify_all()
        async with self._came:
            self._came.notify_all()

    def _understand(self, frame: Frame) -> None:
        event: Event | None = decode_fields(frame)
        if isinstance(event, Reply):
            event = self._requests.answer(event)
        if event is not None:
            self._events.append(event)

    async def send_raw(self, data: str | bytes) -> None:
        """Send a frame as it is."""
        await self.socket.send(data)

    async def post(self, kind: str, /, **fields: Any) -> int:
        """Send a command and do not wait; its `ref`."""
        ref, text = self._requests.ask({"type": kind, **fields})
        await self.send_raw(text)
        return ref

    async def reply(self, ref: int) -> Frame:
        """The reply to a command."""
        return await self.frame(lambda frame: frame["type"] == "reply" and frame["ref"] == ref)

    async def command(self, kind: str, /, **fields: Any) -> Frame:
        """Send a command; its reply, a refusal or not."""
        return await self.reply(await self.post(kind, **fields))

    async def ok(self, kind: str, /, **fields: Any) -> Frame:
        """Send a command that must be carried out; its reply."""
        reply = await self.command(kind, **fields)
        assert reply["ok"], reply
        return reply

    async def say(self, room: int, body: str, *, key: str | None = None) -> Frame:
        """Send a message; the message as it is stored."""
        message: Frame = (await self.ok("send", room=room, key=key or new_key(), body=body))["message"]
        return message

    async def frame(self, is_it: Callable[[Frame], bool], *, seconds: float = PATIENCE_SECONDS) -> Frame:
        """The first frame, of those that came or are yet to come, for which `is_it`.

        Raises AssertionError when the socket closes, or `seconds` pass, without one.
        """
        seen = 0
        async with asyncio.timeout(seconds), self._came:
            while True:
                for frame in self.frames[seen:]:
                    if is_it(frame):
                        return frame
                seen = len(self.frames)
                assert not self._reader.done(), f"closed with {self.socket.close_code} after {self.frames[-3:]}"
                await self._came.wait()

    async def event(self, kind: str, **fields: Any) -> Frame:
        """The first frame of this type with these fields."""
        wanted = {"type": kind, **fields}
        return await self.frame(lambda frame: frame.items() >= wanted.items())

    async def close_code(self, *, seconds: float = PATIENCE_SECONDS) -> int | None:
        """Wait for the server to close the socket; the code it gave."""
        await asyncio.wait_for(self.socket.wait_closed(), seconds)
        await self._reader
        return self.socket.close_code

    # What it knows of a room

    def messages(self, room: int) -> dict[int, Frame]:
        """All messages of a room in the received frames, by position, each in its newest state."""
        found: dict[int, Frame] = {}
        for event in self._events:
            for message in _messages_of(room, event):
                known = found.get(message["position"])
                if known is None or known["revision"] < message["revision"]:
                    found[message["position"]] = message
        return dict(sorted(found.items()))

    async def position(self, room: int, position: int) -> None:
        """Wait until the message of a room at this position was received."""
        async with asyncio.timeout(PATIENCE_SECONDS), self._came:
            while max(self.messages(room), default=0) < position:
                assert not self._reader.done(), f"closed with {self.socket.close_code} after {self.frames[-3:]}"
                await self._came.wait()


def _messages_of(room: int, event: Event) -> list[Frame]:
    """The messages of a room in an event, as they came."""
    if isinstance(event, Changes | Page):
        its_room = event.room
    elif isinstance(event, Opened):
        its_room = event.room.id
    else:
        return []
    messages: list[Frame] = event.fields.get("messages", [])
    return messages if its_room == room else []
