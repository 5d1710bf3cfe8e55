"""Everybody who is connected to this process, their rooms, and the checks that bound what can get lost."""

import asyncio
import logging
import uuid
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from django.conf import settings

from chat.live.bus import PROCESS, Change, Publication, bus, room_group, user_group
from chat.live.connection import Connection, Frame, Send
from chat.live.database import in_reader
from chat.live.layer import Subscriptions
from chat.live.rate import TokenBucket
from chat.live.room import LiveRoom
from chat.live.writer import Writer
from chat.models import User
from chat.protocol.errors import CloseCode, NotFound
from chat.protocol.events import OpenReply, Restarting, RoomRemoved, RoomSummary, unread
from chat.protocol.limits import DEFAULT_PAGE, SILENCE_SECONDS
from chat.services import access, snapshots
from chat.services.access import Place, SignedIn

logger = logging.getLogger(__name__)

TAIL_CHECK_SECONDS = 5.0
TAIL_CHECK_WHILE_FAILING_SECONDS = 1.0
"""How often all rooms with listeners are compared with the database, which bounds how late a lost change arrives."""

ACCESS_CHECK_SECONDS = 30.0
"""How often sessions, people and memberships are read again, which bounds how late a lost revocation works."""


class Person:
    """One person with at least one connection to this process."""

    __slots__ = ("bucket", "connections", "id", "rooms", "typing_at", "user")

    def __init__(self, user: User, now: float) -> None:
        self.id: int = user.pk
        self.user = user
        self.connections: dict[Connection, None] = {}
        self.rooms: dict[int, Place] = {}
        self.bucket = TokenBucket(settings.SEND_RATE_PER_SECOND, settings.SEND_RATE_BURST, now)
        self.typing_at: dict[int, float] = {}


class Hub:
    """All of the live path that belongs to one event loop. Its methods run on that loop and never wait for a socket."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.people: dict[int, Person] = {}
        self.rooms: dict[int, LiveRoom] = {}
        self.writer = Writer()
        self.is_draining = False
        self._subscriptions = Subscriptions(self._receive, self._subscribed)
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to listen to the bus, and to check."""
        bus.attach(self.loop, self._publication)
        self._run("writer", self.writer.run)
        self._run("bus", bus.run)
        self._run("subscriptions", self._subscriptions.run)
        self._run("tail check", self._check_tails_regularly)
        self._run("access check", self._check_access_regularly)

    def _run(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a task for ever: what fails is logged and begun again."""

        async def supervised() -> None:
            while True:
                try:
                    return await work()
                except Exception:
                    logger.exception("The %s failed and starts again", name)
                    await asyncio.sleep(1)

        task = self.loop.create_task(supervised(), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something in the background and log what it raises."""

        async def guarded() -> None:
            try:
                await work
            except Exception as error:
                logger.warning("In the background: %r", error)

        task = self.loop.create_task(guarded())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def connections(self) -> list[Connection]:
        """Every connection of this process."""
        return [c for person in self.people.values() for c in person.connections]

    # --- coming and going ----------------------------------------------------------------------------------------

    def connect(self, send: Send, signed_in: SignedIn, summaries: Iterable[RoomSummary], language: str) -> Connection:
        """Add a connection of a person whose rooms were just read."""
        person = self.people.get(signed_in.user.pk)
        if person is None:
            person = self.people[signed_in.user.pk] = Person(signed_in.user, self.loop.time())
            self._subscriptions.add(user_group(person.id))
        person.user = signed_in.user
        connection = Connection(
            send,
            id=uuid.uuid4().hex,
            person=person,
            session_key=signed_in.session_key,
            session_hash=signed_in.session_hash,
            language=language,
            now=self.loop.time(),
        )
        person.connections[connection] = None
        is_stale = False
        for summary in summaries:
            place = Place(summary.role, summary.notify, summary.last_read)
            room = self._enter(person, summary.id, summary.revision, place)
            is_stale = is_stale or room.feed.revision > summary.revision
        if is_stale:
            # What changed between reading the rooms and being here to hear of it may have been a removal.
            self._soon(self._check_access([person]))
        return connection

    def disconnect(self, connection: Connection) -> None:
        """A socket is gone: forget the connection, and the person and rooms that nobody here needs any more."""
        connection.lost()
        person = connection.person
        for room_id in list(connection.open_rooms):
            self.rooms[room_id].close(connection)
        for room in [self.rooms.get(room_id) for room_id in person.rooms]:
            if room is not None:
                room.close(connection)
        person.connections.pop(connection, None)
        if not person.connections and self.people.get(person.id) is person:
            del self.people[person.id]
            self._subscriptions.remove(user_group(person.id))
            for room_id in list(person.rooms):
                self._expel(person, room_id)

    def _enter(self, person: Person, room_id: int, revision: int, place: Place) -> LiveRoom:
        """A connected person is in a room as of `revision`."""
        room = self._live_room(room_id, revision)
        person.rooms[room_id] = place
        room.people[person] = None
        return room

    def _expel(self, person: Person, room_id: int) -> None:
        """A person is not, or no longer, in a room."""
        person.rooms.pop(room_id, None)
        person.typing_at.pop(room_id, None)
        room = self.rooms.get(room_id)
        if room is not None:
            room.expel(person)
            self._drop_if_idle(room)

    def _live_room(self, room_id: int, revision: int) -> LiveRoom:
        room = self.rooms.get(room_id)
        if room is None:
            room = self.rooms[room_id] = LiveRoom(
                room_id, revision, read_missed=self._read_missed, on_taken=self._taken
            )
            self._subscriptions.add(room_group(room_id))
        return room

    def _drop_if_idle(self, room: LiveRoom) -> None:
        if room.is_idle and self.rooms.get(room.id) is room:
            room.stop()
            del self.rooms[room.id]
            self._subscriptions.remove(room_group(room.id))

    # --- rooms on a connection -----------------------------------------------------------------------------------

    async def open(
        self,
        connection: Connection,
        room_id: int,
        make_reply: Callable[[OpenReply], Frame | None],
        *,
        since: int | None = None,
        limit: int = DEFAULT_PAGE,
    ) -> None:
        """Send the state of a room, made a frame by `make_reply`, and from then on its changes.

        The connection listens before the state is read, so nothing falls between the two.
        """
        person = connection.person
        if room_id not in person.rooms:
            # Just joined, and the bus has not said so yet; or never: then this raises.
            membership = await in_reader(snapshots.membership_of, person.user, room_id)
            place = Place(membership.role, membership.notify, membership.last_read)
            if connection.is_closed:
                return
            self._enter(person, room_id, membership.room.revision, place)
        room = self.rooms[room_id]
        room.begin_open(connection)
        try:
            reply = await in_reader(snapshots.open_room, person.user, room_id=room_id, since=since, limit=limit)
        except BaseException:
            room.close(connection)
            raise
        room.expect(reply.revision)
        if not room.finish_open(connection, make_reply(reply), reply.revision):
            raise NotFound

    def close(self, connection: Connection, room_id: int) -> None:
        """Stop sending a room's changes to this connection."""
        room = self.rooms.get(room_id)
        if room is not None:
            room.close(connection)

    def open_revisions(self, connection: Connection) -> dict[int, int]:
        """The revisions that this connection's open rooms were brought to."""
        return {room_id: self.rooms[room_id].feed.flushed for room_id in connection.open_rooms}

    # --- the bus -------------------------------------------------------------------------------------------------

    def _publication(self, publication: Publication) -> None:
        """Something happened in this process."""
        if publication.change is not None:
            self._changed(publication.change)
        else:
            self._event(publication.event)

    def _receive(self, event: dict[str, Any]) -> None:
        """Something happened in some process; our own we have heard already."""
        if event["origin"] == PROCESS:
            return
        if event["type"] == "room.change":
            self._changed(Change.from_event(event))
        else:
            self._event(event)

    def _changed(self, change: Change) -> None:
        room = self.rooms.get(change.room)
        if room is not None:
            room.receive(change)

    def _event(self, event: dict[str, Any]) -> None:
        if event["type"] == "room.typing":
            room = self.rooms.get(event["room"])
            if room is not None:
                room.typing(Frame(event["text"]), event["user"])
            return
        person = self.people.get(event["user"])
        if person is not None:
            _CONTROLS[event["kind"]](self, person, event)

    def _taken(self, room: LiveRoom, change: Change) -> None:
        """A change is next in its room: see to what it means for people here before anybody is sent it."""
        for member in change.members:
            person = self.people.get(member.user)
            if person is None:
                continue
            place = person.rooms.get(room.id)
            if member.left:
                self._remove(person, room.id, "removed")
            elif place is None:
                self._soon(self._check_access([person]))
            else:
                person.rooms[room.id] = Place(member.role, place.notify, place.last_read)
        for message in change.messages:
            person = self.people.get(message.author)
            if person is not None:
                self._has_read(person, room.id, message.position)
        if change.info is not None:
            self._soon(self._tell_settings(room, change.info))

    async def _tell_settings(self, room: LiveRoom, info: str) -> None:
        """Name, topic or archiving changed: people who have the room in their sidebar only get it anew."""
        last_message = await in_reader(snapshots.last_message_text, room.id)
        for person in list(room.people):
            place = person.rooms[room.id]
            frame = Frame(room_frame(info, place, room.message_count, last_message))
            for connection in person.connections:
                if room.id not in connection.open_rooms:
                    connection.push(frame)

    # --- control messages ----------------------------------------------------------------------------------------

    def _joined(self, person: Person, event: dict[str, Any]) -> None:
        place = Place(event["role"], event["notify"], event["last_read"])
        room = self._enter(person, event["room"], event["revision"], place)
        room.expect(event["revision"])
        self._push(person, f'{{"type":"room","room":{event["summary"]}}}')

    def _removed(self, person: Person, event: dict[str, Any]) -> None:
        self._remove(person, event["room"], event["reason"])

    def _remove(self, person: Person, room_id: int, reason: Any) -> None:
        if room_id in person.rooms:
            self._expel(person, room_id)
            self._push(person, RoomRemoved(room=room_id, reason=reason).encode())

    def _read(self, person: Person, event: dict[str, Any]) -> None:
        if self._has_read(person, event["room"], event["last_read"]):
            self._push(
                person,
                f'{{"type":"read","room":{event["room"]},"last_read":{event["last_read"]},"unread":{event["unread"]}}}',
            )

    def _has_read(self, person: Person, room_id: int, position: int) -> bool:
        place = person.rooms.get(room_id)
        if place is None or place.last_read >= position:
            return False
        person.rooms[room_id] = Place(place.role, place.notify, position)
        return True

    def _signed_out(self, person: Person, event: dict[str, Any]) -> None:
        for connection in list(person.connections):
            if connection.session_key == event["session"]:
                connection.close(CloseCode.SIGNED_OUT)

    def _deactivated(self, person: Person, event: dict[str, Any]) -> None:
        for connection in list(person.connections):
            connection.close(CloseCode.DEACTIVATED)

    def _push(self, person: Person, text: str) -> None:
        frame = Frame(text)
        for connection in list(person.connections):
            connection.push(frame)

    # --- checks --------------------------------------------------------------------------------------------------

    async def _read_missed(self, room_id: int, revision: int) -> Change | None:
        change = await in_reader(snapshots.missed, room_id, revision)
        if change is None:
            self._room_is_gone(room_id)
        return change

    def _room_is_gone(self, room_id: int) -> None:
        room = self.rooms.get(room_id)
        if room is not None:
            for person in list(room.people):
                self._remove(person, room_id, "deleted")

    def _subscribed(self, groups: list[str]) -> None:
        """The layer took these groups: what was published before it did is not lost, but read."""
        rooms = [room_id for room_id in self.rooms if room_group(room_id) in set(groups)]
        if rooms:
            self._soon(self._check_tails(rooms))

    async def _check_tails_regularly(self) -> None:
        while True:
            is_failing = bus.failing or self._subscriptions.is_failing
            await asyncio.sleep(TAIL_CHECK_WHILE_FAILING_SECONDS if is_failing else TAIL_CHECK_SECONDS)
            self._close_silent()
            self._subscriptions.probe()
            await self._check_tails(list(self.rooms))

    async def _check_tails(self, room_ids: list[int]) -> None:
        """Compare rooms with the database: a lost last change has no later one that shows the gap."""
        if not room_ids:
            return
        revisions = await in_reader(snapshots.room_revisions, room_ids)
        for room_id in room_ids:
            room = self.rooms.get(room_id)
            if room is None:
                continue
            if room_id in revisions:
                room.expect(revisions[room_id])
            else:
                self._room_is_gone(room_id)

    def _close_silent(self) -> None:
        long_ago = self.loop.time() - SILENCE_SECONDS
        for connection in self.connections:
            if connection.heard_at < long_ago:
                connection.close(CloseCode.TOO_SLOW)

    async def _check_access_regularly(self) -> None:
        while True:
            await asyncio.sleep(ACCESS_CHECK_SECONDS)
            await self._check_access(list(self.people.values()))

    async def _check_access(self, people: list[Person]) -> None:
        """Close what is no longer signed in or active, and mend the rooms of those who are."""
        keys = {c.session_key for person in people for c in person.connections}
        standing = await in_reader(access.standing, [person.id for person in people], keys)
        for person in people:
            if not person.connections:
                continue
            current_hash = standing.hashes.get(person.id)
            if current_hash is None:
                self._deactivated(person, {})
                continue
            for connection in list(person.connections):
                is_live = connection.session_key in standing.sessions
                if not is_live or connection.session_hash != current_hash:
                    connection.close(CloseCode.SIGNED_OUT)
            await self._mend_rooms(person, standing.places.get(person.id, {}))

    async def _mend_rooms(self, person: Person, places: dict[int, Place]) -> None:
        for room_id in set(person.rooms) - set(places):
            self._remove(person, room_id, "removed")
        for room_id, place in places.items():
            known = person.rooms.get(room_id)
            if known is None:
                await self._found_joined(person, room_id)
            else:
                last_read = max(known.last_read, place.last_read)
                person.rooms[room_id] = Place(place.role, place.notify, last_read)

    async def _found_joined(self, person: Person, room_id: int) -> None:
        """The control message of a join got lost: make up for it."""
        event = await in_reader(snapshots.joined_event, person.user, room_id)
        if event is not None and person.connections and room_id not in person.rooms:
            self._joined(person, event)

    # --- the end -------------------------------------------------------------------------------------------------

    async def drain(self, delay: float, seconds: float) -> None:
        """Say `restarting`, let commits in flight finish and be acked, then close every socket with 4012.

        `delay` and `seconds` are in seconds; after `seconds` sockets are closed whatever is still in flight.
        """
        self.is_draining = True
        frame = Frame(Restarting(delay=delay).encode())
        for connection in self.connections:
            connection.push(frame)
        try:
            async with asyncio.timeout(seconds):
                await self.writer.idle()
                await asyncio.sleep(0)  # the acks leave in the loop's next turn
                await asyncio.gather(*(c.flushed() for c in self.connections))
        except TimeoutError:
            logger.warning("Some messages could not be stored or acked before the restart")
        for connection in self.connections:
            connection.close(CloseCode.RESTARTING)


def room_frame(info: str, place: Place, message_count: int, last_message: str) -> str:
    """The text of a `room` frame for one reader, from the text of the room's settings and what the reader is in it."""
    return (
        f'{{"type":"room","room":{info[:-1]},"role":"{place.role}","notify":"{place.notify}",'
        f'"last_read":{place.last_read},"unread":{unread(message_count, place.last_read)},'
        f'"last_message":{last_message}}}}}'
    )


_CONTROLS: dict[str, Callable[[Hub, Person, dict[str, Any]], None]] = {
    "joined": Hub._joined,
    "removed": Hub._removed,
    "read": Hub._read,
    "signed_out": Hub._signed_out,
    "deactivated": Hub._deactivated,
}

_hub: Hub | None = None


def current_hub() -> Hub:
    """The hub of the running event loop; the first caller starts it."""
    global _hub  # noqa: PLW0603 (one process, one hub)
    if _hub is None or _hub.loop is not asyncio.get_running_loop():
        _hub = Hub()
        _hub.start()
    return _hub


async def drain(delay: float, seconds: float) -> None:
    """Drain the hub of this process, if anybody ever connected to it."""
    if _hub is not None:
        await _hub.drain(delay, seconds)
