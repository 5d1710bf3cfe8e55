"""Composes the live path of one event loop: connections connect, open rooms and disconnect."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from django.conf import settings

from chat.bus.bus import bus
from chat.bus.encoding import EncodedEvent
from chat.bus.events import Event, PersonChanged, RoomChanged
from chat.bus.groups import room_group, space_group, user_group
from chat.derive import registry
from chat.derive.background import Background
from chat.live.batch_loader import BatchLoader
from chat.live.bus_events import BusEventHandler
from chat.live.catch_up import Ahead, page_frames
from chat.live.connection import Connection, Frame
from chat.live.greeting import Greeting
from chat.live.presence import LivePresence
from chat.live.reader_pool import run_in_reader
from chat.live.reconciler import NewConnectionCheck, Reconciler
from chat.live.refusals import Reason, refusals
from chat.live.registry import ConnectionRegistry
from chat.live.room import LiveRoom
from chat.live.space import LiveSpace
from chat.live.subscriptions import Subscriptions
from chat.live.tasks import Tasks
from chat.live.transport import Transport
from chat.live.writer import Writer
from chat.protocol.errors import CloseCode, Forbidden, NotFound
from chat.protocol.events import OpenReply, Restarting
from chat.protocol.frames import read_frame, room_frame
from chat.protocol.limits import DEFAULT_PAGE
from chat.protocol.shapes import RoomSummary, Threads
from chat.queries import person_items, rooms, sessions, tokens
from chat.queries.catch_up import missed_page
from chat.queries.changes import changes_since
from chat.queries.mine import missed
from chat.queries.rooms import MembershipState, OpenRequest
from chat.queries.sessions import ConnectState, SignedIn
from chat.services.rates import RateTable

logger = logging.getLogger(__name__)

HANDSHAKES_PER_SECOND = 5
HANDSHAKES_BURST = 200
"""The rate at which one session may open sockets. More are refused without querying the database."""


class Hub:
    """Serves the connections of one event loop. Its methods run on that loop and never wait for a socket."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.is_draining = False
        self.writer = Writer()
        self.handshakes = RateTable(per_second=HANDSHAKES_PER_SECOND, burst=HANDSHAKES_BURST)
        self.sessions_loader = BatchLoader(sessions.authenticate)
        self.people_loader = BatchLoader(sessions.signed_in)
        self.tokens_loader = BatchLoader(tokens.authenticate_tokens)
        self.states_loader = BatchLoader(sessions.connect_states)
        self.rooms_loader = BatchLoader(rooms.open_rooms)
        self.tasks = Tasks(self.loop)
        self.subscriptions = Subscriptions(receive=self._received, subscribed=self._subscribed)
        self.registry = ConnectionRegistry(
            self.subscriptions,
            read_missed=self._read_missed,
            read_missed_items=self._read_missed_items,
            on_taken=self._taken,
        )
        self.reconciler = Reconciler(self.registry, self.subscriptions)
        self.space = LiveSpace(self.registry)
        self.presence = LivePresence(self.registry, self.subscriptions)
        self.bus_events = BusEventHandler(self.registry, self.reconciler, self.space, self.presence, self.tasks)
        self._new_connections = NewConnectionCheck(self.reconciler, self.tasks)
        self._background = Background() if settings.WORK_IN_SERVER and registry.has_work() else None

    def start(self) -> None:
        """Attach to the bus and start the background tasks."""
        if self._background is None:
            bus.attach(self.loop, self.bus_events.handle)
        else:
            bus.attach(self.loop, self._published)
            self._background.start()
        self.subscriptions.add(space_group())
        self.tasks.keep("writer", self.writer.run)
        self.tasks.keep("bus", bus.run)
        self.tasks.keep("subscriptions", self.subscriptions.run)
        self.tasks.keep("tail check", self.reconciler.tails_regularly)
        self.tasks.keep("refresh of the space", self.space.follow)
        self.tasks.keep("presence", self.presence.run)
        self.tasks.keep("refresh of statuses", self.presence.refresh_statuses)
        self.tasks.keep("access check", self.reconciler.access_regularly)
        self.tasks.keep("removal of deleted rooms", self.reconciler.deletions_regularly)

    def stop(self) -> None:
        """Detach from the bus and end all tasks. Nothing is delivered after this."""
        bus.detach()
        if self._background is not None:
            self._background.stop()
        for room in self.registry.rooms.values():
            room.stop()
        for person in self.registry.people.values():
            person.feed.stop()
        self.tasks.cancel()
        self.writer.stop()

    # --- connections ---------------------------------------------------------------------------------------------

    def refusal(self, state: ConnectState | None) -> CloseCode | None:
        """Return why the person of this state can't connect, or None if they can."""
        if self.is_draining:
            return CloseCode.RESTARTING
        if state is None:
            return CloseCode.SIGNED_OUT
        if not state.signed_in.user.is_active:
            return CloseCode.DEACTIVATED
        if self.registry.has_all_sockets(state.signed_in.user.pk):
            refusals.count(Reason.PERSON)
            return CloseCode.TOO_MANY_SOCKETS
        return None

    def connect(
        self, transport: Transport, signed_in: SignedIn, summaries: Sequence[RoomSummary], *, language: str
    ) -> Connection:
        """Add a connection of a person whose rooms were just read. Rooms that they have left since are skipped."""
        self._mend_others(signed_in.user.pk, summaries)
        connection = self.registry.connect(transport, signed_in, language=language)
        person = connection.person
        for summary in summaries:
            live = self.registry.rooms.get(summary.id)
            if live is not None and live.left_after(person.id, summary.revision):
                continue  # they left after the summary was read
            if summary.id not in person.rooms:
                self._push_to_others(connection, summary)
            room = self.registry.enter(person, summary.id, summary.revision, _place_in(summary))
            room.ensure_revision(summary.revision)
            if room.feed.revision > summary.revision:
                room.schedule_activity()  # the summary is older than the last activity that was sent
        self._new_connections.check(person)
        return connection

    def greet(self, connection: Connection, state: ConnectState) -> None:
        """Send `hello` and the person's rooms. Rooms that do not fit into the first frame follow in the background."""
        greeting = Greeting(connection, state, self.registry.rooms)
        greeting.begin()
        if not greeting.is_done:
            self.tasks.soon(greeting.finish())

    def _mend_others(self, user_id: int, summaries: Sequence[RoomSummary]) -> None:
        """Send the connections that a person has what was just read of their rooms, and they do not know: events got
        lost. From now on, what this process holds of the person is what was read, so nothing later would find it."""
        person = self.registry.people.get(user_id)
        if person is None:
            return
        for summary in summaries:
            held, place = person.rooms.get(summary.id), _place_in(summary)
            if held is None:
                continue
            person.has_unread_threads(summary.id, place.unread_threads, place.thread_mentions)
            if person.has_read(summary.id, place.last_read, place.counted_read):
                person.push(read_frame(room=summary.id, last_read=place.last_read, unread=summary.unread))
            if (held.role, held.muted_until) != (place.role, place.muted_until):
                self.tasks.soon(self.reconciler.refresh_room(person, summary.id))

    def _push_to_others(self, connection: Connection, summary: RoomSummary) -> None:
        """Send a room to the person's other connections, which lost the event of it."""
        others = [other for other in connection.person.connections if other is not connection]
        if others:
            frame = Frame(room_frame(summary.encode()))
            for other in others:
                other.push(frame)

    def disconnect(self, connection: Connection) -> None:
        """Remove a connection whose client is gone."""
        self.presence.forget(connection)
        self.registry.disconnect(connection)

    # --- open rooms ----------------------------------------------------------------------------------------------

    async def open(
        self,
        connection: Connection,
        room_id: int,
        make_reply: Callable[[OpenReply], list[Frame]],
        *,
        since: int | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> None:
        """Send the state of a room, as frames from `make_reply`, and its changes from then on.

        Changes are kept for the connection before the state is read, so that none is missed between the two.
        """
        person = connection.person
        room = await self._room_to_open(connection, room_id)
        room.begin_open(connection)
        home = room.parent or room_id
        believed = person.rooms.get(home)
        try:
            reply = await self.rooms_loader.load(OpenRequest(person.user, room_id, since, limit))
        except (NotFound, Forbidden):
            self._close(connection, room)
            if person.rooms.get(home) is believed:  # else they have rejoined since the read
                self.registry.remove(person, home, "removed")
            raise
        except BaseException:
            self._close(connection, room)
            raise
        room.ensure_revision(reply.revision)
        if reply.reads is not None:
            room.reads.know(reply.reads)
        if not room.finish_open(connection, make_reply(reply), reply.revision):
            self.registry.forget_idle_thread(room)
            raise NotFound

    async def follow(self, connection: Connection, room_id: int, since: int, *, current: int | None = None) -> None:
        """Send a room's changes after `since`, the revision that the client has, and then all later ones.

        Unlike `open`, it sends any number of changes, page by page as the transport accepts them, and never the whole
        state. Raises Ahead if the room has not reached that revision.

        `current` is the room's revision in the database, if it was read after the client had `since`. A client that
        was cut off in the middle of changes may lack texts up to its own revision, unless that is the current one:
        only then can it do without a page from the database, in which messages are whole.
        """
        if since == current:
            room = await self._room_to_open(connection, room_id)
            if room.is_caught_up(since):
                room.begin_open(connection)
                room.finish_open(connection, [], since)
                return
        revision = since
        while not connection.is_closed:
            room = await self._room_to_open(connection, room_id)
            room.begin_open(connection)
            try:
                page = await run_in_reader(missed_page, connection.person.user, room_id, revision)
            except BaseException:
                self._close(connection, room)
                raise
            if page.is_ahead:
                self._close(connection, room)
                raise Ahead
            frames = page_frames(page, connection.person.id)
            if page.is_last:
                room.ensure_revision(page.change.revision)
                if not room.finish_open(connection, frames, page.change.revision):
                    self.registry.forget_idle_thread(room)
                    raise NotFound
                return
            self._close(connection, room)
            for frame in frames:
                connection.push(frame)
                await connection.flushed()
            revision = page.change.revision

    async def _room_to_open(self, connection: Connection, room_id: int) -> LiveRoom:
        """Return a room that the person is in, or a thread of one.

        If they have just joined, the event of it may not have arrived yet.
        """
        person = connection.person
        live = self.registry.rooms.get(room_id)
        if live is not None and (live.parent or room_id) in person.rooms:
            return live
        membership = await run_in_reader(rooms.membership_of, person.user, room_id)  # raises if they are not in it
        room = membership.room
        if room.members_room_id not in person.rooms:
            await self.reconciler.found_joined(person, room.members_room_id)
        if connection.is_closed or room.members_room_id not in person.rooms:
            raise NotFound
        if room.is_thread:
            return self.registry.thread(room_id, room.revision, room.members_room_id)
        return self.registry.rooms[room_id]

    def close(self, connection: Connection, room_id: int) -> None:
        """Stop sending a room's changes to this connection."""
        room = self.registry.rooms.get(room_id)
        if room is not None:
            self._close(connection, room)

    def _close(self, connection: Connection, room: LiveRoom) -> None:
        room.close(connection)
        self.registry.forget_idle_thread(room)

    def open_revisions(self, connection: Connection) -> dict[int, int]:
        """The revisions up to which this connection has the changes of its open rooms."""
        rooms = self.registry.rooms
        return {room_id: rooms[room_id].feed.flushed for room_id in connection.open_rooms}

    # --- callbacks of the parts ----------------------------------------------------------------------------------

    def _published(self, event: Event) -> None:
        self.bus_events.handle(event)
        if isinstance(event, RoomChanged) and self._background is not None:
            self._background.note(event.room)

    async def _read_missed(self, room_id: int, revision: int) -> RoomChanged | None:
        change = await run_in_reader(changes_since, room_id, revision)
        if change is None:
            self.registry.room_is_gone(room_id)
        elif change.messages:
            await self._read_missed_mine(change)
        return change

    async def _read_missed_mine(self, change: RoomChanged) -> None:
        """A change that was read from the database does not contain who reacted or voted: read and send that to each
        reader."""
        room = self.registry.rooms.get(change.room)
        readers = set() if room is None else {person.id for person in room.readers}
        if room is not None and readers:
            mine = await run_in_reader(missed, change.messages, readers)
            self.bus_events.mine_missed(room, mine)

    async def _read_missed_items(self, user_id: int, revision: int) -> PersonChanged | None:
        return await run_in_reader(person_items.missed_changes, user_id, revision)

    def _received(self, encoded: EncodedEvent) -> None:
        self.bus_events.remote(encoded)

    def _taken(self, room: LiveRoom, change: RoomChanged) -> None:
        self.bus_events.taken(room, change)

    def _subscribed(self, groups: list[str]) -> None:
        """The layer has subscribed to these groups: read what was published before that from the database."""
        taken = set(groups)
        self.presence.subscribed(taken)
        rooms = [room_id for room_id in self.registry.rooms if room_group(room_id) in taken]
        if rooms:
            self.tasks.soon(self.reconciler.tails(rooms))
        for person in self.registry.people.values():
            if user_group(person.id) in taken:
                self._new_connections.check(person)

    # --- shutdown ------------------------------------------------------------------------------------------------

    async def drain(self, delay: float, seconds: float) -> None:
        """Send `restarting`, wait for commits in flight and their acks, then close every connection with 4012.

        Clients are asked to spread their reconnects over `delay` seconds. After `seconds`, connections are closed even
        if commits are still in flight.
        """
        self.is_draining = True
        if self._background is not None:
            self._background.stop()
        notice = Frame(Restarting(delay=delay).encode())
        for connection in self.registry.connections:
            connection.push(notice)
        try:
            async with asyncio.timeout(seconds):
                await self.writer.idle()
                await asyncio.sleep(0)  # acks are sent in the next turn of the loop
                await asyncio.gather(*(c.flushed() for c in self.registry.connections))
        except TimeoutError:
            logger.warning("Some messages could not be stored or acked before the restart")
        for connection in self.registry.connections:
            connection.close(CloseCode.RESTARTING)


def _place_in(summary: RoomSummary) -> MembershipState:
    """What the person of a summary is in the room."""
    counted = summary.message_count if summary.counted is None else summary.counted
    in_threads = summary.threads or Threads()
    return MembershipState(
        summary.role,
        summary.notify,
        summary.last_read,
        counted - summary.unread,
        None if summary.muted_until is None else datetime.fromisoformat(summary.muted_until),
        in_threads.unread,
        in_threads.mentions,
    )


_hub: Hub | None = None


def current_hub() -> Hub:
    """The hub of the running event loop; the first caller starts it."""
    global _hub  # noqa: PLW0603 (one process, one hub)
    if _hub is None or _hub.loop is not asyncio.get_running_loop():
        _hub = Hub()
        _hub.start()
    return _hub


def people_here() -> list[int]:
    """The ids of the people who are connected and do not hide it, as far as this process knows."""
    return [] if _hub is None else _hub.presence.people_here()


async def drain(delay: float, seconds: float) -> None:
    """Drain the hub of this process, if it has one."""
    if _hub is not None:
        await _hub.drain(delay, seconds)
