"""Opens all rooms of a bot on one WebSocket, a few at a time, without I/O: frames in, commands out."""

import math
from collections import deque
from collections.abc import Callable

from .codes import FORBIDDEN, NOT_FOUND
from .events import Event, Frame, Hello, Opened, Refused, Reply, RoomChanged, RoomRemoved, Rooms
from .feed import Feed
from .protocol import HEARTBEAT_SECONDS, HELLO_SECONDS, SILENCE_SECONDS
from .requests import Outcome, Requests
from .shapes import RoomInfo

OPENED_AT_ONCE = 20
"""The number of rooms that are opened before the first reply: far below the rate of commands."""

OPEN_LIMIT = 50
REOPEN_SECONDS = 2.0


class Opening:
    """One connection. `take` gives the events for the feed, and `outgoing` the frames to send."""

    def __init__(self, feed: Feed, clock: Callable[[], float]) -> None:
        self._epoch = feed.epoch
        self._is_resumed = feed.is_resumed
        self._held = {room: place.revision for room, place in feed.places.items()}
        self._clock = clock
        self._requests = Requests(clock)
        self._known: set[int] = set()
        self._waiting: deque[tuple[int, int | None]] = deque()
        self._pending = 0
        self._not_before = -math.inf
        self._ping_at = math.inf
        self._dead_at = clock() + HELLO_SECONDS

    @property
    def due_at(self) -> float:
        """When something is to be sent, or the connection is dead."""
        opens_at = self._not_before if self._waiting and self._pending < OPENED_AT_ONCE else math.inf
        return min(self._ping_at, self._dead_at, opens_at, self._requests.due_at)

    @property
    def is_dead(self) -> bool:
        """Whether a ping, or the connection itself, was not answered in time."""
        return self._dead_at <= self._clock()

    def take(self, frame: Frame) -> Event | None:
        """Take a frame. Returns what the feed gets; None for nothing."""
        self._dead_at = math.inf
        if isinstance(frame, Reply):
            return self._answered(self._requests.answer(frame))
        if isinstance(frame, Hello):
            self._ping_at = self._clock() + HEARTBEAT_SECONDS
            if self._epoch not in ("", frame.epoch):
                self._held, self._is_resumed = {}, False
        elif isinstance(frame, Rooms):
            for room in frame.rooms:
                self._want(room, since=None if self._is_resumed else room.revision)
        elif isinstance(frame, RoomChanged) and frame.room.parent is None:
            self._want(frame.room, since=frame.room.revision)
        elif isinstance(frame, RoomRemoved):
            self._known.discard(frame.room)
            self._held.pop(frame.room, None)
        return frame

    def outgoing(self) -> list[str]:
        """The frames to send now."""
        now, texts = self._clock(), list[str]()
        for refused in self._requests.overdue():
            self._refused(refused)
        while self._waiting and self._pending < OPENED_AT_ONCE and self._not_before <= now:
            room, since = self._waiting.popleft()
            after = {} if since is None else {"since": since}
            texts.append(self._requests.ask({"type": "open", "room": room, "limit": OPEN_LIMIT, **after})[1])
            self._pending += 1
        if self._ping_at <= now:
            texts.append(self._requests.ask({"type": "ping"})[1])
            self._ping_at, self._dead_at = now + HEARTBEAT_SECONDS, now + SILENCE_SECONDS
        return texts

    def _want(self, room: RoomInfo, *, since: int | None) -> None:
        if room.id not in self._known:
            self._known.add(room.id)
            self._waiting.append((room.id, self._held.get(room.id, since)))

    def _answered(self, outcome: Outcome | None) -> Event | None:
        if isinstance(outcome, Refused):
            self._refused(outcome)
        elif isinstance(outcome, Opened):
            self._pending -= 1
            return outcome
        return None

    def _refused(self, refused: Refused) -> None:
        if refused.command["type"] != "open":
            return
        self._pending -= 1
        if refused.refusal.code not in (NOT_FOUND, FORBIDDEN):
            self._waiting.append((refused.command["room"], refused.command.get("since")))
            self._not_before = self._clock() + max(REOPEN_SECONDS, refused.refusal.retry_after or 0.0)
