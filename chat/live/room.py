"""One room in one process: its feed, the connections that have it open, and the people who get its activity."""

import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING

from chat import policy
from chat.bus.events import RoomChanged
from chat.live.compressible import CompressibleText
from chat.live.connection import Connection, Frame
from chat.live.feed import Feed
from chat.live.room_reads import RoomReads
from chat.protocol.frames import activity_frame, excerpt_text
from chat.protocol.limits import RESUME_CHANGES
from chat.protocol.shapes import unread

if TYPE_CHECKING:
    from chat.live.person import Person

logger = logging.getLogger(__name__)

GAP_WAIT_SECONDS = 0.05
"""Changes can arrive out of order; wait this long before filling a gap from the database."""

FLUSH_INTERVAL_SECONDS = 0.005
FLUSH_SHARE = 2
"""A flush starts FLUSH_INTERVAL_SECONDS after the last one, or FLUSH_SHARE times its duration if that is longer."""

FLUSH_CHUNK = 1000
"""Most connections written to in one turn of the event loop: some 9 ms if they were idle. Each further turn, in which
the channel layer is read as well, costs 0.4 ms."""

ACTIVITY_INTERVAL_SECONDS = 1.0

NO_REVISION = sys.maxsize
"""In the place of the revision of a frame that has none, and that no snapshot contains."""

RETRY_SECONDS = 1.0
"""How long to wait before retrying a failed catch-up."""

ReadMissed = Callable[[int, int], Awaitable[RoomChanged | None]]
OnTaken = Callable[["LiveRoom", RoomChanged], None]


class LiveRoom:
    """Delivers a room's changes from the bus to the connections of this process, in order and without gaps."""

    def __init__(
        self,
        room: int,
        revision: int,
        *,
        read_missed: ReadMissed,
        on_taken: OnTaken,
        parent: int | None = None,
        stopwatch: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.id = room
        self.parent = parent
        """Of a thread, the room whose people may open it. Nobody gets activity of a thread."""
        self.feed = Feed(room, revision)
        self.open: dict[Connection, None] = {}
        self.people: dict[Person, None] = {}
        self.reads = RoomReads(room, push=self._push_reads)
        self._member_changes: dict[int, tuple[int, bool]] = {}
        """By person: the revision of the last change of their membership that was taken, and whether they left."""
        self._opening: dict[Connection, list[tuple[int, Frame]]] = {}
        self._ahead: dict[Connection, int] = {}
        """The revision of the snapshot of those connections whose snapshot was newer than the feed."""
        self._read_missed = read_missed
        self._on_taken = on_taken
        self._stopwatch = stopwatch  # times flushes; uvloop's clock does not advance within a turn of the loop
        self._loop = asyncio.get_running_loop()
        self._flush_timer: asyncio.Handle | None = None
        self._next_flush = 0.0
        self._known_revision = revision
        self._gap_timer: asyncio.Handle | None = None
        self._catching_up: asyncio.Task[None] | None = None
        self.message_count = self.counted = 0
        self._last_position = 0
        self._last_message = self._last_author = ""
        self._activity_timer: asyncio.Handle | None = None
        self._next_activity = 0.0

    @property
    def is_idle(self) -> bool:
        """Whether nobody in this process needs this room."""
        return not (self.open or self.people or self._opening)

    def stop(self) -> None:
        """Cancel all timers: nobody in this process needs the room any more."""
        for timer in (self._flush_timer, self._gap_timer, self._activity_timer, self._catching_up):
            if timer is not None:
                timer.cancel()
        self.reads.stop()

    # --- changes from the bus ------------------------------------------------------------------------------------

    def receive(self, change: RoomChanged) -> None:
        """Handle a change from the bus or the database, in any order."""
        self._known_revision = max(self._known_revision, change.revision)
        for ready in self.feed.take(change):
            self.message_count, self.counted = ready.message_count, ready.counted
            self._member_changes.update((member.user, (member.revision, member.left)) for member in ready.members)
            self._on_taken(self, ready)
            self.feed.merge(ready)
            self._note_activity(ready)
        if self.feed.is_dirty:
            self._schedule_flush()
        if self._lacks_changes:
            self._expect()

    def left_after(self, user: int, revision: int) -> bool:
        """Whether a person has left after this revision, so that a membership as of it is out of date."""
        known, left = self._member_changes.get(user, (0, False))
        return left and known > revision

    def rejoined_after(self, user: int, revision: int) -> bool:
        """Whether a person has rejoined after this revision, so that a removal as of it is out of date."""
        known, left = self._member_changes.get(user, (0, True))
        return not left and known > revision

    def ensure_revision(self, revision: int) -> None:
        """Note that the database has reached this revision. Catch up unless its changes arrive soon."""
        if revision > self.feed.revision:
            self._known_revision = max(self._known_revision, revision)
            self._expect()

    def _expect(self, wait: float = GAP_WAIT_SECONDS) -> None:
        if self._gap_timer is None and self._catching_up is None:
            self._gap_timer = self._loop.call_later(wait, self._gap_waited)

    def _gap_waited(self) -> None:
        self._gap_timer = None
        if self._lacks_changes:
            self._catching_up = self._loop.create_task(self._catch_up())

    async def _catch_up(self) -> None:
        """Read missing changes from the database until none is missing."""
        wait = GAP_WAIT_SECONDS
        try:
            while self._lacks_changes:
                asked = self.feed.revision
                missed = await self._read_missed(self.id, asked)
                self.feed.is_behind = missed is not None and len(missed.messages) >= RESUME_CHANGES
                if missed is None or missed.revision <= asked:
                    self._known_revision = self.feed.revision
                    break
                self.receive(missed)
        except Exception as error:
            logger.warning("Room %d could not catch up: %r", self.id, error)
            wait = RETRY_SECONDS
        finally:
            self._catching_up = None
        if self._lacks_changes:
            self._expect(wait)

    @property
    def _lacks_changes(self) -> bool:
        """Whether the database has changes that were not taken."""
        return self.feed.revision < self._known_revision or self.feed.is_behind

    # --- flushing ------------------------------------------------------------------------------------------------

    def _schedule_flush(self) -> None:
        """Flush in the next turn, or once the interval since the last flush has passed."""
        if self._flush_timer is None:
            is_due = self._next_flush <= self._loop.time()
            self._flush_timer = (
                self._loop.call_soon(self._flush) if is_due else self._loop.call_at(self._next_flush, self._flush)
            )

    def _flush(self) -> None:
        started = self._stopwatch()
        frames = [(frame.revision, Frame(CompressibleText(frame.text))) for frame in self.feed.frames()]
        for backlog in self._opening.values():
            backlog.extend(frames)
        self._write(frames, self._behind(frames) if self._ahead else list(self.open), started)

    def _behind(self, frames: list[tuple[int, Frame]]) -> list[Connection]:
        """Return who gets all these frames. Those ahead are sent what is newer than their snapshot."""
        targets = [connection for connection in self.open if connection not in self._ahead]
        for connection, known in list(self._ahead.items()):
            for revision, frame in frames:
                if revision > known:
                    connection.push(frame)
            if self.feed.revision >= known:
                del self._ahead[connection]
        return targets

    def _write(self, frames: list[tuple[int, Frame]], targets: list[Connection], started: float) -> None:
        """Write to the first FLUSH_CHUNK targets, then to the others that are still open in later turns of the loop."""
        now, rest = targets[:FLUSH_CHUNK], targets[FLUSH_CHUNK:]
        for _revision, frame in frames:
            for connection in now:
                connection.push(frame)
        if rest:
            self._flush_timer = self._loop.call_soon(self._write_rest, frames, rest, started)
            return
        took = self._stopwatch() - started
        self._next_flush = self._loop.time() + max(FLUSH_INTERVAL_SECONDS - took, (FLUSH_SHARE - 1) * took)
        self._flush_timer = None
        if self.feed.is_dirty:
            self._schedule_flush()

    def _write_rest(self, frames: list[tuple[int, Frame]], targets: list[Connection], started: float) -> None:
        self._write(frames, [connection for connection in targets if connection in self.open], started)

    def typing(self, frame: Frame, typist: int) -> None:
        """Send a `typing` frame to the connections of other people that have the room open."""
        for connection in list(self.open):
            if connection.person.id != typist:
                connection.push(frame, droppable=True)

    def push_to(self, person: "Person", frame: Frame, revision: int) -> None:
        """Send a frame to those connections of a person that have the room open.

        One whose snapshot is being read gets it afterwards, unless the snapshot is of this revision or a later one.
        """
        for connection in person.connections:
            if connection in self.open:
                connection.push(frame)
            elif connection in self._opening:
                self._opening[connection].append((revision, frame))

    # --- who has read --------------------------------------------------------------------------------------------

    @property
    def is_read(self) -> bool:
        """Whether somebody in this process has the room open, or is opening it."""
        return bool(self.open or self._opening)

    def note_read(self, user: int, position: int) -> None:
        """A member has read up to a position, and the room shows it."""
        if self.is_read:
            self.reads.note(user, position)

    def _push_reads(self, frame: Frame) -> None:
        """Send a frame to the connections that have the room open, except those of people who do not show theirs.

        A connection whose snapshot is being read gets it afterwards: the snapshot may be older.
        """
        for connection in list(self.open):
            if policy.shares_reads(connection.person.user):
                connection.push(frame)
        for connection, backlog in self._opening.items():
            if policy.shares_reads(connection.person.user):
                backlog.append((NO_REVISION, frame))

    @property
    def readers(self) -> set["Person"]:
        """The people of whom a connection has the room open, or is opening it."""
        return {connection.person for connections in (self.open, self._opening) for connection in connections}

    # --- opening and closing -------------------------------------------------------------------------------------

    def is_caught_up(self, revision: int) -> bool:
        """Whether a client with this revision has all that was flushed: the next frames follow it without a gap."""
        return self.feed.flushed <= revision <= max(self.feed.revision, self._known_revision)

    def begin_open(self, connection: Connection) -> None:
        """Keep all frames flushed from now on for a connection whose snapshot is being read."""
        self.open.pop(connection, None)
        self._ahead.pop(connection, None)
        self._opening[connection] = []

    def finish_open(self, connection: Connection, reply: list[Frame], revision: int) -> bool:
        """Send the snapshot, read at `revision`, and the frames flushed since. The connection gets all later ones.

        Sends nothing and returns False if the connection was closed or its person removed in the meantime.
        """
        backlog = self._opening.pop(connection, None)
        if backlog is None or connection.is_closed:
            return False
        self.open[connection] = None
        if revision > self.feed.revision:
            self._ahead[connection] = revision
        connection.open_rooms.add(self.id)
        for frame in reply:
            connection.push(frame)
        for frame_revision, frame in backlog:
            if frame_revision > revision:
                connection.push(frame)
        return True

    def close(self, connection: Connection) -> None:
        """Stop sending this room's changes to a connection."""
        self.open.pop(connection, None)
        self._opening.pop(connection, None)
        self._ahead.pop(connection, None)
        connection.open_rooms.discard(self.id)
        if not self.is_read:
            self.reads.stop()

    def unsubscribe(self, person: "Person") -> None:
        """Stop sending this room to a person."""
        self.people.pop(person, None)
        for connection in person.connections:
            self.close(connection)

    # --- activity ------------------------------------------------------------------------------------------------

    def _note_activity(self, change: RoomChanged) -> None:
        newest = max(change.messages, key=lambda item: item.position, default=None)
        if newest is None or newest.position < max(change.message_count, self._last_position):
            return  # an older message was edited or deleted: the last one has not changed
        if 0 < newest.text_revision <= change.since:
            return  # only its extras have changed, which excerpts do not show
        self._last_position, self._last_message = newest.position, newest.text
        self._last_author = next(author.text for author in change.authors if author.user == newest.author)
        self.schedule_activity()

    def schedule_activity(self) -> None:
        """Send the last message, if this process has received one, at most once a second."""
        if self._last_position and self._activity_timer is None:
            self._activity_timer = self._loop.call_at(max(self._loop.time(), self._next_activity), self._flush_activity)

    def _flush_activity(self) -> None:
        self._activity_timer = None
        self._next_activity = self._loop.time() + ACTIVITY_INTERVAL_SECONDS
        targets = [(person, connections) for person in self.people if (connections := person.for_activity(self.id))]
        if not targets:
            return
        excerpt = excerpt_text(self._last_message, self._last_author)
        for person, connections in targets:
            self._push_activity(person, connections, excerpt)

    def _push_activity(self, person: "Person", connections: Iterable[Connection], excerpt: str) -> None:
        counted_read = person.rooms[self.id].counted_read
        frame = Frame(
            activity_frame(
                room=self.id,
                message_count=self.message_count,
                counted=self.counted,
                unread=unread(self.counted, counted_read),
                last_message=excerpt,
            )
        )
        for connection in connections:
            connection.push(frame)
