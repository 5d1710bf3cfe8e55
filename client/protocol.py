"""The chat protocol without I/O: the text of frames goes in, events and the text of frames come out.

A program with a socket and a clock drives a ClientProtocol:

    protocol = ClientProtocol()
    while True:
        protocol.connecting()
        ...                                        # open a WebSocket with the cookie and SUBPROTOCOL
        events = protocol.receive(text)            # for each frame received
        events = protocol.wake()                   # when `protocol.due_at` is reached
        texts = protocol.outgoing()                # after each of these calls: the frames to send
        ...                                        # close the socket if `protocol.is_dead`
        events = protocol.closed(code)             # when the socket has closed
        ...                                        # wait for `protocol.reconnect_delay`; stop if it is None

`client.asyncio_client` and `client.blocking_client` are such drivers.
"""

import math
import time
from collections.abc import Callable, Iterable
from random import random as random_number

from .codes import CLOSED_ABNORMALLY
from .decoding import decode
from .events import (
    Changes,
    Disconnected,
    Event,
    Frame,
    Hello,
    Opened,
    Pong,
    Refused,
    Reply,
    Restarting,
    RoomRemoved,
    Stored,
)
from .outbox import Act, Outbox, new_key
from .reconnecting import RESTART_SECONDS, Random, delay_after
from .requests import Outcome, Requests
from .shapes import Fields
from .state import State
from .sync import Sync

HELLO_SECONDS = 15.0
HEARTBEAT_SECONDS = 25.0
SILENCE_SECONDS = 10.0
"""A connection on which nothing is received for this long after a ping is dead."""
PROBE_SECONDS = 4.0
"""The shorter timeout after the machine slept or the network changed, when a dead connection is likely."""
SETTLED_SECONDS = 10.0
"""A connection that lasted this long resets the backoff."""
MOST_MESSAGES = 1000


class ClientProtocol:
    """One person's client, over all its connections. Methods return the events that the call caused."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        random: Random = random_number,
        most_messages: int | None = MOST_MESSAGES,
    ) -> None:
        self.state = State(clock, most_messages=most_messages)
        self.outbox = Outbox(clock, random)
        self.requests = Requests(clock)
        self.sync = Sync(clock, self.state, self.ask)
        self.is_live = False
        """Whether there is a connection on which `hello` was received."""
        self.is_dead = False
        """Whether the driver must close the socket and call `closed`."""
        self.shown: frozenset[int] = frozenset()
        """The ids of the people whom this client shows."""
        self.reconnect_delay: float | None = 0.0
        """Seconds to wait before the next attempt; None if the client must not reconnect."""
        self.closed_with = 0
        """The close code of the last connection."""
        self.clock = clock
        self._random = random
        self._outgoing: list[str] = []
        self._failures = 0
        self._restart_delay = RESTART_SECONDS
        self._live_since = 0.0
        self._ping_at = math.inf
        self._dead_at = math.inf

    # --- what the socket does ----------------------------------------------------------------------------------------

    def connecting(self) -> None:
        """A socket is being opened."""
        self.is_dead = False
        self._outgoing.clear()
        self._dead_at = self.clock() + HELLO_SECONDS

    def receive(self, text: str | bytes) -> list[Event]:
        """Process the text of a frame. Raises BadFrameError."""
        return self.take(decode(text))

    def take(self, frame: Frame) -> list[Event]:
        """Process a decoded frame."""
        if self.is_live:
            self._dead_at = math.inf
        if isinstance(frame, Reply):
            outcome = self.requests.answer(frame)
            events: list[Event] = [] if outcome is None else self._settle(outcome)
        else:
            events = [frame, *self._take(frame)]
        self._deliver()
        return events

    def wake(self) -> list[Event]:
        """Do what is due: send heartbeats and the next act of the outbox, and give up overdue commands."""
        now = self.clock()
        if self._dead_at <= now:
            self.is_dead = True
            return []
        events = [event for refused in self.requests.overdue() for event in self._settle(refused)]
        if self.is_live:
            if self._ping_at <= now:
                self.probe(SILENCE_SECONDS)
            self.sync.wake()
        self._deliver()
        return events

    @property
    def due_at(self) -> float:
        """The time of the clock at which to call `wake`; infinite if nothing is due."""
        if not self.is_live:
            return self._dead_at
        parts = (self._dead_at, self._ping_at, self.requests.due_at, self.outbox.due_at, self.sync.due_at)
        return min(parts)

    def outgoing(self) -> list[str]:
        """The texts of the frames to send now. Each one is returned once."""
        texts, self._outgoing = self._outgoing, []
        return texts

    def closed(self, code: int | None, *, retry_after: float = 0.0) -> list[Event]:
        """The socket has closed, or could not be opened; `retry_after` is that of a refused handshake."""
        code = self.closed_with = code or CLOSED_ABNORMALLY
        if self.is_live and self.clock() - self._live_since >= SETTLED_SECONDS:
            self._failures = 0
        self.is_live = self.is_dead = False
        self._ping_at = self._dead_at = math.inf
        self._outgoing.clear()
        self.sync.lost()
        events = [event for refused in self.requests.lost() for event in self._settle(refused)]
        self.outbox.lost()
        delay = delay_after(code, failures=self._failures, random=self._random, restart_delay=self._restart_delay)
        self.reconnect_delay = None if delay is None else delay + retry_after
        self._failures += 1
        return [*events, Disconnected(code, self.reconnect_delay)]

    # --- what a person does ------------------------------------------------------------------------------------------

    def ask(self, command: Fields) -> int | None:
        """Send a command, and return its ref, or None without a connection. The Answer or Refused has the same ref."""
        if not self.is_live:
            return None
        ref, text = self.requests.ask(command)
        self._outgoing.append(text)
        return ref

    def open(self, room: int) -> None:
        """Keep a room open and complete, on this connection and those after it."""
        self.sync.open(room)

    def close(self, room: int) -> None:
        """Stop keeping a room open."""
        self.sync.close(room)

    def say(
        self,
        room: int,
        body: str,
        *,
        key: str | None = None,
        reply_to: int | None = None,
        thread: int | None = None,
        also_in_room: bool = False,
        files: Iterable[str] = (),
    ) -> Act:
        """Send a message, now or once there is a connection. ActStored or ActRefused reports the outcome.

        `thread` is the message of the room in whose thread it is sent, and with `also_in_room` in the room as well.
        `files` are the ids of files that were uploaded for the room; with some, the text may be empty.
        """
        act = Act(
            "send",
            room=room,
            key=key or new_key(),
            body=body,
            reply_to=reply_to,
            thread=thread,
            also_in_room=also_in_room,
            files=tuple(files),
        )
        return self.add(act)

    def edit(self, message: int, body: str, *, room: int = 0) -> Act:
        """Change the text of a message."""
        return self.add(Act("edit", room=room, message=message, body=body))

    def delete(self, message: int, *, room: int = 0) -> Act:
        """Delete a message."""
        return self.add(Act("delete", room=room, message=message))

    def react(self, message: int, emoji: str, *, on: bool = True, room: int = 0) -> Act:
        """React to a message with an emoji, or take the reaction back."""
        return self.add(Act("react", room=room, message=message, emoji=emoji, on=on))

    def read(self, room: int, position: int) -> int | None:
        """Mark a room as read up to this position."""
        return self.ask({"type": "read", "room": room, "position": position})

    def type(self, room: int, *, on: bool = True) -> int | None:
        """Report that the person started or stopped typing."""
        return self.ask({"type": "typing", "room": room, "on": on})

    def show(self, people: Iterable[int]) -> None:
        """Keep `state.people` up to date about these people, and no others, on this connection and those after it."""
        self.shown = frozenset(people)
        self._show()

    def _show(self) -> None:
        self.ask({"type": "show_people", "people": sorted(self.shown)})

    def older(self, room: int) -> int | None:
        """Request the page of messages before those held of an open room; the answer is a Page."""
        held = self.state.rooms[room]
        ref = self.ask({"type": "history", "room": room, "before": held.oldest, "limit": self.page_limit})
        if ref is not None:
            held.expect_page()
        return ref

    @property
    def page_limit(self) -> int:
        """The number of messages in a page of history."""
        return int(self.state.limits.get("history_page", 100))

    def probe(self, patience: float = PROBE_SECONDS) -> None:
        """Check whether the connection still works: it is dead if nothing is received within this time."""
        if self.ask({"type": "ping"}) is not None:
            self._dead_at = min(self._dead_at, self.clock() + patience)
            self._ping_at = self.clock() + self._heartbeat

    # --- what follows ------------------------------------------------------------------------------------------------

    def _take(self, frame: Frame) -> list[Event]:
        if isinstance(frame, Hello):
            return self._hello(frame)
        if isinstance(frame, Changes):
            return self.sync.changes(frame)
        if isinstance(frame, RoomRemoved):
            for room in [frame.room, *self.state.threads_of(frame.room)]:
                self.sync.forget(room)
        elif isinstance(frame, Restarting):
            self._restart_delay = frame.delay
        return self.state.take(frame)

    def _hello(self, hello: Hello) -> list[Event]:
        events: list[Event] = []
        if self.state.is_other_epoch(hello):
            events += self.outbox.clear()
            self.sync.rooms.clear()
        removed = self.state.take(hello)
        for room in self.sync.rooms.keys() - self.state.mine - self.state.rooms.keys():
            self.sync.forget(room)
        self.is_live, self._live_since, self._dead_at = True, self.clock(), math.inf
        self._ping_at = self._live_since + self._heartbeat
        self.sync.live()
        if self.shown:
            self._show()
        return [*events, *removed]

    @property
    def _heartbeat(self) -> float:
        return float(self.state.limits.get("heartbeat_seconds", HEARTBEAT_SECONDS))

    def _settle(self, outcome: Outcome) -> list[Event]:
        """Process the outcome of a command."""
        if isinstance(outcome, Refused):
            self._refused(outcome)
            return [outcome, *self.outbox.refused(outcome)]
        if isinstance(outcome, Opened):
            return [outcome, *self.sync.opened(outcome)]
        if isinstance(outcome, Pong):
            return [outcome, *self.sync.pong(outcome)]
        events: list[Event] = [outcome, *self.state.take(outcome)]
        return [*events, *self.outbox.answered(outcome)] if isinstance(outcome, Stored) else events

    def _refused(self, refused: Refused) -> None:
        if refused.command["type"] == "open":
            self.sync.refused(refused)
        elif refused.command["type"] == "history":
            self.state.page_refused(refused.command["room"])

    def add(self, act: Act) -> Act:
        """Add an act to the outbox; it is sent once those before it are answered."""
        self.outbox.add(act)
        self._deliver()
        return act

    def _deliver(self) -> None:
        """Send the next act of the outbox, if one is due."""
        act = self.outbox.next()
        ref = None if act is None else self.ask(act.command())
        if act is not None and ref is not None:
            self.outbox.sent(act, ref)
