"""Generates load: clients with a WebSocket each, and loops that make them send.

It uses one asyncio loop (uvloop) and picows, which parses frames in C and calls `Client.on_ws_frame` with a view of the
payload. `bench.delivery_tally` explains why that is fast enough, and `busy` measures whether it was.
"""

import asyncio
import gc
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from bench.delivery_tally import Frame, Message, Room, Tally, clock
from bench.protocols import Wire

CONNECT_AT_ONCE = 64
CONNECT_TIMEOUT_SECONDS = 60.0
AGAIN_SECONDS = 0.25
STALLED_SECONDS = 2.0
LOST_SECONDS = 15.0
QUIET_SECONDS = 2.0
DRAIN_SECONDS = 4.0
WARM_UP_SECONDS = 8.0
FEWEST_MESSAGES = 8
SLOW = 5
TURN = 7
"""Step between the clients that send in turn, so that turns alternate between rooms. It is coprime to every number of
clients used here."""

MAX_FRAME_BYTES = 4 * 1024 * 1024


class Client(WSListener):
    """One person with one socket, in one room."""

    def __init__(self, fleet: "Fleet", index: int, room: Room) -> None:
        self.fleet = fleet
        self.wire = fleet.wire
        self.tally = fleet.tally
        self.index = index
        self.room = room
        self.last = room.root
        self.live: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.live_at: float | None = None
        self.opened: dict[str, object] = {}
        self.answered = 0
        self.transport: WSTransport | None = None

    def say(self, payload: bytes) -> None:
        """Send a text frame."""
        if self.transport is not None:
            self.transport.send(WSMsgType.TEXT, payload)

    def is_live(self) -> None:
        """Record that the client now receives its room's messages."""
        self.live_at = clock()
        if not self.live.done():
            self.live.set_result(None)

    def failed(self, why: str) -> None:
        """Record that the client cannot continue."""
        if not self.live.done():
            self.live.set_exception(ConnectionError(why))

    def begin_at(self, revision: int) -> None:
        """Record that the room was opened at this revision: later changes must follow it without a gap."""
        if not self.room.root.revision:
            self.room.root.revision = revision
        if self.room.root.revision == revision:
            self.last = self.room.root
        else:
            self.last = Frame(payload=b"", room=self.room, messages=[], revision=revision)

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        self.wire.connected(self)

    def on_ws_frame(self, transport: WSTransport, received: WSFrame) -> None:
        view = received.get_payload_as_memoryview()
        frame = self.last.next
        # startswith() on the longer-lived bytes is the one comparison with a view that is a plain memcmp.
        if frame is None or len(view) != len(frame.payload) or not frame.payload.startswith(view):
            if received.msg_type is not WSMsgType.TEXT:
                self._control(received)
                return
            frame = self._unforetold(bytes(view))
            if frame is None:
                return
        self.last = frame
        frame.arrivals.append(clock())
        if len(frame.arrivals) >= frame.target:
            self.tally.reached(frame)

    def _unforetold(self, payload: bytes) -> Frame | None:
        frame = self.tally.frames.get(payload) or self.wire.decode(self, payload)
        if frame is None:
            return None
        if frame.revision:
            if frame.since > self.last.revision:
                self.tally.faults["a gap in the revisions"] += 1
            elif frame.revision <= self.last.revision:
                self.tally.faults["changes again"] += 1
                return None
            elif frame.since < self.last.revision:
                self.tally.faults["changes that overlap"] += 1
        if self.last.next is None:
            self.last.next = frame
        return frame

    def _control(self, received: WSFrame) -> None:
        if received.msg_type is WSMsgType.CLOSE:
            given: Any = received.get_close_code()
            code = int(getattr(given, "value", given) or 0)
            if not self.fleet.closing:
                self.tally.faults[f"closed by the server ({code})"] += 1
            self.failed(f"closed with {code}")
            if self.transport is not None:
                self.transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if not self.fleet.closing and self.live_at is not None:
            self.tally.faults["disconnected"] += 1
        self.failed("disconnected")


@dataclass(slots=True)
class Window:
    """The results of one window of load. Rates are per second, latencies in seconds."""

    seconds: float
    messages: int
    frames_per_second: float
    deliveries_per_second: float
    messages_per_second: float
    latencies: list[float] = field(repr=False)
    acks: list[float] = field(repr=False)
    lost: int = 0
    unacked: int = 0


class Fleet:
    """The clients of one contender, the tally of their deliveries, and the loops that make them send."""

    def __init__(self, wire: Wire, ports: Sequence[int], rooms: Sequence[Room], cookies: Sequence[str] = ()) -> None:
        self.wire = wire
        self.ports = ports
        self.rooms = rooms
        self.cookies = cookies
        self.tally = Tally()
        self.tally.wants_ack = wire.acks
        self.clients: list[Client] = []
        self.closing = False
        self._turn = 0
        self.turned_away = 0

    async def connect(self, *, at_once: int = CONNECT_AT_ONCE) -> float:
        """Connect all clients of all rooms, retrying those that are refused, and wait until all are live.

        Returns the seconds that this took. Raises TimeoutError after CONNECT_TIMEOUT_SECONDS.
        """
        began = clock()
        gate = asyncio.Semaphore(at_once)
        seats = sorted(((index, room) for room in self.rooms for index in room.clients), key=lambda seat: seat[0])
        async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
            self.clients = await asyncio.gather(*(self._seat(index, room, gate) for index, room in seats))
        return clock() - began

    async def _seat(self, index: int, room: Room, gate: asyncio.Semaphore) -> Client:
        """Connect one client and wait until it is live."""
        port = self.ports[index % len(self.ports)]
        cookie = self.cookies[index % len(self.cookies)] if self.cookies else ""
        headers = {"Origin": f"http://127.0.0.1:{port}"} | ({"Cookie": cookie} if cookie else {})
        async with gate:
            while True:
                client = Client(self, index, room)
                try:
                    await ws_connect(
                        lambda client=client: client,
                        f"ws://127.0.0.1:{port}{self.wire.path(client)}",
                        extra_headers=headers,
                        websocket_handshake_timeout=CONNECT_TIMEOUT_SECONDS,
                        max_frame_size=MAX_FRAME_BYTES,
                    )
                    await client.live
                except (OSError, WSError):
                    self.turned_away += 1
                    await asyncio.sleep(AGAIN_SECONDS)
                else:
                    return client

    async def close(self) -> None:
        """Close every socket."""
        self.closing = True
        for client in self.clients:
            if client.transport is not None:
                client.transport.disconnect(graceful=False)
        await asyncio.sleep(0.05)

    def _next(self, *, at: float | None = None) -> None:
        """Let the next client in turn send a message. `at` is the scheduled time (default: now)."""
        client = self.clients[self._turn % len(self.clients)]
        self._turn += TURN
        client.say(self.wire.send(self.tally.sent(room=client.room, at=at or clock())))

    async def saturate(self, *, senders: int, seconds: float) -> Window:
        """Run a closed loop of `senders`: once all clients have received a message, the next person sends one.

        All people take turns, so that nobody sends more than a person could.
        """
        stop = False

        def again(_message: Message) -> None:
            if not stop:
                self._next()

        self.tally.on_done = again
        begin = self._mark()
        with _no_garbage_collection():
            for _ in range(senders):
                self._next()
            await self._warm_up(rounds=senders)
            start, done = clock(), len(self.tally.completed)
            while (now := clock()) < start + seconds:
                await asyncio.sleep(min(0.25, start + seconds - now))
                self._give_up_on_the_lost()
            # If hardly any message was delivered, extend the window: a rate would be an accident.
            while len(self.tally.completed) - done < FEWEST_MESSAGES and clock() < start + SLOW * seconds:
                await asyncio.sleep(0.1)
                self._give_up_on_the_lost()
            end = clock()
            stop = True
            await self.settle(at_most=DRAIN_SECONDS)
        return self._window(begin, start, end)

    async def paced(self, *, per_second: float, seconds: float) -> Window:
        """Run an open loop: `per_second` messages a second on a fixed schedule, by all clients in turn.

        Latency is measured from the scheduled time, so that a stall of the server counts for every message it delayed.
        """
        self.tally.on_done = None
        begin = self._mark()
        with _no_garbage_collection():
            start = clock() + 0.1
            for number in range(max(1, int(per_second * seconds))):
                due = start + number / per_second
                if (pause := due - clock()) > 0:
                    await asyncio.sleep(pause)
                elif number % 64 == 0:
                    await asyncio.sleep(0)
                self._next(at=due)
            end = clock()
            await self.settle()
        return self._window(begin, start, end, late=True)

    def arrivals(self) -> int:
        """The number of frames with messages received so far, by all clients together."""
        return sum(len(frame.arrivals) for frame in self.tally.frames.values())

    def deliveries(self) -> int:
        """The number of messages received so far; a message counts once for every client that received it."""
        return sum(len(frame.arrivals) * len(frame.messages) for frame in self.tally.frames.values())

    async def settle(self, *, at_most: float = LOST_SECONDS) -> None:
        """Wait until no message is in flight. Messages that nobody receives for QUIET_SECONDS are lost; those still
        being received after `at_most` seconds are dropped, and neither lost nor counted."""
        self.tally.on_done = None
        last, since = self._arrived(), clock()
        deadline = clock() + at_most
        while self.tally.in_flight and clock() < deadline:
            await asyncio.sleep(0.05)
            if (now := self._arrived()) != last:
                last, since = now, clock()
            elif clock() - since > QUIET_SECONDS:
                break
        for message in list(self.tally.in_flight.values()):
            self.tally.give_up(message, lost=clock() < deadline)

    def _arrived(self) -> int:
        return sum(len(frame.arrivals) for message in self.tally.in_flight.values() for frame in message.frames)

    async def _warm_up(self, *, rounds: int) -> None:
        """Wait for half a second, and until `rounds` messages were delivered, but at most WARM_UP_SECONDS."""
        began, done = clock(), len(self.tally.completed)
        while clock() - began < WARM_UP_SECONDS:
            await asyncio.sleep(0.1)
            self._give_up_on_the_lost()
            if clock() - began >= 0.5 and len(self.tally.completed) - done >= rounds:
                return

    def _give_up_on_the_lost(self) -> None:
        now = clock()
        for message in list(self.tally.in_flight.values()):
            last = self.tally.last_arrival(message)
            stalled = now - last > STALLED_SECONDS if last is not None else now - message.sent_at > LOST_SECONDS
            if stalled and message.done_at is None:
                self.tally.give_up(message, lost=True)

    def _mark(self) -> int:
        return len(self.tally.messages)

    def _window(self, begin: int, start: float, end: float, *, late: bool = False) -> Window:
        """Summarise the messages numbered above `begin` that were complete between start and end (with `late`: or
        later)."""
        mine = [message for number, message in self.tally.messages.items() if number > begin]
        until = math.inf if late else end
        done = [message for message in mine if message.done_at is not None and start <= message.done_at <= until]
        seconds = end - start
        deliveries = sum(len(message.room.clients) for message in done)
        return Window(
            seconds=seconds,
            messages=len(done),
            frames_per_second=sum(len(frame.arrivals) for frame in _frames(done)) / seconds,
            deliveries_per_second=deliveries / seconds,
            messages_per_second=len(done) / seconds,
            latencies=_latencies(done),
            acks=[message.acked_at - message.sent_at for message in done if message.acked_at is not None],
            lost=sum(
                len(message.room.clients) - sum(len(frame.arrivals) for frame in message.frames)
                for message in mine
                if message.lost
            ),
            unacked=sum(message.acked_at is None for message in mine) if self.wire.acks else 0,
        )


def _frames(messages: Sequence[Message]) -> list[Frame]:
    """The distinct frames that contained these messages."""
    return list({id(frame): frame for message in messages for frame in message.frames}.values())


MAX_SAMPLES = 200_000


def _latencies(messages: Sequence[Message]) -> list[float]:
    """Latencies from sending to each single delivery, evenly reduced to MAX_SAMPLES."""
    total = sum(len(frame.arrivals) for message in messages for frame in message.frames)
    step = max(1, total // MAX_SAMPLES)
    samples: list[float] = []
    offset = 0
    for message in messages:
        for frame in message.frames:
            samples.extend(at - message.sent_at for at in frame.arrivals[offset % step :: step])
            offset += 1
    return samples


class _no_garbage_collection:  # noqa: N801  # reads as a statement where it is used
    """Disables garbage collection, which would affect the latencies that the generator measures."""

    def __enter__(self) -> None:
        gc.collect()
        gc.freeze()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        gc.enable()
        gc.unfreeze()


def busy(began: tuple[float, float], now: tuple[float, float] | None = None) -> float:
    """The share of a core (0 – 1) that this process has used since `stamp()` returned `began`."""
    wall, cpu = now or stamp()
    return (cpu - began[1]) / max(1e-9, wall - began[0])


def stamp() -> tuple[float, float]:
    """Wall clock and processor time of this process, in seconds."""
    return time.perf_counter(), time.process_time()
