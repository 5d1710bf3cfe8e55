"""Transports for tests, and clients that reach the hub of this process by each of them, without a server."""

import asyncio
import json
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self

from django.conf import settings

from chat.consumers import ChatConsumer
from chat.live import command_runner
from chat.live.hub import current_hub
from chat.live.transport import WriteNow
from chat.queries.credentials import SessionCredential
from chat.websocket import WRITE_NOW
from tests.harness.inprocess import Receiver, until
from tests.harness.wire import read_frame

HANDSHAKE_REFUSED = 1006
"""What a browser reports if the handshake was answered with 403."""


async def ignored(_code: int) -> None:
    """Close nothing."""


@dataclass(slots=True)
class FunctionTransport:
    """A transport that calls these functions."""

    send: Callable[[str], Awaitable[None]]
    close: Callable[[int], Awaitable[None]] = ignored
    write_now: WriteNow | None = None


def some_credential(user_id: int = 1, *, session_key: str = "s") -> SessionCredential:
    """A credential for tests in which nobody checks it."""
    return SessionCredential(user_id, session_key, ("", 0))


class PaceClock:
    """The clock by which paces are measured; a test moves it."""

    def __init__(self, now: float) -> None:
        self.now = now + 60  # a person who connects has done nothing for a while

    def monotonic(self) -> float:
        """The time."""
        return self.now


Open = Callable[..., Awaitable[Any]]


class TransportClient(Receiver):
    """A client with a session or none. Its commands are carried out one after the other, as they were put."""

    def __init__(self, session_key: str | None) -> None:
        super().__init__()
        self.session_key = session_key
        self.task: asyncio.Task[None] | None = None

    async def open(self) -> Self:
        """Connect, and wait for the first frame or the end."""
        self.task = asyncio.create_task(self._serve())
        await until(lambda: self.frames or self.close_code)
        return self

    async def leave(self) -> None:
        """The client is gone."""
        self._break_off()
        assert self.task is not None
        await self.task

    def give(self, type_: str, **fields: Any) -> int:
        """Send a command, and return its ref."""
        ref = next(self._refs)
        self.put(json.dumps({"type": type_, "ref": ref, **fields}, default=str))
        return ref

    async def ask(self, type_: str, **fields: Any) -> dict[str, Any]:
        """Send a command and wait for its reply."""
        return await self.reply(self.give(type_, **fields))

    @abstractmethod
    def put(self, text: str) -> None:
        """Send a frame."""

    @abstractmethod
    async def _serve(self) -> None:
        """Be served until the client breaks off."""

    @abstractmethod
    def _break_off(self) -> None:
        """Make `_serve` end."""


class WebSocketClient(TransportClient):
    """A socket that is served by a consumer."""

    def __init__(self, session_key: str | None, *, subprotocols: list[str] | None = None, **headers: str) -> None:
        super().__init__(session_key)
        cookie = f"{settings.SESSION_COOKIE_NAME}={session_key}" if session_key else ""
        given = {"cookie": "; ".join(filter(None, [cookie, headers.pop("cookie", "")])), **headers}
        self.scope: dict[str, Any] = {
            "type": "websocket",
            "path": "/ws/",
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()],
            "subprotocols": subprotocols or [],
            "client": ["2001:db8::1:2", 50_000],
        }
        self.accepted: dict[str, Any] | None = None
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def put(self, text: str | bytes) -> None:
        kind = "bytes" if isinstance(text, bytes) else "text"
        self._events.put_nowait({"type": "websocket.receive", kind: text})

    async def _serve(self) -> None:
        self._events.put_nowait({"type": "websocket.connect"})
        await ChatConsumer.as_asgi()(self.scope, self._events.get, self._send)  # type: ignore[arg-type]

    def _break_off(self) -> None:
        self._events.put_nowait({"type": "websocket.disconnect", "code": HANDSHAKE_REFUSED})

    async def _send(self, message: dict[str, Any]) -> None:
        await self._takes.wait()
        if message["type"] == "websocket.accept":
            self.accepted = message
        elif message["type"] == "websocket.close":
            self.close_code = message.get("code", HANDSHAKE_REFUSED)
        else:
            self.frames.append(read_frame(message["text"]))


class DirectWebSocketClient(WebSocketClient):
    """A socket of a server that offers direct writes, as ours does."""

    def __init__(self, session_key: str | None, **more: Any) -> None:
        super().__init__(session_key, **more)
        self.scope["extensions"] = {WRITE_NOW: {"write": self._write_now}}

    def _write_now(self, text: str) -> bool:
        if self._takes.is_set():
            self.frames.append(read_frame(text))
        return self._takes.is_set()


class InProcessClient(TransportClient):
    """A client in the process of the hub, which is its own transport: no ASGI, no WebSocket, no HTTP."""

    write_now = None

    def __init__(self, session_key: str | None) -> None:
        super().__init__(session_key)
        self._texts: asyncio.Queue[str | None] = asyncio.Queue()

    def put(self, text: str) -> None:
        self._texts.put_nowait(text)

    async def send(self, text: str) -> None:
        """Take a frame from the hub."""
        await self._takes.wait()
        self.frames.append(read_frame(text))

    async def close(self, code: int) -> None:
        """Take the end of the connection from the hub."""
        await self._takes.wait()
        self.close_code = code

    async def _serve(self) -> None:
        hub = current_hub()
        state = await hub.sessions_loader.load(self.session_key or "")
        self.close_code = hub.refusal(state)
        if self.close_code is not None or state is None:
            return
        connection = hub.connect(self, state.signed_in, state.rooms, language="en")
        hub.greet(connection, state)
        try:
            while (text := await self._texts.get()) is not None:
                if not connection.is_closed:
                    await command_runner.receive(hub, connection, text)
        finally:
            hub.disconnect(connection)

    def _break_off(self) -> None:
        self._texts.put_nowait(None)
