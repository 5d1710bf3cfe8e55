"""Counts who got what: a message counts when every client of its room has it, once.

The load generator receives up to some hundred thousand frames a second, so nothing here looks into a frame twice. All
clients of a room get the same bytes in the same order, as a rule; so each distinct frame is parsed once and linked to
the frame that followed it, and a client that gets what its link foretells costs one comparison of memory.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

clock = time.perf_counter


@dataclass(slots=True, eq=False)
class Message:
    """One message under way. Times are `clock()` seconds; `None` is "not yet"."""

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
    """One distinct frame of a room: what it carries, and when each client got it.

    `since` and `revision` are 0 on wires that do not number their changes. `target` is the count of arrivals at which
    there is something to decide; 0 while its messages also travel in other frames ("split"), where each arrival counts.
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
    """A room of the load: its id on the wire, its clients (indexes), the revision they have already got of it (None:
    nothing yet), and the point in the stream of frames where all of them begin."""

    id: int
    name: str
    clients: list[int] = field(default_factory=list)
    since: int | None = None
    root: Frame = field(init=False)

    def __post_init__(self) -> None:
        self.root = Frame(payload=b"", room=self, messages=[])


class Tally:
    """All messages and frames of one measurement, and every fault seen on the way."""

    def __init__(self) -> None:
        self.messages: dict[int, Message] = {}
        self.frames: dict[bytes, Frame] = {}
        self.faults: Counter[str] = Counter()
        self.in_flight: dict[int, Message] = {}
        self.completed: list[Message] = []
        self.wants_ack = False
        self.on_done: Callable[[Message], None] | None = None

    def sent(self, *, room: Room, at: float) -> Message:
        """A new message; its number is unique within this tally."""
        message = Message(number=len(self.messages) + 1, room=room, sent_at=at)
        self.messages[message.number] = message
        self.in_flight[message.number] = message
        return message

    def frame(self, payload: bytes, *, room: Room, numbers: Sequence[int], since: int = 0, revision: int = 0) -> Frame:
        """Remember a distinct frame that carries the messages of these numbers."""
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
        """`frame` has come to as many clients as its target says: settle what is complete."""
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
        """The server said that it has stored the message of this number."""
        message = self.messages[number]
        if message.acked_at is not None:
            self.faults["acked twice"] += 1
            return
        message.acked_at = clock()
        self._settle(message)

    def give_up(self, message: Message, *, lost: bool) -> None:
        """Wait no longer for this message: its sender may go on, and it never counts. `lost`: nobody received it."""
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
        """When any client last got this message, or None."""
        return max((frame.arrivals[-1] for frame in message.frames if frame.arrivals), default=None)
