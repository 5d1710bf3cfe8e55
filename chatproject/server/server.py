"""
Daphne's server and command line, extended for a chat: `python -m chatproject.server --port 8000`.

Every option of `daphne` works. The application is plain ASGI and also runs on stock Daphne and uvicorn; this server
adds direct writes and backpressure (`chatproject.server.websocket`), limits for each client
(`chatproject.server.http`, `chatproject.server.admission`) and a graceful shutdown.
"""

import asyncio
import faulthandler
import gc
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

# Daphne installs the asyncio reactor, so it must be imported before Twisted.
import daphne.server  # isort: skip
from daphne.cli import CommandLineInterface
from django.conf import settings
from django.db import connection
from twisted.internet import reactor
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import (
    FilteringLogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    STDLibLogObserver,
    globalLogPublisher,
)

from chat.live.refusals import refusals
from chat.streams.live_response import LIVE_RESPONSE
from chat.websocket import WRITE_NOW
from chatproject.addresses import forwarded_client
from chatproject.server.admission import Admission
from chatproject.server.body_limits import BodyLimits
from chatproject.server.body_queue import BodyQueue
from chatproject.server.frames import FrameCache, LastFrame, chunk, compressed_frame
from chatproject.server.http import Intake
from chatproject.server.queue import SimpleQueue
from chatproject.server.resources import Descriptors, Memory
from chatproject.server.websocket import LINGER_SECONDS, ChatSocket
from chatproject.server.write_gate import WriteGate

logger = logging.getLogger(__name__)

APPLICATION = "chatproject.asgi:application"
LISTEN_BACKLOG = 1024
"""Backlog of the listening socket. All clients reconnect at once after a restart; Daphne's 50 would refuse many."""

RESTARTING_CLOSE_CODE = 4012
RECONNECT_SPREAD_SECONDS = 5
"""Clients reconnect after a random delay of up to this long."""

# Together these stages fit into the ten seconds that service managers and people wait.
TELL_SECONDS = 4
FINISH_SECONDS = 8
CANCEL_SECONDS = 1
EXIT_SECONDS = 9.75
ARRIVING_SECONDS = 0.3
"""Requests still arrive on connections accepted just before shutdown, and a proxy does not send a form twice."""

POLL_SECONDS = 0.02

FRAME_BYTES = 64 * 1024
"""Largest frame and largest fragmented message that a client may send; see docs/protocol.md."""

COLLECT_AFTER_OBJECTS = 10_000
"""Python's default threshold is 700."""


class Server(daphne.server.Server):  # type: ignore[misc]  # Daphne has no types
    """Daphne's server with `ChatSocket` as its WebSocket class and a drain before it stops."""

    draining = False

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.endpoints: list[str] = [_with_backlog(endpoint) for endpoint in self.endpoints]
        self.frames = FrameCache()
        self.compressed_frames = FrameCache(compressed_frame)
        self.chunks: LastFrame[bytes] = LastFrame(chunk)
        self.payloads: LastFrame[bytes] = LastFrame(bytes)
        self.live_paths: frozenset[bytes] = frozenset(path.encode() for path in settings.LIVE_PATHS)
        self.compresses: bool = settings.WEBSOCKET_COMPRESSION
        self.ports: list[Any] = []
        self.body_limits = BodyLimits(settings.BODY_LIMIT_BYTES, settings.BODY_LIMITS_BY_PATH)
        self.header_seconds: float = settings.REQUEST_HEADER_SECONDS
        self.body_seconds: float = settings.REQUEST_BODY_SECONDS
        self.proxies: int = max(1, settings.ALLAUTH_TRUSTED_PROXY_COUNT)
        self.bodies = BodyQueue(reactor.callLater)
        self.admission = Admission(
            per_address=settings.CONNECTIONS_PER_ADDRESS,
            is_behind_proxy=bool(settings.ALLAUTH_TRUSTED_PROXY_COUNT or self.proxy_forwarded_address_header),
            descriptors=Descriptors.as_many_as_allowed(),
            memory=Memory.of_this_process(settings.MEMORY_LIMIT_MB),
        )

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT, then drain; a second signal ends the process at once."""
        reactor.callWhenRunning(self._started)
        super().run()

    def _started(self) -> None:
        _settle_garbage_collection()
        asyncio.get_event_loop().run_in_executor(None, _log_setup_code)
        self.http_factory.buildProtocol = self._build_intake
        self.http_factory.acceptableProtocols = lambda: [b"http/1.1"]  # HTTP/2 would bypass Intake
        self.ws_factory.protocol = ChatSocket
        self.ws_factory.setProtocolOptions(closeHandshakeTimeout=LINGER_SECONDS)
        # Daphne discards Twisted's log, including the tracebacks of its own protocols.
        errors_only = LogLevelFilterPredicate(defaultLogLevel=LogLevel.error)
        globalLogPublisher.addObserver(FilteringLogObserver(STDLibLogObserver("twisted"), [errors_only]))

    def _build_intake(self, _address: Any) -> Intake:
        channel = Intake(self)
        channel.factory = self.http_factory
        channel.callLater = reactor.callLater
        channel.timeOut = self.http_factory.timeOut
        return channel

    def listen_success(self, port: Any) -> None:
        """Keep the port, so that the drain can stop listening on it."""
        self.ports.append(port)
        super().listen_success(port)

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> SimpleQueue:
        """Start the application for a request or a WebSocket; returns the queue of the events it receives."""
        scope["root_path"] = self.root_path  # Daphne lets any client set it with a header
        if self.proxy_forwarded_address_header:
            forwarded = forwarded_client(scope["headers"], self.proxy_forwarded_address_header, self.proxies)
            scope["client"] = forwarded or scope["client"]
        scope.setdefault("asgi", {"version": "3.0"})
        queue = SimpleQueue()
        if isinstance(protocol, ChatSocket):
            receive, send = protocol.receive, protocol.send
            if protocol.direct is not None:
                scope["extensions"] = {WRITE_NOW: {"write": protocol.direct.write}}
        else:
            receive, send = queue.get, partial(self.handle_reply, protocol)
            if protocol.is_live:
                scope["extensions"] = {LIVE_RESPONSE: {"write": protocol.write_now, "abort": protocol.abort}}
        instance = self.application(scope=scope, receive=receive, send=send)
        self.connections[protocol]["application_instance"] = asyncio.ensure_future(instance)
        return queue

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Daphne's reply handling, with backpressure for responses that are sent in parts; live ones, at once."""
        kind = message["type"]
        if kind == "http.response.start" and self.draining and _is_open(protocol):
            protocol.setHeader(b"connection", b"close")
            protocol.channel.persistent = False
        more_follows = kind == "http.response.body" and message.get("more_body")
        if kind == "http.response.body" and not more_follows and protocol.producer is not None and _is_open(protocol):
            protocol.unregisterProducer()
            protocol.end_live()
        payload = message.get("body") if more_follows and _is_open(protocol) else None
        if not payload or not protocol.write_or_wait(payload):  # an empty chunk would end the response
            await super().handle_reply(protocol, message)
        if more_follows and _is_open(protocol):
            if protocol.producer is None:
                protocol.registerProducer(WriteGate(), True)
                if protocol.is_live:
                    protocol.begin_live()
            await protocol.producer.wait()

    def protocol_disconnected(self, protocol: Any) -> None:
        """Mark a connection as closed; Daphne raises KeyError for one that it has already forgotten."""
        if protocol in self.connections:
            super().protocol_disconnected(protocol)

    # Shutdown

    def kill_all_applications(self) -> "Deferred[None]":
        """Drain; Twisted waits for this before it stops. Daphne cancels at once, and only the first application."""
        return Deferred.fromFuture(asyncio.ensure_future(self.drain()))

    async def drain(self) -> None:
        """
        Stop listening, notify the sockets, let requests in progress finish, and cancel the rest; never raises.

        Ends within ten seconds even if a thread hangs: then every stack is written to stderr and the exit code is 1.
        """
        if self.draining:
            return
        self.draining = True
        clock = asyncio.get_running_loop().time
        started = clock()
        if self.signal_handlers:
            faulthandler.dump_traceback_later(EXIT_SECONDS, exit=True)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        for port in self.ports:
            maybeDeferred(port.stopListening)
        await _drain_hub()
        for protocol in list(self.connections):
            if isinstance(protocol, ChatSocket):
                protocol.turn_away(RESTARTING_CLOSE_CODE, "Restarting")
        # Neither Daphne nor Twisted signals the end of a request or an emptied buffer.
        while clock() - started < (FINISH_SECONDS if self._under_way() else ARRIVING_SECONDS):  # noqa: ASYNC110
            await asyncio.sleep(POLL_SECONDS)
        await self._cancel_applications()
        refusals.report()

    def _applications(self) -> list["asyncio.Future[None]"]:
        instances = [details.get("application_instance") for details in self.connections.values()]
        return [instance for instance in instances if instance is not None and not instance.done()]

    def _under_way(self) -> bool:
        """Whether an application is still running, or a response is still buffered."""
        return bool(self._applications() or reactor.getWriters())

    async def _cancel_applications(self) -> None:
        remaining = self._applications()
        for instance in remaining:
            instance.cancel()
        if remaining:
            logger.warning("Cancelled %d requests and sockets that did not end in time", len(remaining))
            await asyncio.wait(remaining, timeout=CANCEL_SECONDS)


def _settle_garbage_collection() -> None:
    """Exempt everything loaded at startup from garbage collection, and collect less often.

    A full collection visits every object, half of them Django's code, while all sockets wait: with 200 busy sockets
    this halved the 99th percentile of their latency.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER_OBJECTS, *gc.get_threshold()[1:])


def _log_setup_code() -> None:
    """Log how to create the space, if there is none. Does nothing for other applications, which have no space."""
    setup_code = sys.modules.get("chat.services.setup_code")
    if setup_code is None:
        return
    try:
        setup_code.log_setup_code()
    except Exception as error:  # noqa: BLE001 (the site starts even without its database, and reports that elsewhere)
        logger.warning("Could not look for a space (%s). manage.py setupcode prints the setup code.", error)
    finally:
        connection.close()


async def _drain_hub() -> None:
    """Let the chat close its own connections. If the application never loaded the hub, there are none."""
    hub = sys.modules.get("chat.live.hub")
    if hub is None:
        return
    drain: Callable[[float, float], Awaitable[None]] = hub.drain
    try:
        await asyncio.wait_for(drain(RECONNECT_SPREAD_SECONDS, TELL_SECONDS), TELL_SECONDS + 0.5)
    except Exception:
        logger.exception("The hub failed to drain; its sockets are closed")


def _is_open(request: Any) -> bool:
    """Whether a Twisted request still has a connection."""
    return not request.finished and request.channel is not None


def _with_backlog(endpoint: str) -> str:
    """The Twisted endpoint with a backlog for a storm of reconnecting clients, unless it sets its own."""
    if endpoint.startswith(("tcp:", "unix:")) and ":backlog=" not in endpoint:
        return f"{endpoint}:backlog={LISTEN_BACKLOG}"
    return endpoint


class ChatCommandLine(CommandLineInterface):  # type: ignore[misc]  # Daphne has no types
    """Daphne's command line with the same options, our server, less logging and longer timeouts."""

    description = "Serves the site: HTTP and WebSockets."
    server_class = Server

    def __init__(self) -> None:
        super().__init__()
        self.parser.add_argument("--host", dest="host", help="The same as --bind")
        for action in self.parser._actions:  # noqa: SLF001
            if action.dest == "application":
                action.nargs = "?"
                action.required = False
        self.parser.set_defaults(
            application=APPLICATION,
            verbosity=0,
            ping_timeout=20,
            websocket_max_message_size=FRAME_BYTES,
            websocket_max_frame_size=FRAME_BYTES,
            # Accepting is slow only when all clients connect at once, and a refused client would reconnect.
            websocket_connect_timeout=20,
        )


def main() -> None:
    """Run the server with the arguments of the process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
    ChatCommandLine.entrypoint()
