"""The way to receive events over a WebSocket, on which each room of the bot is opened."""

import asyncio
from collections.abc import AsyncGenerator

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from .codes import CLOSED_ABNORMALLY
from .connecting import options, retry_after, socket_address
from .decoding import decode
from .errors import ConnectionEndedError
from .events import Event
from .feed import Feed
from .opening import Opening
from .transports import Transport


class SocketTransport(Transport):
    """One WebSocket after the other."""

    opens_rooms = True

    async def events(self, feed: Feed) -> AsyncGenerator[Event, None]:
        clock = asyncio.get_running_loop().time
        opening = Opening(feed, clock)
        given = options(self._exchange.headers["Authorization"]) | {"ssl": self._exchange.tls}
        try:
            async with connect(socket_address(self._exchange.site), **given) as socket:
                while not opening.is_dead:
                    for text in opening.outgoing():
                        await socket.send(text)
                    frame = await _received(socket, opening.due_at - clock())
                    event = None if frame is None else opening.take(decode(frame))
                    if event is not None:
                        yield event
        except ConnectionClosed as error:
            code = error.rcvd.code if error.rcvd is not None else CLOSED_ABNORMALLY
            raise ConnectionEndedError(code) from error
        except InvalidHandshake as error:
            pause = retry_after(error)
            raise ConnectionEndedError(CLOSED_ABNORMALLY, retry_after=pause, reason=str(error)) from error
        raise ConnectionEndedError(CLOSED_ABNORMALLY, reason="The server does not answer.")


async def _received(socket: ClientConnection, seconds: float) -> str | bytes | None:
    """The next frame, or None after `seconds`."""
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            return await socket.recv()
    except TimeoutError:
        return None
