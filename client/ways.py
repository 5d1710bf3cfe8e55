"""The transports by name."""

from typing import Literal, assert_never

from .errors import ClientError
from .exchange import Exchange
from .frame_parsers import EventParser, LineParser
from .transports import BREATH_SECONDS, WAIT_SECONDS, Polls, Stream, Transport

Way = Literal["sse", "ndjson", "websocket", "long_polling", "polling"]


def transport(way: Way, exchange: Exchange, *, poll_seconds: float) -> Transport:
    """One of the transports. `poll_seconds` is the pause of the one that polls without waiting."""
    match way:
        case "sse":
            return Stream(exchange, EventParser)
        case "ndjson":
            return Stream(exchange, LineParser)
        case "websocket":
            return websocket(exchange)
        case "long_polling":
            return Polls(exchange, wait=WAIT_SECONDS, pause=BREATH_SECONDS)
        case "polling":
            return Polls(exchange, wait=0, pause=poll_seconds)
    assert_never(way)


def websocket(exchange: Exchange) -> Transport:
    """A WebSocket. Raises ClientError without the package `websockets`."""
    try:
        from .socket_transport import SocketTransport
    except ImportError as error:
        raise ClientError("WebSockets need another package: pip install websockets") from error
    return SocketTransport(exchange)
