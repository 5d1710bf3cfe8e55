"""The connections, people and rooms of this process."""

import asyncio
import uuid

from django.conf import settings

from chat.bus.groups import room_group, user_group
from chat.live.connection import Connection
from chat.live.person import Pace, Person
from chat.live.person_feed import PersonFeed, ReadMissedItems
from chat.live.room import LiveRoom, OnTaken, ReadMissed
from chat.live.subscriptions import Subscriptions
from chat.live.transport import Transport
from chat.protocol.events import RemovalReason, RoomRemoved
from chat.queries.rooms import MembershipState
from chat.queries.sessions import SignedIn


class ConnectionRegistry:
    """The connected people and their rooms; the process subscribes to the groups of exactly these."""

    def __init__(
        self,
        subscriptions: Subscriptions,
        *,
        read_missed: ReadMissed,
        read_missed_items: ReadMissedItems,
        on_taken: OnTaken,
    ) -> None:
        self.people: dict[int, Person] = {}
        self.rooms: dict[int, LiveRoom] = {}
        """Also threads that somebody has open, or is opening."""
        self._threads: dict[int, set[int]] = {}
        """The ids of those threads, by room."""
        self.changed: set[int] = set()
        self._paces: dict[int, Pace] = {}
        self._subscriptions = subscriptions
        self._read_missed = read_missed
        self._read_missed_items = read_missed_items
        self._on_taken = on_taken
        self._loop = asyncio.get_running_loop()

    @property
    def connections(self) -> list[Connection]:
        """All connections of this process."""
        return [c for person in self.people.values() for c in person.connections]

    def connect(self, transport: Transport, signed_in: SignedIn, *, language: str) -> Connection:
        """Add a connection of a signed-in person."""
        user = signed_in.user
        person = self.people.get(user.pk)
        if person is None:
            person = self.people[user.pk] = Person(user, self.pace(user.pk))
            person.feed = PersonFeed(
                person.id, user.revision, read_missed=self._read_missed_items, on_taken=person.items_changed
            )
            self._subscriptions.add(user_group(person.id))
        person.renew(user)
        person.feed.ensure_revision(user.revision)
        connection = Connection(
            transport,
            id=uuid.uuid4().hex,
            person=person,
            credential=signed_in.credential,
            language=language,
            now=self._loop.time(),
        )
        person.connections[connection] = None
        self.changed.add(person.id)
        return connection

    def take_changed(self) -> set[int]:
        """The people whose connections, or what is known of them, changed since the last call."""
        changed, self.changed = self.changed, set()
        return changed

    def has_all_sockets(self, user_id: int) -> bool:
        """Whether a person has as many connections in this process as one person may have."""
        person = self.people.get(user_id)
        return person is not None and len(person.connections) >= settings.SOCKETS_PER_PERSON

    def pace(self, user_id: int) -> Pace:
        """A person's pace. It outlives their connections, so that reconnecting does not grant a new burst."""
        pace = self._paces.get(user_id)
        if pace is None:
            pace = self._paces[user_id] = Pace(self._loop.time())
        return pace

    def set_send_rate(self, per_second: float, burst: int) -> None:
        """Set the rate at which each person may send, from now on."""
        now = self._loop.time()
        for pace in self._paces.values():
            pace.sending.change(per_second, burst, now)

    def forget_full_paces(self) -> None:
        """Drop the paces of disconnected people that have fully recovered."""
        now = self._loop.time()
        for user_id in [u for u, pace in self._paces.items() if u not in self.people and pace.is_full(now)]:
            del self._paces[user_id]

    def disconnect(self, connection: Connection) -> None:
        """Remove a connection, then its person and their rooms if nobody in this process needs them any more."""
        connection.lost()
        person = connection.person
        for room_id in {*person.rooms, *connection.open_rooms}:
            room = self.rooms.get(room_id)
            if room is not None:
                room.close(connection)
                self.forget_idle_thread(room)
        person.connections.pop(connection, None)
        self.changed.add(person.id)
        if not person.connections and self.people.get(person.id) is person:
            del self.people[person.id]
            person.feed.stop()
            self._subscriptions.remove(user_group(person.id))
            for room_id in list(person.rooms):
                self.unsubscribe(person, room_id)

    def enter(self, person: Person, room_id: int, revision: int, place: MembershipState) -> LiveRoom:
        """Add a connected person to a room, which the database had at `revision`."""
        room = self._room(room_id, revision, parent=None)
        known = person.rooms.get(room_id)
        if known is not None and known.last_read > place.last_read:
            place = place._replace(last_read=known.last_read, counted_read=known.counted_read)
        person.rooms[room_id] = place
        room.people[person] = None
        return room

    def thread(self, thread_id: int, revision: int, parent: int) -> LiveRoom:
        """A thread that somebody in its room is about to open."""
        self._threads.setdefault(parent, set()).add(thread_id)
        return self._room(thread_id, revision, parent=parent)

    def _room(self, room_id: int, revision: int, parent: int | None) -> LiveRoom:
        room = self.rooms.get(room_id)
        if room is None:
            room = self.rooms[room_id] = LiveRoom(
                room_id, revision, parent=parent, read_missed=self._read_missed, on_taken=self._on_taken
            )
            self._subscriptions.add(room_group(room_id))
        return room

    def forget_idle_thread(self, room: LiveRoom) -> None:
        """Forget a thread that nobody has open. Of other rooms, people get activity as long as they are connected."""
        if room.parent is not None and room.is_idle and self.rooms.get(room.id) is room:
            self._forget(room)
            self._threads[room.parent].discard(room.id)
            if not self._threads[room.parent]:
                del self._threads[room.parent]

    def _forget(self, room: LiveRoom) -> None:
        room.stop()
        del self.rooms[room.id]
        self._subscriptions.remove(room_group(room.id))

    def place_in(self, person: Person, room_id: int) -> MembershipState | None:
        """What a person is in a room, or in that of a thread; None if they are not in it."""
        live = self.rooms.get(room_id)
        return person.rooms.get(room_id if live is None else live.parent or room_id)

    def unsubscribe(self, person: Person, room_id: int) -> None:
        """Stop sending a room and its threads to a person who is not in it."""
        person.rooms.pop(room_id, None)
        person.typing_at.pop(room_id, None)
        for thread_id in list(self._threads.get(room_id, ())):
            person.typing_at.pop(thread_id, None)
            thread = self.rooms[thread_id]
            thread.unsubscribe(person)
            self.forget_idle_thread(thread)
        room = self.rooms.get(room_id)
        if room is None:
            return
        room.unsubscribe(person)
        if room.is_idle:
            self._forget(room)

    def remove(self, person: Person, room_id: int, reason: RemovalReason) -> None:
        """Remove a person from a room and send their connections the reason (`left`, `removed` or `deleted`)."""
        person.removals += 1
        if room_id in person.rooms:
            self.unsubscribe(person, room_id)
            person.push(RoomRemoved(room=room_id, reason=reason).encode())

    def room_is_gone(self, room_id: int) -> None:
        """Remove everybody from a room that no longer exists in the database."""
        room = self.rooms.get(room_id)
        if room is not None:
            for connection in [] if room.parent is None else list(room.open):
                room.close(connection)
            self.forget_idle_thread(room)
            for person in list(room.people):
                self.remove(person, room_id, "deleted")
