"""A simulated browser: behaves as `chat/static/chat/js` (connection, outbox, sync) does, and writes everything down."""

import asyncio
import contextlib
import json
import random
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from faults.history import Act, History
from faults.proxy import Network
from faults.site import Node, Site
from faults.stats import Stats
from faults.view import View

HELLO_SECONDS = 15.0
SILENCE_SECONDS = 10.0
PROBE_SECONDS = 4.0
REPLY_SECONDS = 20.0
SETTLED_SECONDS = 10.0
BACKOFF_FIRST_SECONDS = 0.5
BACKOFF_CEILING_SECONDS = 20.0
FLOOD_PAUSE_SECONDS = 30.0
REOPEN_PAUSE_SECONDS = 2.0
OPEN_LIMIT = 50

RESTARTING = 4012
FLOODING = 4429
TOO_MANY_SOCKETS = 4430
LOST = 1006
LEFT = 1001
SIGNED_OUT = 4401
DEACTIVATED = 4403
FINAL_CODES = {SIGNED_OUT, DEACTIVATED, 4400, 4406, 4413}

DISCONNECTED = "disconnected"
REMEMBERED_FRAMES = 256

Frame = dict[str, Any]

_remembered: "OrderedDict[bytes, Frame]" = OrderedDict()


def decoded(payload: bytes) -> Frame:
    """The frame in these bytes. The same object for all who got the same bytes lately: it saves time and memory."""
    frame = _remembered.get(payload)
    if frame is None:
        frame = _remembered[payload] = json.loads(payload)
        if len(_remembered) > REMEMBERED_FRAMES:
            _remembered.popitem(last=False)
    return frame


@dataclass(eq=False, frozen=True)
class OpenRequest:
    """An `open` that is under way."""

    room: int


class RefusedError(Exception):
    """A command was refused, or got no answer."""

    def __init__(self, code: str, retry_after: float | None = None) -> None:
        self.code = code
        self.retry_after = retry_after
        super().__init__(code)


class Socket(WSListener):  # type: ignore[misc]  # picows ships its C classes untyped
    """One WebSocket of a client."""

    def __init__(self, client: "Client", number: int) -> None:
        self.client = client
        self.number = number
        self.transport: WSTransport | None = None
        self.code = LOST
        self.over: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.TEXT:
            if not self.over.done():
                self.client.received(self, decoded(frame.get_payload_as_bytes()))
        elif frame.msg_type is WSMsgType.CLOSE:
            code = frame.get_close_code()
            self.code = int(getattr(code, "value", code) or LOST)
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.end()

    def end(self) -> None:
        """From here on it counts as closed, whatever still comes."""
        if not self.over.done():
            self.over.set_result(self.code)

    def send(self, frame: Frame) -> None:
        """Send a frame, if there is anybody to send it to."""
        if self.transport is not None and not self.over.done():
            self.transport.send(WSMsgType.TEXT, json.dumps(frame).encode())

    def drop(self) -> None:
        """Close it without waiting for the other side."""
        self.end()
        if self.transport is not None:
            self.transport.disconnect(graceful=False)


class Client:
    """One tab of one person. `run` keeps it connected and its outbox going out, until it is cancelled or sent away."""

    def __init__(
        self, site: Site, *, name: str, user: int, cookie: str, rooms: list[int], seed: str, stats: Stats
    ) -> None:
        self.site = site
        self.user = user
        self.cookie = cookie
        self.known_rooms = rooms
        """Rooms this client may know of from elsewhere; the server tells which of them are its own."""
        self.rng = random.Random(seed)
        self.stats = stats
        self.network = Network()
        self.history = History(name, user)
        self.outbox: list[Act] = []
        self.views: dict[int, View] = {}
        self.mine: set[int] = set()
        self.current: int | None = None
        self.is_live = asyncio.Event()
        self.is_caught_up = False
        self.stopped_with: int | None = None
        self.clock_offset = 0.0
        self.connections = 0
        self.node: Node | None = None
        """The server process that this client was last sent to."""
        self._loop = asyncio.get_running_loop()
        self._socket: Socket | None = None
        self._pending: dict[int, Callable[[Frame | RefusedError], None]] = {}
        self._ref = 0
        self._epoch = ""
        self._failures = 0
        self._is_reloading = False
        self._restart_delay = 5.0
        self._heard_at = 0.0
        self._heartbeat = 25.0
        self._opening: OpenRequest | None = None
        self._held: list[Frame] = []
        self._behind: dict[int, int] = {}
        self._acted = asyncio.Event()
        self._nudged = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    # --- what a person does --------------------------------------------------------------------------------------

    def say(self, room: int, body: str) -> Act:
        """Write a message: it goes into the outbox."""
        key = str(uuid.UUID(int=self.rng.getrandbits(128), version=4))
        return self._act(Act("send", room, self._loop.time(), key=key, body=body))

    def edit(self, message: Frame, body: str) -> Act:
        """Change a message of one's own."""
        return self._act(Act("edit", message["room"], self._loop.time(), message=message["id"], body=body))

    def delete(self, message: Frame) -> Act:
        """Delete a message of one's own."""
        return self._act(Act("delete", message["room"], self._loop.time(), message=message["id"]))

    def show(self, room: int | None) -> None:
        """Look at another room."""
        if room == self.current:
            return
        if self.current is not None:
            self.tell({"type": "close", "room": self.current})
        self.current = room
        self.reopen()

    def reload(self) -> None:
        """Reload the page: the outbox stays, all else goes."""
        self.views.clear()
        self._is_reloading = True
        if self._socket is not None:
            self._socket.drop()
        self._nudged.set()

    def nudge(self) -> None:
        """The network came back, or the machine woke up: try at once, or find out whether the socket still lives."""
        if self.is_live.is_set():
            self._ping(PROBE_SECONDS)
        else:
            self._nudged.set()

    def set_clock(self, offset: float) -> None:
        """Put this machine's clock wrong by so many seconds. Timers go on; all that reads the clock jumps."""
        self.clock_offset = offset
        self.nudge()  # the watch that looks for a sleep finds a gap

    def now(self) -> float:
        """What this machine takes for the time."""
        return self._loop.time() + self.clock_offset

    # --- commands ------------------------------------------------------------------------------------------------

    async def request(self, command: Frame) -> Frame:
        """Send a command and return its reply. Raises RefusedError."""
        answered: asyncio.Future[Frame] = self._loop.create_future()

        def settle(outcome: Frame | RefusedError) -> None:
            if answered.done():
                return
            if isinstance(outcome, RefusedError):
                answered.set_exception(outcome)
            else:
                answered.set_result(outcome)

        self._ask(command, settle)
        return await answered

    def tell(self, command: Frame) -> None:
        """Send a command that needs no reply, if there is a connection."""
        if self._socket is not None and self.is_live.is_set():
            self._write(command)

    def _ask(self, command: Frame, settle: Callable[[Frame | RefusedError], None]) -> None:
        if not self.is_live.is_set():
            settle(RefusedError(DISCONNECTED))
            return
        self._ref += 1
        ref = self._ref
        self._pending[ref] = settle
        self._loop.call_later(REPLY_SECONDS, self._unanswered, ref)
        self._write({**command, "ref": ref})

    def _unanswered(self, ref: int) -> None:
        if settle := self._pending.pop(ref, None):
            settle(RefusedError("unavailable"))

    def _write(self, command: Frame) -> None:
        assert self._socket is not None
        self.history.note(self._loop.time(), self._socket.number, "try", command)
        self._socket.send(command)

    # --- the connection ------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Stay connected and deliver, until the server says for good that there is no coming back."""
        self._start(self._deliver())
        try:
            while self.stopped_with is None:
                await self._pause(self._after(await self._attempt()))
        finally:
            for task in self._tasks:
                task.cancel()
            if self._socket is not None:
                self._socket.drop()
            if self.is_live.is_set():
                self._lost(self._socket, LEFT)

    def _start(self, work: Any) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _attempt(self) -> int:
        """Connect, and stay until the end of the connection; the close code."""
        self.connections += 1
        self.stats.returns += self.connections > 1
        socket = self._socket = Socket(self, self.connections)
        node = self.node = self.rng.choice(self.site.listening())
        try:
            await self._connect(socket, node)
            if socket.transport is None:  # picows says nothing of a connection that is reset during the handshake
                raise ConnectionResetError("reset before the WebSocket was open")
        except (OSError, WSError, TimeoutError) as error:
            socket.end()
            self.stats.failed_attempts += 1
            self.history.note(self._loop.time(), socket.number, "closed", repr(error))
            return LOST
        if socket.over.done():
            socket.drop()  # it was given up before it was there
        deadline = self._loop.call_later(HELLO_SECONDS, self._never_greeted, socket)
        opened_at = self.now()
        code = await socket.over
        deadline.cancel()
        self._lost(socket, code)
        if self.now() - opened_at >= SETTLED_SECONDS:
            self._failures = 0
        return code

    async def _connect(self, socket: Socket, node: Node) -> None:
        """Connect to this process through its proxy, or to the site's entrance, which chooses a process."""
        entrance = self.site.entrance
        await ws_connect(
            lambda: socket,
            f"ws://127.0.0.1:{node.front.port}/ws/" if entrance is None else entrance.socket_url,
            ssl_context=None if entrance is None else entrance.tls,
            socket_factory=None if entrance is not None else lambda _: node.front.caller(self.network),
            websocket_handshake_timeout=HELLO_SECONDS,
            extra_headers={"Cookie": self.cookie, "Sec-WebSocket-Protocol": "chat.v1"},
            logger_name=None,
        )

    def _never_greeted(self, socket: Socket) -> None:
        if not self.is_live.is_set():
            socket.drop()

    def _lost(self, socket: Socket | None, code: int) -> None:
        self.history.note(self._loop.time(), socket.number if socket else 0, "closed", code)
        self.stats.closes[code] += 1
        self.is_live.clear()
        self.is_caught_up = False
        self._opening, self._held, self._behind = None, [], {}
        pending, self._pending = self._pending, {}
        for settle in pending.values():
            settle(RefusedError(DISCONNECTED))

    def _after(self, code: int) -> float:
        """Seconds to wait before the next attempt."""
        if code in FINAL_CODES:
            self.stopped_with = code
            return 0.0
        if self._is_reloading:
            self._is_reloading, self._failures = False, 0
            return 0.0
        self._failures += 1
        if code == RESTARTING:
            return self.rng.random() * self._restart_delay
        if code in (FLOODING, TOO_MANY_SOCKETS):
            return FLOOD_PAUSE_SECONDS
        return self._backoff(self._failures - 1)

    def _backoff(self, failures: int) -> float:
        return self.rng.random() * min(BACKOFF_CEILING_SECONDS, BACKOFF_FIRST_SECONDS * 2 ** min(failures, 10))

    async def _pause(self, seconds: float) -> None:
        """Wait, but not after a nudge."""
        self._nudged.clear()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._nudged.wait(), seconds)

    def _beat(self, socket: Socket) -> None:
        if socket is self._socket and not socket.over.done():
            self._ping(SILENCE_SECONDS)
            self._loop.call_later(self._heartbeat, self._beat, socket)

    def _ping(self, patience: float) -> None:
        socket, sent_at = self._socket, self.now()
        assert socket is not None
        self._ask({"type": "ping"}, self._pong)

        def is_dead() -> None:
            if self._heard_at < sent_at and not socket.over.done():
                self.stats.dead_sockets += 1
                socket.drop()

        self._loop.call_later(patience, is_dead)

    def _pong(self, reply: Frame | RefusedError) -> None:
        """Compare what is held with what the server says it sent: a frame may be on its way, but not that long."""
        if isinstance(reply, RefusedError):
            return
        before, self._behind = self._behind, {}
        for room, told in reply["rooms"].items():
            view = self.views.get(int(room))
            if int(room) != self.current or self._opening is not None or view is None or view.revision is None:
                continue
            if view.revision < before.get(int(room), 0):
                self._fault(f"room {room} was at revision {before[int(room)]} a ping ago, and this client is not")
                self.reopen()
            elif view.revision < told:
                self._behind[int(room)] = told

    # --- what comes in -------------------------------------------------------------------------------------------

    def received(self, socket: Socket, frame: Frame) -> None:
        """Take one frame."""
        self._heard_at = self.now()
        kind = frame["type"]
        if kind == "reply":
            self.history.note(self._loop.time(), socket.number, "reply", frame)
            if settle := self._pending.pop(frame["ref"], None):
                error = frame.get("error")
                settle(RefusedError(error["code"], error.get("retry_after")) if error else frame)
            return
        self.history.note(self._loop.time(), socket.number, "hello" if kind == "hello" else "frame", frame)
        if kind == "hello":
            self._hello(socket, frame)
        elif kind == "changes" and self._opening is not None and frame["room"] == self._opening.room:
            self._held.append(frame)
        elif kind == "changes":
            self._changes(frame)
        elif kind == "rooms":
            strange = [room["id"] for room in frame["rooms"] if room["id"] not in self.mine]
            if strange:
                self._fault(f"rooms {strange} were described, and are not mine")
        elif kind == "room":
            self.mine.add(frame["room"]["id"])
        elif kind == "room_removed":
            self._removed(frame["room"])
        elif kind == "restarting":
            self._restart_delay = frame["delay"]
        elif kind == "error":
            self._fault(f"an error that no command asked for: {frame['error']}")

    def _hello(self, socket: Socket, frame: Frame) -> None:
        if self._epoch not in ("", frame["epoch"]):
            self._fault("the epoch changed")
        self._epoch = frame["epoch"]
        self._heartbeat = frame["limits"]["heartbeat_seconds"]
        self.mine = set(frame["rooms"])
        for room in [room for room in self.views if room not in self.mine]:
            self._removed(room)
        self.is_live.set()
        self._loop.call_later(self._heartbeat, self._beat, socket)
        if self.current is None or self.current not in self.mine:
            self.current = self.rng.choice(sorted(self.mine)) if self.mine else None
        self.reopen()

    def _removed(self, room: int) -> None:
        self.mine.discard(room)
        self.views.pop(room, None)
        if room == self.current:
            self.current = self.rng.choice(sorted(self.mine)) if self.mine else None
            self.reopen()

    def _changes(self, frame: Frame) -> None:
        room = frame["room"]
        view = self.views.get(room)
        if room != self.current or view is None or not self.is_caught_up:
            return  # of a room that was closed while this was on its way, or that will be opened again
        for message in frame["messages"]:
            if message["position"] > view.newest:
                self.stats.seen(message["key"], self._loop.time())
        in_order = view.change(frame)
        self._note_faults(view)
        if not in_order:
            self.reopen()

    def reopen(self) -> None:
        """Open the room that is shown, from the revision that is held on."""
        room = self.current
        self.is_caught_up = False
        self._opening, self._held = None, []
        if room is None or not self.is_live.is_set():
            return
        opening = self._opening = OpenRequest(room)
        view = self.views.get(room)
        since = None if view is None else view.revision
        command: Frame = {"type": "open", "room": room, "limit": OPEN_LIMIT}
        self._ask(command if since is None else {**command, "since": since}, lambda reply: self._opened(opening, reply))

    def _opened(self, opening: OpenRequest, reply: Frame | RefusedError) -> None:
        if self._opening is not opening:
            return  # opened once more meanwhile: that reply counts
        room = opening.room
        self._opening, held, self._held = None, self._held, []
        if isinstance(reply, RefusedError):
            if reply.code in ("not_found", "forbidden"):
                self._removed(room)
            elif reply.code != DISCONNECTED:
                self._loop.call_later((reply.retry_after or 0) + REOPEN_PAUSE_SECONDS, self._reopen_again, room)
            return
        view = self.views.setdefault(room, View(room))
        view.open(reply)
        self._note_faults(view)
        self.is_caught_up = True
        for frame in held:
            self._changes(frame)

    def _reopen_again(self, room: int) -> None:
        if room == self.current and self._opening is None and not self.is_caught_up:
            self.reopen()

    # --- the outbox ----------------------------------------------------------------------------------------------

    def _act(self, act: Act) -> Act:
        self.history.acts.append(act)
        self.outbox.append(act)
        self._acted.set()
        return act

    async def _deliver(self) -> None:
        """What is in the outbox goes out in order, one at a time, until each is acked or refused for good."""
        tries = 0
        while True:
            await self.is_live.wait()
            if not self.outbox:
                self._acted.clear()
                await self._acted.wait()
                continue
            act = self.outbox[0]
            if act.first_tried_at is None:
                act.first_tried_at = self._loop.time()
                self.stats.sent(act)
            try:
                reply = await self.request(act.command())
            except RefusedError as refusal:
                await self._refused(act, refusal, tries)
                tries += 1
            else:
                tries = 0
                self._acked(act, reply["message"])

    def _acked(self, act: Act, message: Frame) -> None:
        act.acked, act.acked_at = message, self._loop.time()
        self.outbox.remove(act)
        self.stats.acked(act, self._loop.time())
        view = self.views.get(act.room)
        if view is not None and view.revision is not None:
            view.upsert(message)
            self._note_faults(view)

    async def _refused(self, act: Act, refusal: RefusedError, tries: int) -> None:
        self.stats.refusals[refusal.code] += 1
        if refusal.code == DISCONNECTED:
            return
        if refusal.code == "rate_limited":
            await asyncio.sleep(refusal.retry_after or 1.0)
        elif refusal.code == "unavailable":
            await asyncio.sleep(self._backoff(tries))
        else:
            act.refused = refusal.code
            self.outbox.remove(act)

    # --- faults --------------------------------------------------------------------------------------------------

    def _note_faults(self, view: View) -> None:
        for fault in view.faults:
            self._fault(f"room {view.room}: {fault}")
        view.faults.clear()

    def _fault(self, sentence: str) -> None:
        self.stats.faults += 1
        self.history.note(self._loop.time(), self.connections, "fault", sentence)
