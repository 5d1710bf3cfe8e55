"""A single client that waits for each reply, to measure a command without other load."""

import asyncio
from typing import Self

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from bench.delivery_tally import clock
from client.decoding import decode
from client.events import Answer, Reply
from client.requests import Requests

TIMEOUT_SECONDS = 20.0


class Asker(WSListener):
    """A client of `chat.v1` that sends one command at a time."""

    def __init__(self) -> None:
        self._transport: WSTransport | None = None
        self._requests = Requests(clock)
        self._waiting: asyncio.Future[bytes] | None = None

    @classmethod
    async def connect(cls, port: int, cookie: str) -> Self:
        """A signed-in client that has received `hello`."""
        asker = cls()
        asker._waiting = asyncio.get_running_loop().create_future()
        await ws_connect(
            lambda: asker,
            f"ws://127.0.0.1:{port}/ws/",
            extra_headers={"Cookie": cookie, "Origin": f"http://127.0.0.1:{port}"},
        )
        await asyncio.wait_for(asker._waiting, TIMEOUT_SECONDS)
        return asker

    async def ask(self, command: str, **fields: object) -> tuple[Answer, float]:
        """Send a command. Returns the reply, and the seconds from sending until all of it was received. Raises
        RuntimeError if the command is refused."""
        assert self._transport is not None
        self._waiting = asyncio.get_running_loop().create_future()
        _ref, command_text = self._requests.ask({"type": command, **fields})
        began = clock()
        self._transport.send(WSMsgType.TEXT, command_text.encode())
        text = await asyncio.wait_for(self._waiting, TIMEOUT_SECONDS)
        seconds = clock() - began
        outcome = self._requests.answer(_reply(text))
        if not isinstance(outcome, Answer):
            raise RuntimeError(f"{command} was refused: {outcome}")  # noqa: TRY004
        return outcome, seconds

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.disconnect(graceful=False)

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is not WSMsgType.TEXT or self._waiting is None or self._waiting.done():
            return
        payload = frame.get_payload_as_bytes()
        if payload.startswith((b'{"type":"reply"', b'{"type":"hello"')):
            self._waiting.set_result(payload)


def _reply(payload: bytes) -> Reply:
    frame = decode(payload)
    assert isinstance(frame, Reply)
    return frame
