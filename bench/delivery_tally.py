"""Counts deliveries: a message counts once every client of its room has received it exactly once.

The load generator receives up to some hundred thousand frames a second, so no frame is parsed twice. Usually all
clients of a room receive the same bytes in the same order. Each distinct frame is therefore parsed once and linked to
the frame that followed it, and a frame that matches its link costs one comparison of memory.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

clock = time.perf_counter


@dataclass(slots=True, eq=False)
class Message:
    """A message that was sent. Times are in seconds of `clock()`; None means that it has not happened yet."""

    number: int
    room: "Room"
    sent_at: float
    acked_at: float | None = None
    done_at: float | None = None
    given_up: bool = False
    lost: bool = False
    frames: list["Frame"] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Frame:
    """A distinct frame of a room: its messages, and when each client received it.

    `since` and `revision` are 0 in protocols that do not number changes. `target` is the number of deliveries at which
    the frame must be examined; 0 while its messages are also in other frames ("split"), so that every delivery counts.
    """

    payload: bytes
    room: "Room"
    messages: list[Message]
    since: int = 0
    revision: int = 0
    target: int = 0
    arrivals: list[float] = field(default_factory=list)
    next: "Frame | None" = None


@dataclass(slots=True, eq=False)
class Room:
    """A room of the load: its id in the protocol, the indexes of its clients, the revision that they already have
    (None: nothing yet), and the point in the stream of frames at which all of them begin."""

    id: int
    name: str
    clients: list[int] = field(default_factory=list)
    since: int | None = None
    root: Frame = field(init=False)

    def __post_init__(self) -> None:
        self.root = Frame(payload=b"", room=self, messages=[])


class Tally:
    """All messages and frames of one measurement, and all faults found in it."""

    def __init__(self) -> None:
        self.messages: dict[int, Message] = {}
        self.frames: dict[bytes, Frame] = {}
        self.faults: Counter[str] = Counter()
        self.in_flight: dict[int, Message] = {}
        self.completed: list[Message] = []
        self.wants_ack = False
        self.on_done: Callable[[Message], None] | None = None

    def sent(self, *, room: Room, at: float) -> Message:
        """Register a new message. Its number is unique within this tally."""
        message = Message(number=len(self.messages) + 1, room=room, sent_at=at)
        self.messages[message.number] = message
        self.in_flight[message.number] = message
        return message

    def frame(self, payload: bytes, *, room: Room, numbers: Sequence[int], since: int = 0, revision: int = 0) -> Frame:
        """Register a distinct frame with the messages of these numbers."""
        messages = []
        for number in numbers:
            message = self.messages.get(number)
            if message is None:
                self.faults["a message nobody sent"] += 1
            else:
                messages.append(message)
        frame = Frame(payload=payload, room=room, messages=messages, since=since, revision=revision)
        frame.target = len(room.clients)
        for message in messages:
            message.frames.append(frame)
            if len(message.frames) > 1:
                for shared in message.frames:
                    shared.target = 0
        self.frames[payload] = frame
        return frame

    def reached(self, frame: Frame) -> None:
        """`frame` has been received by `target` clients: complete its messages if possible."""
        expected = len(frame.room.clients)
        if len(frame.arrivals) > expected:
            self.faults["delivered twice"] += 1
        for message in frame.messages:
            if message.done_at is not None:
                continue
            if sum(len(one.arrivals) for one in message.frames) >= expected:
                message.done_at = frame.arrivals[-1]
                self.completed.append(message)
                self._settle(message)

    def acked(self, number: int) -> None:
        """The server has acked the message with this number."""
        message = self.messages[number]
        if message.acked_at is not None:
            self.faults["acked twice"] += 1
            return
        message.acked_at = clock()
        self._settle(message)

    def give_up(self, message: Message, *, lost: bool) -> None:
        """Stop waiting for a message: its sender may continue, and it never counts. `lost` means that nobody received
        it."""
        message.given_up = True
        message.lost = lost
        self.in_flight.pop(message.number, None)
        if self.on_done is not None:
            self.on_done(message)

    def _settle(self, message: Message) -> None:
        if message.done_at is None or (self.wants_ack and message.acked_at is None) or message.given_up:
            return
        self.in_flight.pop(message.number, None)
        if self.on_done is not None:
            self.on_done(message)

    def last_arrival(self, message: Message) -> float | None:
        """When a client last received this message; None if none has."""
        return max((frame.arrivals[-1] for frame in message.frames if frame.arrivals), default=None)
