"""The first frames of a new connection: `hello`, then all rooms of its person, in parts."""

import asyncio
from collections import deque
from collections.abc import Mapping

from chat import policy
from chat.live.connection import Connection, Frame
from chat.live.room import LiveRoom
from chat.protocol import PROTOCOL
from chat.protocol.events import Hello
from chat.protocol.frames import rooms_frame
from chat.protocol.limits import ROOMS_FRAME_BYTES
from chat.protocol.shapes import RoomSummary, User, later, threads, unread
from chat.queries.rooms import latest_first
from chat.queries.sessions import ConnectState
from chat.queries.space import current_limits, held_space


class Greeting:
    """Sends one connection its rooms as they were when it connected, no faster than the transport accepts them.

    Events that occur between two parts are sent before the next part, whose data is older. So a part omits rooms that
    the person has left, and is followed by `activity` for rooms with newer messages.
    """

    def __init__(self, connection: Connection, state: ConnectState, live: Mapping[int, LiveRoom]) -> None:
        self._connection = connection
        self._state = state
        self._live = live
        mine = connection.person.rooms
        self._remaining = deque(latest_first(room for room in state.rooms if room.id in mine))

    @property
    def is_done(self) -> bool:
        """Whether all rooms have been sent."""
        return not self._remaining

    def begin(self) -> None:
        """Send `hello` and the first part."""
        hello = Hello(
            protocol=PROTOCOL,
            connection=self._connection.id,
            epoch=self._state.epoch,
            user=User.of(self._state.signed_in.user),
            limits=current_limits(),
            rooms=[room.id for room in self._remaining],
            me=max(self._state.signed_in.user.revision, self._connection.person.feed.revision),
            space=held_space(),
        )
        self._connection.push(Frame(hello.encode()))
        self._push_part()

    async def finish(self) -> None:
        """Send the other parts, each once the outbox is empty."""
        while self._remaining and not self._connection.is_closed:
            await self._connection.flushed()
            await asyncio.sleep(0)
            self._push_part()

    def _push_part(self) -> None:
        part: list[RoomSummary] = []
        texts: list[str] = []
        bytes_left = ROOMS_FRAME_BYTES
        while self._remaining:
            room = self._as_of_now(self._remaining[0])
            text = "" if room is None else room.encode()
            bytes_left -= len(text.encode()) + 1  # with its comma
            if bytes_left < 0 and texts:
                break
            self._remaining.popleft()
            if room is not None:
                part.append(room)
                texts.append(text)
        self._connection.push(Frame(rooms_frame(texts, more=bool(self._remaining))))
        self._schedule_newer(part)

    def _as_of_now(self, room: RoomSummary) -> RoomSummary | None:
        """The room with its reader's current state; None if they have left it."""
        person = self._connection.person
        place = person.rooms.get(room.id)
        if place is None:
            return None
        may, muted_until = policy.permissions(person.user, room, place), later(place.muted_until)
        mine = {"role": place.role, "notify": place.notify, "last_read": place.last_read, "may": may}
        mine["muted_until"] = muted_until
        mine["threads"] = threads(place.unread_threads, place.thread_mentions)
        if all(getattr(room, name) == value for name, value in mine.items()):
            return room
        counted = room.message_count if room.counted is None else room.counted
        return room.model_copy(update=mine | {"unread": unread(counted, place.counted_read)})

    def _schedule_newer(self, part: list[RoomSummary]) -> None:
        for room in part:
            live = self._live.get(room.id)
            if live is not None and live.feed.revision > room.revision:
                live.schedule_activity()
