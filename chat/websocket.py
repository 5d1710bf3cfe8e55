"""The ASGI messages that the application sends to a WebSocket. They are made only here."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from chat.live.transport import WriteNow

WRITE_NOW = "websocket.write_now"
"""The ASGI extension in which our server provides `write`. Other servers have only `send`."""

Send = Callable[[dict[str, Any]], Awaitable[None]]


class WebSocketTransport:
    """A WebSocket of an ASGI server, as a Transport."""

    __slots__ = ("_send", "write_now")

    def __init__(self, send: Send, scope: Mapping[str, Any]) -> None:
        self._send = send
        extensions: Mapping[str, Any] = scope.get("extensions") or {}
        self.write_now: WriteNow | None = extensions.get(WRITE_NOW, {}).get("write")

    async def accept(self, subprotocol: str | None) -> None:
        await self._send({"type": "websocket.accept", "subprotocol": subprotocol})

    async def refuse(self) -> None:
        """Refuse the handshake with HTTP 403."""
        await self._send({"type": "websocket.close"})

    def send(self, text: str) -> Awaitable[None]:
        """Send a text frame; waits while the server applies backpressure."""
        return self._send({"type": "websocket.send", "text": text})

    def close(self, code: int) -> Awaitable[None]:
        return self._send({"type": "websocket.close", "code": int(code)})
