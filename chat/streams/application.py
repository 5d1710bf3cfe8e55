"""The ASGI application of the feed: `GET` or `POST /api/v1/events`, as a stream or as polls."""

import asyncio
import math
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from weakref import WeakKeyDictionary

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chat.handshake import language
from chat.live.connection import Connection
from chat.live.hub import Hub, current_hub
from chat.live.limited import limit_of, limited
from chat.live.outage import asking
from chat.live.reader_pool import LOST_CONNECTION
from chat.live.refusals import Reason, refusals
from chat.live.transport import Transport
from chat.presented import Presented, presented
from chat.protocol.errors import ChatError, CloseCode, Invalid, RateLimited, TooLarge, Unavailable
from chat.protocol.limits import FRAME_BYTES
from chat.protocol.shapes import Error
from chat.queries.sessions import ConnectState
from chat.services.rates import RateTable
from chat.streams.event_stream import HEADERS, EventStream
from chat.streams.opening import Opening
from chat.streams.poll import Parking, Poll, PollTransport
from chat.streams.pulse import Pulse
from chat.streams.requests import FeedRequest, NotAcceptableError, parse_request

POLLS_PER_SECOND = 10
POLLS_BURST = 100
"""The rate at which one client may poll."""

RETRY_SECONDS = (30, 60)
"""A client over its number of streams is asked to come back after a random time between these."""

RECONNECT_SECONDS = 5
METHODS = ("GET", "POST")
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class RefusedError(Exception):
    """A request that gets no events, and the answer to it."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        message: str | Promise,
        *,
        retry_after: float | None = None,
        field: str | None = None,
        headers: Sequence[tuple[bytes, bytes]] = (),
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.field = field
        self.headers = headers


STATUS_OF_ERROR = {"too_large": 413, "forbidden": 403, "rate_limited": 429, "unavailable": 503}


def refused(error: ChatError) -> RefusedError:
    """The answer to an error."""
    status = HTTPStatus(STATUS_OF_ERROR.get(error.code, 400))
    return RefusedError(status, error.code, error.message, retry_after=error.retry_after, field=error.field)


def refused_with(code: int) -> RefusedError:
    """The answer to a client that may not connect, or whose connection was closed with this code."""
    if code == CloseCode.SIGNED_OUT:
        return RefusedError(
            HTTPStatus.UNAUTHORIZED,
            "unauthenticated",
            _("Sign in, or send a valid token."),
            headers=[(b"www-authenticate", b"Bearer")],
        )
    if code == CloseCode.DEACTIVATED:
        return RefusedError(HTTPStatus.FORBIDDEN, "forbidden", _("This account is deactivated."))
    if code == CloseCode.TOO_MANY_SOCKETS:
        wait = random.randint(*RETRY_SECONDS)  # noqa: S311
        return RefusedError(HTTPStatus.TOO_MANY_REQUESTS, "rate_limited", RateLimited.sentence, retry_after=wait)
    wait = random.randint(1, RECONNECT_SECONDS)  # noqa: S311
    return RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", Unavailable.sentence, retry_after=wait)


class Clients:
    """What is kept of the clients of one hub between requests."""

    def __init__(self) -> None:
        self.pulse = Pulse()
        self.parking = Parking()
        self.polls = RateTable(per_second=POLLS_PER_SECOND, burst=POLLS_BURST)


_clients: WeakKeyDictionary[Hub, Clients] = WeakKeyDictionary()


def clients_of(hub: Hub) -> Clients:
    """The clients of a hub."""
    found = _clients.get(hub)
    if found is None:
        found = _clients[hub] = Clients()
    return found


async def events_application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Answer one request. Never raises, unless it is cancelled."""
    try:
        await Exchange(scope, receive, send).run()
    except RefusedError as refusal:
        await respond_refusal(send, refusal, language(scope))
    except NotAcceptableError:
        not_acceptable = RefusedError(HTTPStatus.NOT_ACCEPTABLE, "invalid", Invalid.sentence, field="accept")
        await respond_refusal(send, not_acceptable, language(scope))
    except ChatError as error:
        await respond_refusal(send, refused(error), language(scope))
    except LOST_CONNECTION as error:
        asking.failed(error)
        await respond_refusal(send, refused(Unavailable()), language(scope))


class Exchange:
    """One request and its answer."""

    def __init__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        self.hub = current_hub()
        self.scope = scope
        self.receive = receive
        self.send = send

    async def run(self) -> None:
        """Answer the request. Raises RefusedError, NotAcceptableError and ChatError."""
        if self.scope["method"] not in METHODS:
            allow = [(b"allow", ", ".join(METHODS).encode())]
            raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, "invalid", Invalid.sentence, headers=allow)
        body = await _body(self.receive)
        if body is None:
            return
        request = parse_request(self.scope, body)
        given = presented(self.scope)
        if given is None:
            raise refused_with(CloseCode.SIGNED_OUT)
        if request.format is None:
            _within(clients_of(self.hub).polls, given.proof, Reason.PACE)
            await self._poll(request, given)
            return
        _within(self.hub.handshakes, given.session_key or given.proof, Reason.HANDSHAKES)
        state = await self._state(given, request)
        stream = EventStream(self.send, self.scope, request.format, clients_of(self.hub).pulse)
        connection, opening = self._connect(stream, state, request)
        del state, request, body  # large, and this frame lives as long as the stream
        await self._serve(stream, connection, opening)

    async def _state(self, given: Presented, request: FeedRequest) -> ConnectState:
        """Who asks, and their rooms. Nothing may wait between this and connecting: `refusal` counts connections."""
        state = await given.state(self.hub)
        code = self.hub.refusal(state)
        if code is not None or state is None or request.user not in (None, state.signed_in.user.pk):
            raise refused_with(code or CloseCode.SIGNED_OUT)
        return state

    def _connect(self, transport: Transport, state: ConnectState, request: FeedRequest) -> tuple[Connection, Opening]:
        limit = limit_of(state.signed_in.credential)
        connection = self.hub.connect(
            limited(transport, limit), state.signed_in, state.rooms, language=language(self.scope)
        )
        connection.is_shared = request.is_shared
        return connection, Opening(self.hub, connection, state, request, limit=limit)

    async def _serve(self, stream: EventStream, connection: Connection, opening: Opening) -> None:
        """Send events until the client is gone."""
        stream.attach(connection, opening)
        catching_up: asyncio.Task[None] | None = None
        try:
            if opening.greets:
                opening.begin()
            else:
                await stream.begin()
            catching_up = asyncio.get_running_loop().create_task(opening.run())
            del opening
            await _gone(self.receive)
        except asyncio.CancelledError:
            if not stream.is_aborted:
                raise
        finally:
            stream.detach()
            if catching_up is not None:
                catching_up.cancel()
            self.hub.disconnect(connection)

    async def _poll(self, request: FeedRequest, given: Presented) -> None:
        parking = clients_of(self.hub).parking
        poll = self._continued(request, given)
        if poll is None:
            state = await self._state(given, request)
            transport = PollTransport()
            poll = Poll(self.hub, transport, *self._connect(transport, state, request), commands=request.commands)
            poll.start()
        is_kept = False
        try:
            if not await _before_it_leaves(poll.wait(request.wait), self.receive):
                return
            code = poll.transport.code
            if code is not None and not poll.transport.frames:
                raise refused_with(code)
            body, cursor = poll.answer()
            is_last = request.is_single and poll.is_opened
            if code is None and not is_last and not self.hub.is_draining:
                is_kept = parking.park((given.proof, request.rooms_text, cursor), poll)
        finally:
            if not is_kept:
                poll.end()
        await respond(self.send, HTTPStatus.OK, body)

    def _continued(self, request: FeedRequest, given: Presented) -> Poll | None:
        """The poll that this one continues. It has handled the commands, which a client repeats in case it is gone."""
        if not request.cursor_text or (request.is_single and request.commands):
            return None
        key = (given.proof, request.rooms_text, request.cursor_text)
        return clients_of(self.hub).parking.take(key, request.commands)


async def _body(receive: Receive) -> bytes | None:
    """The body; None if the client is gone."""
    body = b""
    while True:
        message: Mapping[str, Any] = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += bytes(message.get("body", b""))
        if len(body) > FRAME_BYTES:
            raise TooLarge
        if not message.get("more_body"):
            return body


def _within(rates: RateTable, key: str, reason: Reason) -> None:
    """Count a request against a rate. Raises RateLimited."""
    wait = rates.take(key)
    if wait:
        refusals.count(reason)
        raise RateLimited(retry_after=math.ceil(wait * 100) / 100)


async def _before_it_leaves(work: Awaitable[None], receive: Receive) -> bool:
    """Wait for work. Returns whether the client was there until the end; otherwise the work is cancelled."""
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait([working, leaving], return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
        return working.done()
    finally:
        working.cancel()
        leaving.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def respond(send: Send, status: HTTPStatus, body: bytes, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
    """Answer with JSON."""
    own = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": int(status), "headers": [*own, *HEADERS, *headers]})
    await send({"type": "http.response.body", "body": body})


async def respond_refusal(send: Send, refusal: RefusedError, in_language: str) -> None:
    """Answer with an Error, in the reader's language."""
    with translation.override(in_language):
        shape = Error(
            code=refusal.code, message=str(refusal.message), field=refusal.field, retry_after=refusal.retry_after
        )
    headers = list(refusal.headers)
    if refusal.retry_after is not None:
        headers.append((b"retry-after", str(max(1, math.ceil(refusal.retry_after))).encode()))
    await respond(send, refusal.status, f'{{"error":{shape.encode()}}}'.encode(), headers)
