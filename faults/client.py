"""One tab of one person: the protocol's client on a network with faults, which records everything it does."""

import asyncio
import contextlib
import math
import random
import uuid
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from client.codes import CLOSED_ABNORMALLY, DISCONNECTED, NOT_FOUND, RATE_LIMITED, SUBPROTOCOL, UNAVAILABLE
from client.decoding import decode
from client.events import (
    ActRefused,
    ActStored,
    Answer,
    Changes,
    Disconnected,
    Event,
    Frame,
    Hello,
    MessageArrived,
    Refused,
    Reply,
)
from client.protocol import HELLO_SECONDS, ClientProtocol
from client.requests import Outcome
from client.room import Room
from client.shapes import Message, Status, Threads
from faults.feed_socket import FeedSocket
from faults.frame_checks import FrameChecks
from faults.held_items import HeldItems
from faults.history import Act, History
from faults.proxy import Network
from faults.site import Node, Site
from faults.stats import Stats

LEFT = 1001
WEBSOCKET = "websocket"
REMEMBERED_FRAMES = 256
ACTS = {"send", "edit", "delete"}
ITEMS_PAUSE_SECONDS = 2.0
TRIED_AGAIN = {DISCONNECTED, RATE_LIMITED, UNAVAILABLE}

_remembered: "OrderedDict[bytes, Frame]" = OrderedDict()


def decoded(payload: bytes) -> Frame:
    """Decode a frame. Equal bytes that were received recently give the same object, which saves time and memory."""
    frame = _remembered.get(payload)
    if frame is None:
        frame = _remembered[payload] = decode(payload)
        if len(_remembered) > REMEMBERED_FRAMES:
            _remembered.popitem(last=False)
    return frame


class RefusedError(Exception):
    """A command was refused or not answered."""


class Socket(WSListener):
    """One WebSocket of a client."""

    def __init__(self, client: "Client", number: int) -> None:
        self.client = client
        self.number = number
        self.transport: WSTransport | None = None
        self.code = CLOSED_ABNORMALLY
        self.over: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.TEXT:
            if not self.over.done():
                self.client.received(self, decoded(frame.get_payload_as_bytes()))
        elif frame.msg_type is WSMsgType.CLOSE:
            code: Any = frame.get_close_code()
            self.code = int(getattr(code, "value", code) or CLOSED_ABNORMALLY)
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.end()

    def end(self) -> None:
        """Treat the socket as closed, and ignore everything received later."""
        if not self.over.done():
            self.over.set_result(self.code)

    def send(self, text: str) -> None:
        """Send a frame, if the socket is open."""
        if self.transport is not None and not self.over.done():
            self.transport.send(WSMsgType.TEXT, text.encode())

    def drop(self) -> None:
        """Close the socket without waiting for the server."""
        self.end()
        if self.transport is not None:
            self.transport.disconnect(graceful=False)


class Client:
    """One tab of one person. `run` keeps it connected and sends its outbox, until it is cancelled or must not
    reconnect."""

    def __init__(
        self,
        site: Site,
        *,
        name: str,
        user: int,
        cookie: str,
        rooms: list[int],
        seed: str,
        stats: Stats,
        kind: str = WEBSOCKET,
    ) -> None:
        self.site = site
        self.kind = kind
        """How it connects: WEBSOCKET, or one of the KINDS over HTTP."""
        self.user = user
        self.cookie = cookie
        self.known_rooms = rooms
        """Rooms that exist, whether or not the person is in them."""
        self.rng = random.Random(seed)
        self.stats = stats
        self.network = Network()
        self.history = History(name, user)
        self.current: int | None = None
        """The room on display."""
        self.stopped_with: int | None = None
        self.connections = 0
        self.node: Node | None = None
        """The server process that this client last connected to."""
        self._loop = asyncio.get_running_loop()
        self._protocol = ClientProtocol(clock=self._loop.time, random=self.rng.random, most_messages=None)
        self.items = HeldItems()
        self.beside: set[int] = set()
        """The threads that are open beside the room."""
        self.presence = "here"
        """What the person says of themselves at this tab, as far as the server has acked it."""
        self._checks = FrameChecks()
        self._socket: Socket | FeedSocket | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._wakes_at = 0.0
        self._waiting: dict[int, asyncio.Future[Outcome]] = {}
        self._is_reloading = False
        self._resumed = asyncio.Event()

    # --- its state -----------------------------------------------------------------------------------------------

    @property
    def awaits_answer(self) -> bool:
        """Whether a command was neither answered nor given up yet."""
        return self._protocol.requests.due_at < math.inf

    @property
    def outbox(self) -> list[Any]:
        """The acts that are neither acked nor refused, in order."""
        return self._protocol.outbox.acts

    @property
    def views(self) -> dict[int, Room]:
        """The rooms opened since the page was loaded, by id."""
        rooms = self._protocol.state.rooms
        return {room: held for room, held in rooms.items() if held.revision is not None}

    @property
    def mine(self) -> set[int]:
        """The ids of the person's rooms, according to the server."""
        return self._protocol.state.mine

    @property
    def shown(self) -> frozenset[int]:
        """The people about whom it keeps up to date."""
        return self._protocol.shown

    def show_people(self, people: list[int]) -> None:
        """Keep what is known of these people up to date, on all connections."""
        self._protocol.show(people)

    def state_of(self, user: int) -> str:
        """Whether a person is here, as far as this client knows."""
        held = self._protocol.state.people.get(user)
        return "unheard" if held is None else held.state

    def status_of(self, user: int) -> Status | None:
        """The status of a person, as far as this client knows."""
        held = self._protocol.state.people.get(user)
        return None if held is None else held.status

    @property
    def threads(self) -> dict[int, int]:
        """The ids of the threads opened since the page was loaded, with those of their rooms."""
        return {room: held.summary.parent for room, held in self.views.items() if held.summary.parent is not None}

    @property
    def unread_threads(self) -> dict[int, Threads]:
        """What is unread in the threads of the person's rooms, by room."""
        return {room: held.summary.threads for room, held in self._protocol.state.rooms.items() if room in self.mine}

    def is_complete(self, room: int) -> bool:
        """Whether a room is open and complete."""
        return self._protocol.sync.is_complete(room)

    @property
    def is_live(self) -> bool:
        """Whether it is connected and has received `hello`."""
        return self._protocol.is_live

    def has_stayed(self, since: float) -> bool:
        """Whether it has been connected without a break since this time of the event loop's clock."""
        changes = [entry for entry in self.history.entries if entry.kind in ("hello", "closed")]
        return self.is_live and bool(changes) and changes[-1].kind == "hello" and changes[-1].at < since

    @property
    def is_caught_up(self) -> bool:
        """Whether the room on display is complete."""
        return self.current is not None and self._protocol.sync.is_complete(self.current)

    # --- what a person does --------------------------------------------------------------------------------------

    def say(self, room: int, body: str, files: Sequence[str] = ()) -> Act:
        """Add a message to the outbox, with files that were uploaded."""
        key = str(uuid.UUID(int=self.rng.getrandbits(128), version=4))
        return self._act(Act("send", room, key=key, body=body, files=tuple(files)))

    def edit(self, message: Message, body: str) -> Act:
        """Edit one of the person's messages."""
        return self._act(Act("edit", message.room, message=message.id, body=body))

    def delete(self, message: Message) -> Act:
        """Delete one of the person's messages."""
        return self._act(Act("delete", message.room, message=message.id))

    def show(self, room: int | None) -> None:
        """Display another room."""
        if room == self.current:
            return
        if self.current is not None:
            self._protocol.close(self.current)
        self.current = room
        if room is not None:
            self._protocol.open(room)
        self._flush()

    def open_beside(self, thread: int) -> None:
        """Display a thread beside the room."""
        self.beside.add(thread)
        self._protocol.open(thread)
        self._flush()

    def close_beside(self, thread: int) -> None:
        """Close a thread that is displayed beside the room."""
        self.beside.discard(thread)
        self._protocol.close(thread)
        self._flush()

    def reload(self) -> None:
        """Reload the page, which keeps only the outbox."""
        for thread in sorted(self.beside):
            self.close_beside(thread)
        self._protocol.state.rooms.clear()
        self._is_reloading = True
        if self._socket is not None:
            self._socket.drop()
        self._resumed.set()

    def resume(self) -> None:
        """React to a network or machine that works again: reconnect at once, or probe the open socket."""
        if self.is_live:
            self._protocol.probe()
            self._flush()
        else:
            self._resumed.set()

    def send_command(self, type_: str, **fields: Any) -> None:
        """Send a command whose reply is only recorded, if there is a connection."""
        self._protocol.ask({"type": type_, **fields})
        self._flush()

    async def older(self, room: int) -> None:
        """Read the page of messages before those held. Raises RefusedError."""
        ref = self._protocol.older(room)
        if ref is None:
            raise RefusedError(DISCONNECTED)
        answered = self._waiting[ref] = self._loop.create_future()
        self._flush()
        outcome = await answered
        if isinstance(outcome, Refused):
            raise RefusedError(outcome.refusal.code)

    def _act(self, act: Act) -> Act:
        act.at = self._loop.time()
        self.history.acts.append(act)
        self._protocol.add(act)
        self._flush()
        return act

    # --- the connection ------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Stay connected and send the outbox, until the server closes the socket permanently."""
        try:
            while self.stopped_with is None:
                code = await self._attempt()
                self._ended(code)
                await self._pause(self._after(code))
        finally:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if self._socket is not None:
                self._socket.drop()
            if self.is_live:
                self._ended(LEFT)

    async def _attempt(self) -> int:
        """Connect, and run until the connection ends. Returns its close code."""
        self.connections += 1
        self.stats.returns += self.connections > 1
        if self.kind != WEBSOCKET:
            return await self._attempt_over_http()
        socket = self._socket = Socket(self, self.connections)
        node = self.node = self.rng.choice(self.site.listening())
        self._protocol.connecting()
        self._arm()
        try:
            await self._connect(socket, node)
            if socket.transport is None:  # picows does not report a connection that is reset during the handshake
                raise ConnectionResetError("reset before the WebSocket was open")
        except (OSError, WSError, TimeoutError) as error:
            socket.end()
            self.stats.failed_attempts += 1
            self.history.note(self._loop.time(), socket.number, "closed", repr(error))
            return CLOSED_ABNORMALLY
        if socket.over.done():
            socket.drop()  # the protocol gave up while the socket was opening
        code = await socket.over
        self.history.note(self._loop.time(), socket.number, "closed", code)
        self.stats.closes[code] += 1
        return code

    async def _attempt_over_http(self) -> int:
        node = self.node = self.rng.choice(self.site.listening())
        self._protocol.connecting()
        socket = self._socket = FeedSocket(
            self.kind,
            self.connections,
            cookie=self.cookie,
            dial=lambda: self.dial(node),
            received=lambda socket, payload: self.received(socket, decoded(payload)),
        )
        self._arm()
        code = await socket.over
        self.history.note(self._loop.time(), socket.number, "closed", code)
        self.stats.closes[code] += 1
        return code

    async def dial(self, node: Node) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to this process through its proxy."""
        caller = node.front.caller(self.network)
        await self._loop.sock_connect(caller, ("127.0.0.1", node.front.port))
        return await asyncio.open_connection(sock=caller)

    async def _connect(self, socket: Socket, node: Node) -> None:
        """Connect to this process through its proxy, or to the site's entrance, which selects a process."""
        entrance = self.site.entrance
        await ws_connect(
            lambda: socket,
            f"ws://127.0.0.1:{node.front.port}/ws/" if entrance is None else entrance.socket_url,
            ssl_context=None if entrance is None else entrance.tls,
            socket_factory=None if entrance is not None else lambda _: node.front.caller(self.network),
            websocket_handshake_timeout=HELLO_SECONDS,
            extra_headers={"Cookie": self.cookie, "Sec-WebSocket-Protocol": SUBPROTOCOL},
            logger_name=None,
        )

    def _ended(self, code: int) -> None:
        self._happened(self._protocol.closed(code))

    def _after(self, code: int) -> float:
        """Seconds to wait before the next attempt."""
        delay = self._protocol.reconnect_delay
        if delay is None:
            self.stopped_with = code
            return 0.0
        if self._is_reloading:
            self._is_reloading = False
            return 0.0
        return delay

    async def _pause(self, seconds: float) -> None:
        """Wait this long, or until `resume` or `reload` is called."""
        self._resumed.clear()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._resumed.wait(), seconds)

    def received(self, socket: Socket | FeedSocket, frame: Frame) -> None:
        """Process a frame."""
        if not isinstance(frame, Reply):
            kind = "hello" if isinstance(frame, Hello) else "frame"
            if kind == "hello":
                self.presence = "here"
            self.history.note(self._loop.time(), socket.number, kind, frame)  # type: ignore[arg-type]
        events = self._protocol.take(frame)
        if not isinstance(frame, Reply):
            self.items.take(frame.fields)
            self._catch_up_on_items()
        if isinstance(frame, Changes):
            for event in events:
                if isinstance(event, MessageArrived):
                    self.stats.seen(event.message.key, self._loop.time())
        self._happened(events)

    def _wake(self) -> None:
        """Do what is due."""
        self._timer = None
        self._happened(self._protocol.wake())
        if self._protocol.is_dead and self._socket is not None and not self._socket.over.done():
            self.stats.dead_sockets += self.is_live
            self._socket.drop()

    def _arm(self) -> None:
        """Set the timer for what is due next. A timer that would fire earlier is kept: it does no harm."""
        due_at = self._protocol.due_at
        if self._protocol.is_dead or due_at == float("inf") or (self._timer and self._wakes_at <= due_at):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._wakes_at = self._loop.call_at(due_at, self._wake), due_at

    # --- events --------------------------------------------------------------------------------------------------

    def _happened(self, events: list[Event]) -> None:
        for event in events:
            self._note(event)
        for sentence in self._checks.faults_in(events, self._protocol):
            self.stats.faults += 1
            self.history.note(self._loop.time(), self.connections, "fault", sentence)
        self._show_some_room()
        self._flush()

    def _note(self, event: Event) -> None:
        now = self._loop.time()
        if isinstance(event, Answer) and event.command["type"] == "presence":
            self.presence = event.command["state"]
        if isinstance(event, Answer | Refused):
            self._answered_items(event)
            self.history.note(now, self.connections, "reply", event)
            if (waiting := self._waiting.pop(event.ref, None)) and not waiting.done():
                waiting.set_result(event)
            if isinstance(event, Refused) and event.command["type"] in ACTS and event.refusal.code in TRIED_AGAIN:
                self.stats.refusals[event.refusal.code] += 1
        elif isinstance(event, ActStored) and isinstance(event.act, Act):
            self._acked(event.act, event.message)
        elif isinstance(event, ActRefused) and isinstance(event.act, Act):
            self._refused(event.act, event.refusal.code)
        elif isinstance(event, Disconnected):
            self._waiting.clear()
            self.items.is_asking = False

    def _catch_up_on_items(self) -> None:
        if self.items.is_behind and not self.items.is_asking and self.is_live:
            self.items.is_asking = True
            self.send_command("me", since=self.items.revision)

    def _answered_items(self, event: Answer | Refused) -> None:
        if event.command["type"] != "me":
            return
        self.items.is_asking = False
        if isinstance(event, Refused):
            self._loop.call_later(ITEMS_PAUSE_SECONDS, self._catch_up_on_items)
        else:
            self.items.apply(event.fields, event.command["since"])

    def _acked(self, act: Act, message: Message | None) -> None:
        if message is None:
            self._refused(act, NOT_FOUND)
            return
        act.acked, act.acked_at = message, self._loop.time()
        self.stats.acked(act, act.acked_at)

    def _refused(self, act: Act, code: str) -> None:
        act.refused = code
        self.stats.refusals[code] += 1

    def _show_some_room(self) -> None:
        """Display another room if the person is no longer in the current one, and no threads of rooms of others."""
        self.beside &= self._protocol.sync.rooms.keys()
        if self.is_live and (self.current is None or self.current not in self.mine):
            self.show(self.rng.choice(sorted(self.mine)) if self.mine else None)

    def _flush(self) -> None:
        """Send outgoing frames."""
        for text in self._protocol.outgoing():
            assert self._socket is not None
            self.history.note(self._loop.time(), self._socket.number, "try", text)
            self._socket.send(text)
        self._note_first_try()
        self._arm()

    def _note_first_try(self) -> None:
        act = self.outbox[0] if self.outbox else None
        if isinstance(act, Act) and act.tries and act.first_tried_at is None:
            act.first_tried_at = self._loop.time()
            self.stats.sent(act)
