"""Opens the rooms of a stream: sends what its client missed, page by page, and then everything live."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from chat.live import command_runner
from chat.live.catch_up import Ahead
from chat.live.connection import Connection, Frame
from chat.live.greeting import Greeting
from chat.live.hub import Hub
from chat.live.limited import within
from chat.live.outage import asking
from chat.live.reader_pool import LOST_CONNECTION, run_in_reader
from chat.live.replies import send_error
from chat.live.token_commands import require_room, requirement
from chat.protocol.errors import CloseCode, Forbidden, NotFound
from chat.protocol.events import OpenReply, RoomRemoved
from chat.protocol.frames import me_changes_frame
from chat.queries.catch_up import joined_after
from chat.queries.person_items import missed_changes
from chat.queries.sessions import ConnectState
from chat.streams.cursor import Cursor, epoch_digest
from chat.streams.progress import Effect, Progress, SnapshotText
from chat.streams.requests import FeedRequest

logger = logging.getLogger(__name__)

ROOMS_AT_ONCE = 100
"""Most rooms that are opened in one turn of the event loop."""

SINCE_JOINING = -1
"""In the place of a revision: that of when the person joined, which is read from the database."""


class Opening:
    """Brings one connection from its cursor to the present. `progress` is the new cursor.

    `limit` are the rooms that it may read, and the threads of these that it opens; None for all.
    """

    def __init__(
        self,
        hub: Hub,
        connection: Connection,
        state: ConnectState,
        request: FeedRequest,
        *,
        limit: set[int] | None = None,
    ) -> None:
        state = within(state, limit)
        self._hub = hub
        self._connection = connection
        self._limit = limit
        self._is_for_all = request.rooms is None
        self.progress = Progress(connection.person, epoch=epoch_digest(state.epoch), limit=limit)
        self._commands = request.commands
        cursor = request.cursor
        if cursor is not None and cursor.epoch != self.progress.epoch:
            cursor = None
        self._greeting: Greeting | None = None
        if cursor is None or not self.progress.resume(cursor):
            self._greeting = Greeting(connection, state, hub.registry.rooms)
        self.me_now = max(state.signed_in.user.revision, connection.person.feed.revision)
        if cursor is None:
            self.progress.me = self.me_now
        self._plan = (
            _all_rooms({room.id: room.revision for room in state.rooms}, cursor)
            if request.rooms is None
            else dict(request.rooms)
        )
        if request.rooms is not None and cursor is not None:
            self._plan |= {room: cursor.rooms[room] for room in request.rooms if room in cursor.rooms}
        self._current = {room.id: room.revision for room in state.rooms}
        """The revisions of rooms in the database, as they were read after the client sent its own."""
        for room, since in self._plan.items():
            if since is not None and since != SINCE_JOINING:
                self.progress.rooms[room] = since

    @property
    def greets(self) -> bool:
        """Whether the stream begins with `hello`."""
        return self._greeting is not None

    def begin(self) -> None:
        """Send `hello` and the first rooms, if the client does not have them."""
        if self._greeting is not None:
            self._greeting.begin()

    async def run(self) -> None:
        """Send the rest."""
        await self._guarded(self._catch_up())

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """Close the connection if something fails: its client continues from its cursor."""
        try:
            await work
        except LOST_CONNECTION as error:
            asking.failed(error)
            self._connection.close(CloseCode.TOO_SLOW)
        except Exception:
            logger.exception("A stream could not catch up")
            self._connection.close(CloseCode.TOO_SLOW)

    async def _catch_up(self) -> None:
        if self._greeting is not None:
            await self._greeting.finish()
            self._greeting = None
        await self._items()
        require = requirement(self._connection, self._limit)
        for command in self._commands:
            await command_runner.receive(self._hub, self._connection, command, require=require)
        for number, (room, since) in enumerate(list(self._plan.items()), start=1):
            if self._connection.is_closed:
                return
            await self._open(room, since)
            if number % ROOMS_AT_ONCE == 0:
                await asyncio.sleep(0)
        self._current.clear()

    def sent(self, effect: Effect) -> None:
        """A frame was sent. Opens the room that it adds to those of the person, if the stream is for all of them."""
        self.progress.note(effect)
        if effect.kind == "room" and self._is_for_all and effect.room not in self._plan:
            self._plan[effect.room] = self.progress.rooms[effect.room] = effect.revision
            self._current[effect.room] = effect.revision
            self._hub.tasks.soon(self._guarded(self._open(effect.room, effect.revision)))
        elif effect.kind == "room_removed":
            self._plan.pop(effect.room, None)

    async def _items(self) -> None:
        """Send the person's items that changed after the cursor."""
        if self.progress.me == self.me_now or self._limit is not None:
            return
        since = self.progress.me
        missed = await run_in_reader(missed_changes, self._connection.person.id, since)
        if missed is not None:
            items = [item.text for item in missed.items]
            frame = me_changes_frame(since=missed.since, revision=missed.revision, reset=missed.reset, items=items)
            self._connection.push(Frame(frame))

    async def _open(self, room: int, since: int | None) -> None:
        try:
            if self._limit is not None:
                await require_room(self._connection, self._limit, room)
            if since == SINCE_JOINING:
                since = await run_in_reader(joined_after, self._connection.person.user, room)
                self.progress.rooms[room] = since
            if since is None:
                await self._snapshot(room)
            else:
                await self._hub.follow(self._connection, room, since, current=self._current.pop(room, None))
        except Ahead:
            await self._open(room, None)
        except (NotFound, Forbidden) as error:
            self.progress.rooms.pop(room, None)
            self._plan.pop(room, None)
            if self._is_for_all:
                self._connection.push(Frame(RoomRemoved(room=room, reason="removed").encode()))
            else:
                send_error(self._connection, room, error)

    async def _snapshot(self, room: int) -> None:
        def reply(state: OpenReply) -> list[Frame]:
            first, *others = state.frames(room)
            return [Frame(SnapshotText(first, room, 0 if others else state.revision)), *map(Frame, others)]

        await self._hub.open(self._connection, room, reply)


def _all_rooms(summaries: dict[int, int], cursor: Cursor | None) -> dict[int, int | None]:
    """From where each room of a person is sent, and those that the cursor has besides: rooms they left, and threads."""
    if cursor is None:
        return {**summaries}
    return {**dict.fromkeys(summaries, SINCE_JOINING), **cursor.rooms}
