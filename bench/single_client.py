"""One client that asks and waits: the time of a single command, without a crowd."""

import asyncio
import json
from typing import Any, Self

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from bench.delivery_tally import clock

TIMEOUT_SECONDS = 20.0


class Asker(WSListener):
    """Speaks `chat.v1`: a command at a time, and its reply."""

    def __init__(self) -> None:
        self._transport: WSTransport | None = None
        self._ref = 0
        self._waiting: asyncio.Future[bytes] | None = None

    @classmethod
    async def connect(cls, port: int, cookie: str) -> Self:
        """A signed-in client that has heard `hello`."""
        asker = cls()
        asker._waiting = asyncio.get_running_loop().create_future()
        await ws_connect(
            lambda: asker,
            f"ws://127.0.0.1:{port}/ws/",
            extra_headers={"Cookie": cookie, "Origin": f"http://127.0.0.1:{port}"},
        )
        await asyncio.wait_for(asker._waiting, TIMEOUT_SECONDS)
        return asker

    async def ask(self, command: str, **fields: object) -> tuple[dict[str, Any], float]:
        """The reply, and the seconds from sending the command to having it whole. Raises RuntimeError if refused."""
        assert self._transport is not None
        self._ref += 1
        self._waiting = asyncio.get_running_loop().create_future()
        payload = json.dumps({"type": command, "ref": self._ref, **fields}).encode()
        began = clock()
        self._transport.send(WSMsgType.TEXT, payload)
        text = await asyncio.wait_for(self._waiting, TIMEOUT_SECONDS)
        seconds = clock() - began
        reply: dict[str, Any] = json.loads(text)
        if not reply["ok"]:
            raise RuntimeError(f"{command} was refused: {reply['error']}")
        return reply, seconds

    def close(self) -> None:
        """Leave."""
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
