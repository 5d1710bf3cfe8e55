"""Periodic reconciliation with the database, for events that the channel layer dropped."""

import asyncio

from chat import policy
from chat.bus.bus import bus
from chat.live.person import Person
from chat.live.reader_pool import run_in_reader
from chat.live.registry import ConnectionRegistry
from chat.live.subscriptions import Subscriptions
from chat.live.tasks import Tasks
from chat.protocol.errors import CloseCode
from chat.protocol.frames import room_frame
from chat.protocol.limits import SILENCE_SECONDS
from chat.protocol.shapes import later
from chat.queries import person_items, rooms, sessions
from chat.queries.reads import positions_in
from chat.queries.rooms import JoinedRoom, MembershipState
from chat.services.deleted_rooms import remove_some

TAIL_CHECK_SECONDS = 5.0
TAIL_CHECK_WHILE_FAILING_SECONDS = 1.0
"""How often all rooms with connections are reconciled; bounds the delay of a last change whose event was lost."""

PEOPLE_IN_TAIL_CHECK = 1_000
"""Most people whose items are reconciled at once. 10,000 took half a second of a busy processor."""

ACCESS_CHECK_SECONDS = 30.0
"""How often sessions, people and memberships are reconciled; bounds the delay of a revocation whose event was lost."""

DELETIONS_CHECK_SECONDS = 30.0
"""How often the process looks for messages of deleted rooms."""

PEOPLE_AT_ONCE = 500
"""Most people who are handled in one turn of the event loop."""

ROOMS_AT_ONCE = 50
"""Most rooms whose read positions are reconciled by one query, which returns at most 100 times as many rows."""

NEW_CONNECTION_SECONDS = 0.2
"""How long after connecting a person is checked; people who connect in the meantime share the queries."""


class Reconciler:
    """Compares the state of this process with the database."""

    def __init__(self, registry: ConnectionRegistry, subscriptions: Subscriptions) -> None:
        self._registry = registry
        self._subscriptions = subscriptions
        self._next_person = 0

    async def tails_regularly(self) -> None:
        """Every few seconds, check for silent connections, probe the channel layer and reconcile rooms and items."""
        while True:
            is_failing = bus.failing or self._subscriptions.is_failing
            await asyncio.sleep(TAIL_CHECK_WHILE_FAILING_SECONDS if is_failing else TAIL_CHECK_SECONDS)
            self.close_silent()
            self._registry.forget_full_paces()
            self._subscriptions.probe()
            await self.tails(list(self._registry.rooms))
            await self.people_tails()

    async def tails(self, room_ids: list[int]) -> None:
        """Reconcile the revisions of rooms: if the last change was lost, no later one shows the gap."""
        if not room_ids:
            return
        revisions = await run_in_reader(rooms.room_revisions, room_ids)
        for room_id in room_ids:
            room = self._registry.rooms.get(room_id)
            if room is not None and room_id in revisions:
                room.ensure_revision(revisions[room_id])
            elif room is not None:
                self._registry.room_is_gone(room_id)

    async def people_tails(self) -> None:
        """Reconcile the revisions of people, for the same reason; of some people each time, in turn.

        The access check reconciles everybody, which bounds the delay.
        """
        everybody = list(self._registry.people)
        start = self._next_person if self._next_person < len(everybody) else 0
        ids = everybody[start : start + PEOPLE_IN_TAIL_CHECK]
        self._next_person = start + len(ids)
        if not ids:
            return
        revisions = await run_in_reader(person_items.person_revisions, ids)
        for user_id, revision in revisions.items():
            person = self._registry.people.get(user_id)
            if person is not None:
                person.feed.ensure_revision(revision)

    async def deletions_regularly(self) -> None:
        """Every 30 s, remove messages of deleted rooms, in case the request that deleted a room did not finish."""
        while True:
            await asyncio.sleep(DELETIONS_CHECK_SECONDS)
            loop = asyncio.get_running_loop()
            began = loop.time()
            while await run_in_reader(remove_some):
                await asyncio.sleep(loop.time() - began)  # leaves half of the time to other writers
                began = loop.time()

    def close_silent(self) -> None:
        """Close the connections that have sent nothing for SILENCE_SECONDS."""
        long_ago = asyncio.get_running_loop().time() - SILENCE_SECONDS
        for connection in self._registry.connections:
            if connection.received_at < long_ago:
                connection.close(CloseCode.TOO_SLOW)

    async def access_regularly(self) -> None:
        """Every 30 s, reconcile sessions, people and memberships, and how far people have read."""
        while True:
            await asyncio.sleep(ACCESS_CHECK_SECONDS)
            await self.access(list(self._registry.people.values()))
            await self.reads(list(self._registry.rooms))

    async def reads(self, room_ids: list[int]) -> None:
        """Reconcile how far people have read those of these rooms that somebody has open here."""
        rooms_here = self._registry.rooms
        open_here = [room_id for room_id in room_ids if room_id in rooms_here and rooms_here[room_id].is_read]
        for start in range(0, len(open_here), ROOMS_AT_ONCE):
            asked = {room_id: rooms_here.get(room_id) for room_id in open_here[start : start + ROOMS_AT_ONCE]}
            for room in asked.values():
                if room is not None:
                    room.reads.begin_refresh()
            found = await run_in_reader(positions_in, list(asked))
            for room_id, room in asked.items():
                if room is not None and room.is_read:
                    room.reads.refresh(found.get(room_id))

    async def access(self, people: list[Person]) -> None:
        """Close connections that are no longer valid and reconcile the rooms of the others, some people at a time."""
        for start in range(0, len(people), PEOPLE_AT_ONCE):
            await self._access(people[start : start + PEOPLE_AT_ONCE])

    async def _access(self, people: list[Person]) -> None:
        """Apply the answer only to connections and rooms that were here before the query."""
        asked = [(person, list(person.connections), dict(person.rooms)) for person in people]
        credentials = {c.credential for _person, connections, _rooms in asked for c in connections}
        found = await run_in_reader(sessions.access_state, [person.id for person in people], credentials)
        for person, connections, believed in asked:
            user = found.users.get(person.id)
            if user is None:
                person.close(CloseCode.DEACTIVATED)
                continue
            has_other_rights = policy.rights_in_rooms(person.user) != policy.rights_in_rooms(user)
            person.renew(user)
            self._registry.changed.add(person.id)
            person.feed.ensure_revision(user.revision)
            for connection in connections:
                if connection.credential not in found.credentials:
                    connection.close(CloseCode.SIGNED_OUT)
            await self._mend_rooms(person, believed, found.places.get(person.id, {}))
            if has_other_rights:
                await self._refresh_rooms(person)

    async def _mend_rooms(
        self, person: Person, believed: dict[int, MembershipState], places: dict[int, MembershipState]
    ) -> None:
        """Correct those rooms that have not changed since before the query (`believed`)."""
        for room_id in believed.keys() - places.keys():
            if person.rooms.get(room_id) is believed[room_id]:
                self._registry.remove(person, room_id, "removed")
        for room_id in places.keys() - believed.keys():
            await self.found_joined(person, room_id)
        for room_id in places.keys() & believed.keys():
            place = places[room_id]
            held = person.rooms.get(room_id)
            if held is not None and _threads_of(held) == _threads_of(believed[room_id]):
                person.has_unread_threads(room_id, place.unread_threads, place.thread_mentions)
            held = person.rooms.get(room_id)
            if held is None or held.muted_until != believed[room_id].muted_until:
                continue  # it has changed since before the query
            if later(held.muted_until) != later(place.muted_until):
                person.rooms[room_id] = held._replace(muted_until=place.muted_until)
                await self.refresh_room(person, room_id)

    async def found_joined(self, person: Person, room_id: int) -> None:
        """Add a person to a room that they are in, if the event of their joining was lost."""
        joined = await self._read_room(person, room_id)
        if joined is None or not person.connections or room_id in person.rooms:
            return
        room = self._registry.enter(person, room_id, joined.revision, joined.place)
        room.ensure_revision(joined.revision)
        person.push(room_frame(joined.summary))

    async def refresh_room(self, person: Person, room_id: int) -> None:
        """Send a room to a person whose permissions in it have changed."""
        while True:  # a read that overlaps a change may be older than it
            held = _rights(person, room_id)
            joined = await self._read_room(person, room_id)
            if joined is None or room_id not in person.rooms:
                return
            if held == _rights(person, room_id):
                person.push(room_frame(joined.summary))
                return

    async def _refresh_rooms(self, person: Person) -> None:
        """Send all rooms to a person whose permissions have changed."""
        summaries = await run_in_reader(rooms.room_summaries, [person.user])
        for summary in summaries.get(person.id, []):
            if summary.id in person.rooms:
                person.push(room_frame(summary.encode()))

    async def _read_room(self, person: Person, room_id: int) -> JoinedRoom | None:
        """Read one of the person's rooms; None if they are not in it."""
        removals, joined = -1, None
        while removals != person.removals:  # a read that overlaps a removal may be older than it
            removals = person.removals
            joined = await run_in_reader(rooms.joined_room, person.user, room_id)
        return joined


def _rights(person: Person, room_id: int) -> tuple[str, str | None] | None:
    """What decides what a person may do in a room; None if they are not in it."""
    place = person.rooms.get(room_id)
    return None if place is None else (place.role, later(place.muted_until))


def _threads_of(place: MembershipState) -> tuple[int, int]:
    return place.unread_threads, place.thread_mentions


class NewConnectionCheck:
    """Checks people again soon after they connect.

    Events between the read of their rooms and the subscription to their group, such as a removal, were not received.
    """

    def __init__(self, reconciler: Reconciler, tasks: Tasks) -> None:
        self._reconciler = reconciler
        self._tasks = tasks
        self._waiting: dict[Person, None] = {}
        self._is_running = False

    def check(self, person: Person) -> None:
        """Check this person soon, together with others who connect at the same time."""
        self._waiting[person] = None
        if not self._is_running:
            self._is_running = True
            self._tasks.keep("check of new connections", self._check_all)

    async def _check_all(self) -> None:
        while self._waiting:
            await asyncio.sleep(NEW_CONNECTION_SECONDS)
            people = [person for person in self._waiting if person.connections]
            self._waiting.clear()
            try:
                await self._reconciler.access(people)
            except Exception:
                self._waiting.update(dict.fromkeys(people))
                raise
        self._is_running = False
