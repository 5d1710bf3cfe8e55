"""A chat client for tests: it speaks the wire, keeps every frame it got, and waits for what should come."""

import asyncio
import contextlib
import itertools
import json
import uuid
from collections.abc import Callable
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.harness.wire import read_frame

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
        self._refs = itertools.count(1)
        self._rooms: dict[int, int | None] = {}
        """The room of each command, by its ref."""
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
                    self.frames.append(self._read_frame(str(text)))
                    self._came.notify_all()
        async with self._came:
            self._came.notify_all()

    def _read_frame(self, text: str) -> Frame:
        """A frame in which each message names its room."""
        frame = read_frame(text)
        room = frame.get("room") if frame["type"] == "changes" else self._rooms.get(frame.get("ref", 0))
        for message in frame.get("messages", ()):
            message["room"] = room
        if "message" in frame:
            frame["message"]["room"] = frame["room"]
        return frame

    async def send_raw(self, data: str | bytes) -> None:
        """Send a frame as it is."""
        await self.socket.send(data)

    async def post(self, kind: str, **fields: Any) -> int:
        """Send a command and do not wait; its `ref`."""
        ref = next(self._refs)
        self._rooms[ref] = fields.get("room")
        await self.send_raw(json.dumps({"type": kind, "ref": ref, **fields}))
        return ref

    async def reply(self, ref: int) -> Frame:
        """The reply to a command."""
        return await self.frame(lambda frame: frame["type"] == "reply" and frame["ref"] == ref)

    async def command(self, kind: str, **fields: Any) -> Frame:
        """Send a command; its reply, a refusal or not."""
        return await self.reply(await self.post(kind, **fields))

    async def ok(self, kind: str, **fields: Any) -> Frame:
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
        """All messages of a room it was told of, by position, each in its newest state."""
        found: dict[int, Frame] = {}
        for message in self._told(room):
            known = found.get(message["position"])
            if known is None or known["revision"] < message["revision"]:
                found[message["position"]] = message
        return dict(sorted(found.items()))

    def _told(self, room: int) -> list[Frame]:
        return [
            message
            for frame in self.frames
            if frame["type"] == "changes" or "messages" in frame
            for message in frame["messages"]
            if message["room"] == room
        ]

    async def position(self, room: int, position: int) -> None:
        """Wait until it was told of a room's message at this position."""
        await self.frame(
            lambda frame: any(m["room"] == room and m["position"] >= position for m in frame.get("messages", ()))
        )


def new_key() -> str:
    """A key for a message."""
    return str(uuid.uuid4())
