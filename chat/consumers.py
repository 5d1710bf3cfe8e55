"""The WebSocket, in and out. What a frame means is decided elsewhere."""

import asyncio
import logging
import time
from typing import Any

from channels.consumer import AsyncConsumer
from django.conf import settings
from django.http import parse_cookie
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

from chat import dispatch
from chat.live.connection import WRITE_NOW, Connection
from chat.live.hub import Hub, current_hub
from chat.live.outage import asking
from chat.live.rate import TokenBucket
from chat.live.reader_pool import LOST_CONNECTION
from chat.live.refusals import Reason, refusals
from chat.models.audit import Way
from chat.protocol import PROTOCOL
from chat.protocol.commands import BadFrameError, Ref, RefusedCommandError, parse
from chat.protocol.errors import CloseCode
from chat.protocol.limits import FRAME_BYTES
from chat.queries.sessions import ConnectState
from chat.services.origin import request_from

logger = logging.getLogger(__name__)

MOST_BYTES_PER_CHARACTER = 4

COMMANDS_PER_SECOND = 50
COMMANDS_BURST = 200
"""The rate at which one connection may send commands of any kind."""

RATE_LIMITED_WAIT_SECONDS = 0.25
"""A client over the rate is asked to wait at least this long."""

RATE_LIMITED_PAUSE_SECONDS = 0.1
"""The next frame of a client over the rate is not handled for this long, so that refusing a flood costs little.

Shorter than the wait, so that a frame that was already queued behind the refusal counts as one that ignored it.
"""


class ChatConsumer(AsyncConsumer):
    """One socket: signs in by its session, says hello, hands frames to `dispatch` one after the other."""

    hub: Hub
    connection: Connection | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Live as long as the socket; a server that cancels this says nothing of a disconnect.

        The stock method waits for several sources at once, with a task for each event. Here is one source.
        """
        self.scope, self._send = scope, send
        with request_from(Way.SOCKET, self._address()):
            try:
                while (message := await receive())["type"] != "websocket.disconnect":
                    await self.dispatch(message)
            finally:
                self._leave()

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Handle one event of the server, without the thread hop of the stock method, and without ever raising."""
        kind = message["type"]
        try:
            if kind == "websocket.connect":
                await self._enter()
            elif kind == "websocket.receive":
                await self._receive(message)
        except LOST_CONNECTION as error:
            asking.failed(error)
            await self._refuse(CloseCode.TOO_SLOW)
        except Exception:
            logger.exception("A socket failed")
            await self._refuse(CloseCode.TOO_SLOW)

    async def _enter(self) -> None:
        self.hub = current_hub()
        self.bucket = TokenBucket(COMMANDS_PER_SECOND, COMMANDS_BURST, time.monotonic())
        offered = list(self.scope.get("subprotocols") or [])
        session_key = self._cookies().get(settings.SESSION_COOKIE_NAME, "")
        if session_key and self.hub.handshakes.take(session_key):
            refusals.count(Reason.HANDSHAKES)
            await self._send({"type": "websocket.close"})  # before it is accepted: HTTP 403
            return
        arrival = await self.hub.sessions_loader.load(session_key)
        await self._send({"type": "websocket.accept", "subprotocol": PROTOCOL if PROTOCOL in offered else None})
        code = self._refusal(offered, arrival)
        if code is not None or arrival is None:
            await self._refuse(code or CloseCode.SIGNED_OUT)
            return
        extensions: dict[str, Any] = self.scope.get("extensions") or {}
        self.connection = self.hub.connect(
            self._send, arrival.signed_in, arrival.rooms, self._language(), extensions.get(WRITE_NOW, {}).get("write")
        )
        self.hub.greet(self.connection, arrival)

    def _refusal(self, offered: list[str], arrival: ConnectState | None) -> CloseCode | None:
        if self.hub.is_draining:
            return CloseCode.RESTARTING
        if offered and PROTOCOL not in offered:
            return CloseCode.NO_SUBPROTOCOL
        if arrival is None:
            return CloseCode.SIGNED_OUT
        if not arrival.signed_in.user.is_active:
            return CloseCode.DEACTIVATED
        if self.hub.registry.has_all_sockets(arrival.signed_in.user.pk):
            refusals.count(Reason.PERSON)
            return CloseCode.TOO_MANY_SOCKETS
        return None

    async def _receive(self, message: dict[str, Any]) -> None:
        connection = self.connection
        if connection is None or connection.is_closed:
            return
        now = time.monotonic()
        connection.heard_at = self.hub.loop.time()
        text = message.get("text")
        if text is None:
            connection.close(CloseCode.BAD_FRAME)
            return
        if len(text) > FRAME_BYTES // MOST_BYTES_PER_CHARACTER and len(text.encode()) > FRAME_BYTES:
            connection.close(CloseCode.FRAME_TOO_LARGE)
            return
        try:
            command = parse(text)
        except BadFrameError:
            connection.close(CloseCode.BAD_FRAME)
            return
        except RefusedCommandError as refused:  # a malformed command counts against the rate as well
            if not await self._is_rate_limited(connection, refused.ref, now):
                dispatch.refuse(connection, refused.ref, refused.error)
            return
        if not await self._is_rate_limited(connection, command.ref, now):
            await dispatch.run(self.hub, connection, command)

    async def _is_rate_limited(self, connection: Connection, ref: Ref, now: float) -> bool:
        """Whether a command comes too soon after the others. If so, it is refused, and the next one is held up."""
        wait = self.bucket.take(now) or connection.person.pace.commands.take(now)
        if not wait:
            return False
        error = dispatch.rate_limited(connection, max(wait, RATE_LIMITED_WAIT_SECONDS), now)
        dispatch.refuse(connection, ref, error)
        await asyncio.sleep(RATE_LIMITED_PAUSE_SECONDS)
        return True

    def _leave(self) -> None:
        if self.connection is not None:
            self.hub.disconnect(self.connection)

    async def _refuse(self, code: CloseCode) -> None:
        if self.connection is not None:
            self.connection.close(code)
        else:
            await self._send({"type": "websocket.close", "code": int(code)})

    def _address(self) -> str:
        """The client's address, as our proxies report it; "" over a Unix socket."""
        host, *_port = self.scope.get("client") or [""]
        return host or ""

    def _header(self, name: bytes) -> str:
        values = (value for key, value in self.scope["headers"] if key.lower() == name)
        return next(values, b"").decode("latin1")

    def _cookies(self) -> dict[str, str]:
        return parse_cookie(self._header(b"cookie"))

    def _language(self) -> str:
        """The reader's language: the one they chose, else the first that their browser asks for and we have."""
        asked = [self._cookies().get(settings.LANGUAGE_COOKIE_NAME, "")]
        asked += [code for code, _weight in parse_accept_lang_header(self._header(b"accept-language"))]
        for code in asked:
            try:
                found: str = translation.get_supported_language_variant(code)
            except LookupError:
                continue
            return found
        return str(settings.LANGUAGE_CODE)
