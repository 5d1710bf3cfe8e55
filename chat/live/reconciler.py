"""What makes up for everything that the channel layer can lose: the database, asked regularly."""

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
from chat.queries import person_items, rooms, sessions
from chat.queries.rooms import JoinedRoom, MembershipState
from chat.services.deleted_rooms import remove_some

TAIL_CHECK_SECONDS = 5.0
TAIL_CHECK_WHILE_FAILING_SECONDS = 1.0
"""How often all rooms with listeners are compared with the database: how late a lost last change can arrive."""

PEOPLE_IN_TAIL_CHECK = 1_000
"""Most people whose items are compared at once. Comparing 10,000 took half a second of a busy processor."""

ACCESS_CHECK_SECONDS = 30.0
"""How often sessions, people and memberships are read again: how late a lost revocation can work."""

DELETIONS_CHECK_SECONDS = 30.0
"""How often the process looks for remains of deleted rooms."""

PEOPLE_AT_ONCE = 500
"""So many are judged in one turn of the event loop."""

NEWCOMER_SECONDS = 0.2
"""How soon after they connect people are checked; all who connect meanwhile share the queries."""


class Reconciler:
    """Compares what this process believes with the database."""

    def __init__(self, registry: ConnectionRegistry, subscriptions: Subscriptions) -> None:
        self._registry = registry
        self._subscriptions = subscriptions
        self._next_person = 0

    async def tails_regularly(self) -> None:
        """Every few seconds: silent connections, the channel layer, and the revisions of all rooms."""
        while True:
            is_failing = bus.failing or self._subscriptions.is_failing
            await asyncio.sleep(TAIL_CHECK_WHILE_FAILING_SECONDS if is_failing else TAIL_CHECK_SECONDS)
            self.close_silent()
            self._registry.forget_full_paces()
            self._subscriptions.probe()
            await self.tails(list(self._registry.rooms))
            await self.people_tails()

    async def tails(self, room_ids: list[int]) -> None:
        """Compare rooms with the database: a lost last change has no later one that would show the gap."""
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
        """Compare the items of people with the database, for the same reason: of some each time, everybody in turn.

        The access check compares those of everybody, so none waits longer than for that.
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
        """Every half a minute, remove what remains of deleted rooms if the request that deleted them did not finish."""
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
            if connection.heard_at < long_ago:
                connection.close(CloseCode.TOO_SLOW)

    async def access_regularly(self) -> None:
        """Every half a minute: sessions, people and memberships."""
        while True:
            await asyncio.sleep(ACCESS_CHECK_SECONDS)
            await self.access(list(self._registry.people.values()))

    async def access(self, people: list[Person]) -> None:
        """Close what is no longer signed in or active, and mend the rooms of those who are; some people at a time."""
        for start in range(0, len(people), PEOPLE_AT_ONCE):
            await self._access(people[start : start + PEOPLE_AT_ONCE])

    async def _access(self, people: list[Person]) -> None:
        """Only what was there when the database was asked is judged by its answer."""
        asked = [(person, list(person.connections), dict(person.rooms)) for person in people]
        credentials = {c.credential for _person, connections, _rooms in asked for c in connections}
        found = await run_in_reader(sessions.access_state, [person.id for person in people], credentials)
        for person, connections, believed in asked:
            user = found.users.get(person.id)
            if user is None:
                person.close(CloseCode.DEACTIVATED)
                continue
            has_other_rights = policy.is_administrator(person.user) != policy.is_administrator(user)
            person.user = user
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
        """What was believed when the database was asked, and still is, gives way to what the database said."""
        for room_id in believed.keys() - places.keys():
            if person.rooms.get(room_id) is believed[room_id]:
                self._registry.remove(person, room_id, "removed")
        for room_id in places.keys() - believed.keys():
            await self.found_joined(person, room_id)

    async def found_joined(self, person: Person, room_id: int) -> None:
        """The person is in a room of which no control message told: make up for it."""
        joined = await self._read_room(person, room_id)
        if joined is None or not person.connections or room_id in person.rooms:
            return
        room = self._registry.enter(person, room_id, joined.revision, joined.place)
        room.ensure_revision(joined.revision)
        person.push(room_frame(joined.summary))

    async def refresh_room(self, person: Person, room_id: int) -> None:
        """The person may do something else than before in one of their rooms: send it to all of their connections."""
        joined = await self._read_room(person, room_id)
        if joined is not None and room_id in person.rooms:
            person.push(room_frame(joined.summary))

    async def _refresh_rooms(self, person: Person) -> None:
        """The same in all of their rooms."""
        summaries = await run_in_reader(rooms.room_summaries, [person.user])
        for summary in summaries.get(person.id, []):
            if summary.id in person.rooms:
                person.push(room_frame(summary.encode()))

    async def _read_room(self, person: Person, room_id: int) -> JoinedRoom | None:
        """One of the person's rooms, from the database; None if they are not in it."""
        removals, joined = -1, None
        while removals != person.removals:  # what is read during a removal may be from before it
            removals = person.removals
            joined = await run_in_reader(rooms.joined_room, person.user, room_id)
        return joined


class NewConnectionCheck:
    """People who have just connected are checked once more: what happened between reading their rooms and listening for
    them (a removal, a sign-out) was not heard."""

    def __init__(self, reconciler: Reconciler, tasks: Tasks) -> None:
        self._reconciler = reconciler
        self._tasks = tasks
        self._waiting: dict[Person, None] = {}
        self._is_running = False

    def check(self, person: Person) -> None:
        """Check this person soon, together with all others who come at the same time."""
        self._waiting[person] = None
        if not self._is_running:
            self._is_running = True
            self._tasks.keep("check of newcomers", self._check_all)

    async def _check_all(self) -> None:
        while self._waiting:
            await asyncio.sleep(NEWCOMER_SECONDS)
            people = [person for person in self._waiting if person.connections]
            self._waiting.clear()
            try:
                await self._reconciler.access(people)
            except Exception:
                self._waiting.update(dict.fromkeys(people))
                raise
        self._is_running = False
