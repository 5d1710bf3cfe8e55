"""The WebSocket consumer: handshake and frames. `chat.live` handles the contents of frames."""

import asyncio
import logging
from typing import Any

from channels.consumer import AsyncConsumer

from chat.handshake import address, language
from chat.live import command_runner
from chat.live.command_runner import Require
from chat.live.connection import Connection
from chat.live.hub import Hub, current_hub
from chat.live.limited import limit_of, limited, within
from chat.live.outage import asking
from chat.live.reader_pool import LOST_CONNECTION
from chat.live.refusals import Reason, refusals
from chat.live.token_commands import requirement
from chat.models.audit import Way
from chat.presented import Presented, presented_by_socket
from chat.protocol import PROTOCOL
from chat.protocol.errors import CloseCode, Forbidden, Invalid, RateLimited
from chat.queries.sessions import ConnectState
from chat.services.origin import request_from
from chat.websocket import WebSocketTransport

logger = logging.getLogger(__name__)

HANDSHAKE_REFUSAL_SECONDS = 1.0
"""Delay before a handshake over the rate is refused, so that a client that retries at once costs little."""


class ChatConsumer(AsyncConsumer):
    """One socket: authenticates its session or token, connects it to the hub and passes on its frames one by one."""

    hub: Hub
    socket: WebSocketTransport
    connection: Connection | None = None
    _require: Require | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Run until the socket closes. A server that cancels this sends no disconnect event.

        The method of Channels awaits several sources, with a task for each event. Here is only one source.
        """
        self.scope, self.socket = scope, WebSocketTransport(send, scope)
        with request_from(Way.SOCKET, address(scope)):
            try:
                while (message := await receive())["type"] != "websocket.disconnect":
                    await self.dispatch(message)
            finally:
                if self.connection is not None:
                    self.hub.disconnect(self.connection)

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Handle one ASGI event, without the thread hop of the method of Channels. Never raises."""
        kind = message["type"]
        try:
            if kind == "websocket.connect":
                await self._connect()
            elif kind == "websocket.receive":
                await self._receive(message)
        except LOST_CONNECTION as error:
            asking.failed(error)
            await self._close(CloseCode.TOO_SLOW)
        except Exception:
            logger.exception("A socket failed")
            await self._close(CloseCode.TOO_SLOW)

    async def _connect(self) -> None:
        self.hub = current_hub()
        try:
            state = await self._state(presented_by_socket(dict(self.scope)))
        except (Invalid, Forbidden):
            await self.socket.refuse()
            return
        except RateLimited:
            refusals.count(Reason.HANDSHAKES)
            await asyncio.sleep(HANDSHAKE_REFUSAL_SECONDS)
            await self.socket.refuse()
            return
        offered = list(self.scope.get("subprotocols") or [])
        await self.socket.accept(PROTOCOL if PROTOCOL in offered else None)
        if offered and PROTOCOL not in offered:
            await self._close(CloseCode.NO_SUBPROTOCOL)
        elif (code := self.hub.refusal(state)) is not None:
            await self._close(code)
        elif state is not None:
            self._serve(state)

    async def _state(self, given: Presented) -> ConnectState | None:
        """Who connects; None if they may not. Raises RateLimited."""
        key = given.proof if given.session_key is None else given.session_key
        if key and (wait := self.hub.handshakes.take(key)):
            raise RateLimited(retry_after=wait)
        try:
            return await given.state(self.hub)
        except Forbidden:
            return None

    def _serve(self, state: ConnectState) -> None:
        limit = limit_of(state.signed_in.credential)
        transport = limited(self.socket, limit)
        self.connection = self.hub.connect(transport, state.signed_in, state.rooms, language=language(self.scope))
        self._require = requirement(self.connection, limit)
        self.hub.greet(self.connection, within(state, limit))

    async def _receive(self, message: dict[str, Any]) -> None:
        connection = self.connection
        if connection is None or connection.is_closed:
            return
        connection.received_at = self.hub.loop.time()
        text = message.get("text")
        if text is None:
            connection.close(CloseCode.BAD_FRAME)
        else:
            await command_runner.receive(self.hub, connection, text, require=self._require)

    async def _close(self, code: CloseCode) -> None:
        if self.connection is not None:
            self.connection.close(code)
        else:
            await self.socket.close(code)
