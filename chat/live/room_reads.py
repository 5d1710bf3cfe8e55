"""How far the members of one room have read: collects what changes, and sends it at most once a second."""

import asyncio
from collections.abc import Callable, Mapping

from chat.live.connection import Frame
from chat.protocol.frames import reads_frame

READS_INTERVAL_SECONDS = 1.0


class RoomReads:
    """Positions by the id of the person, while somebody has the room open. They only increase.

    Several people read the same message within a moment, so the frames of a second are merged.
    """

    def __init__(self, room: int, *, push: Callable[[Frame], None]) -> None:
        self.positions: dict[int, int] = {}
        self._room = room
        self._push = push
        self._loop = asyncio.get_running_loop()
        self._changed: dict[int, int | None] = {}
        self._noted: set[int] = set()
        """Who has read since the last `begin_refresh`: what is read from the database may be older."""
        self._timer: asyncio.Handle | None = None
        self._next = 0.0

    def stop(self) -> None:
        """Nobody has the room open any more: forget everything."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.positions.clear()
        self._changed.clear()

    def know(self, positions: Mapping[int, int]) -> None:
        """Take positions that are being sent to somebody who opens the room.

        What is new in them is sent to those who had it open before, unless nothing was known.
        """
        if not self.positions:
            self.positions.update(positions)
            return
        for user, position in positions.items():
            self.note(user, position)

    def note(self, user: int, position: int) -> None:
        """A person has read up to a position: send it soon."""
        self._noted.add(user)
        if position > self.positions.get(user, -1):
            self.positions[user] = position
            self._send(user, position)

    def posted(self, user: int, position: int) -> None:
        """A person has posted a message, and so has read up to it. Clients know that from the message."""
        if user in self.positions:
            self.positions[user] = max(position, self.positions[user])

    def begin_refresh(self) -> None:
        """The positions are about to be read from the database."""
        self._noted.clear()

    def refresh(self, fresh: Mapping[int, int] | None) -> None:
        """Send what differs from the database: lost events, and people who do not show theirs any more.

        None if the room shows nobody's.
        """
        if fresh is None:
            self.stop()
            return
        for user in self.positions.keys() - fresh.keys() - self._noted:
            del self.positions[user]
            self._send(user, None)
        for user, position in fresh.items():
            self.note(user, position)

    def _send(self, user: int, position: int | None) -> None:
        self._changed[user] = position
        if self._timer is None:
            self._timer = self._loop.call_at(max(self._loop.time(), self._next), self._flush)

    def _flush(self) -> None:
        self._timer = None
        self._next = self._loop.time() + READS_INTERVAL_SECONDS
        changed, self._changed = self._changed, {}
        self._push(Frame(reads_frame(room=self._room, reads=changed)))
