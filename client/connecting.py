"""Options and helpers for WebSockets, shared by both drivers of ClientProtocol."""

from typing import Any

from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from .codes import SUBPROTOCOL
from .protocol import ClientProtocol
from .room import Room

SOCKET_PATH = "/ws/"
BEARER = "Bearer "
FRAME_BYTES = 1024 * 1024
"""Larger than any frame of the server, in bytes."""
OPEN_SECONDS = 15.0
CLOSE_SECONDS = 2.0
WAKE_SECONDS = 1.0
"""A driver checks at least this often whether something is due."""
MOST_EVENTS = 10_000
"""Most events that are queued for a loop over events."""


def socket_address(site: str) -> str:
    """The URL of a site's WebSocket: `wss://chat.example/ws/` for `https://chat.example`."""
    return site.rstrip("/").replace("http", "ws", 1) + SOCKET_PATH


def options(credential: str) -> dict[str, Any]:
    """The arguments of `connect` of the websockets library. The credential is a cookie, or `Bearer` and a token."""
    return {
        "additional_headers": {"Authorization" if credential.startswith(BEARER) else "Cookie": credential},
        "subprotocols": [Subprotocol(SUBPROTOCOL)],
        "max_size": FRAME_BYTES,
        "open_timeout": OPEN_SECONDS,
        "close_timeout": CLOSE_SECONDS,
        "ping_interval": None,  # the protocol has its own heartbeat
    }


def retry_after(error: Exception) -> float:
    """The seconds in the `Retry-After` of a refused handshake; 0 if there is none."""
    if isinstance(error, InvalidStatus):
        given = error.response.headers.get("Retry-After", "")
        return float(given) if given.isascii() and given.isdigit() else 0.0
    return 0.0


def wait_seconds(protocol: ClientProtocol) -> float:
    """How long to wait for a frame before something is due."""
    return min(WAKE_SECONDS, max(0.0, protocol.due_at - protocol.clock()))


def room_id(room: Room | int) -> int:
    """The id of a room."""
    return room if isinstance(room, int) else room.id
