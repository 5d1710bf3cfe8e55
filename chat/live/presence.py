"""Presence and statuses, sent to the clients that show them.

Each process reports who is connected to it, differences once a second and everybody every 15 s (`chat.live.leases`). A
client names the people whom it shows; clients that show the same people share a set of them, and a frame.
"""

import asyncio
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chat.bus.bus import bus
from chat.bus.events import PersonHere, PresenceReported, StatusChanged
from chat.bus.groups import presence_group
from chat.live.connection import Connection, Frame
from chat.live.leases import REPORT_SECONDS, Leases
from chat.live.reader_pool import run_in_reader
from chat.live.registry import ConnectionRegistry
from chat.live.subscriptions import Subscriptions, is_alone
from chat.models import User
from chat.protocol.frames import presence_frame
from chat.protocol.presence import State, strongest
from chat.protocol.shapes import Presence, Status
from chat.queries import presence
from chat.queries.presence import HeldStatus
from chat.services import quotas

TICK_SECONDS = 1.0
"""How often changes are reported and sent."""

GRACE_SECONDS = 5.0
"""A person whose last connection has ended counts as connected for this long: pages are reloaded."""

STATUSES_CHECK_SECONDS = 60.0
"""How often statuses are read again, whose events may have got lost."""

SETS_AT_ONCE = 200
"""Different sets of people to whom a change is sent without letting others run."""


@dataclass(eq=False, slots=True)
class _Viewers:
    """The connections that show the same people."""

    people: frozenset[int]
    connections: dict[Connection, None] = field(default_factory=dict)


class LivePresence:
    """The presence of the people whom clients of this process show."""

    def __init__(self, registry: ConnectionRegistry, subscriptions: Subscriptions) -> None:
        self._registry = registry
        self._subscriptions = subscriptions
        self._loop = asyncio.get_running_loop()
        self._process = uuid.uuid4().hex
        self._is_alone = is_alone()
        self._leases = Leases(is_alone=self._is_alone, now=self._loop.time())
        self._leaving: dict[int, float] = {}
        self._report_at = 0.0
        self._lost = bus.lost
        self._asks = True
        # What clients have been sent: the states of people that are not the default, and statuses with their versions.
        self._states: dict[int, State] = {}
        self._default = self._leases.default
        self._statuses: dict[int, HeldStatus] = {}
        self._changed: set[int] = set()
        self._viewing: dict[Connection, _Viewers] = {}
        self._viewers: dict[frozenset[int], _Viewers] = {}

    # --- what clients ask for ------------------------------------------------------------------------------------

    async def show(self, connection: Connection, user_ids: Iterable[int]) -> list[Presence]:
        """Send a connection changes of these people from now on, and of no others; returns their present state.

        People whom the person may not see are left out. Raises RateLimited.
        """
        found = await connection.person.run_in_reader(_read, connection.person.user, frozenset(user_ids))
        self.forget(connection)
        if connection.is_closed or connection not in connection.person.connections:
            return []
        self._take_statuses(found)
        people = frozenset(found)
        if people:
            viewers = self._viewing[connection] = self._viewers.setdefault(people, _Viewers(people))
            viewers.connections[connection] = None
        return [self._presence_of(user) for user in sorted(people)]

    def forget(self, connection: Connection) -> None:
        """The connection shows nobody any more."""
        viewers = self._viewing.pop(connection, None)
        if viewers is not None:
            del viewers.connections[connection]
            if not viewers.connections:
                del self._viewers[viewers.people]

    def set_state(self, connection: Connection, state: State) -> None:
        """Note what a client says of its person: here, away or busy."""
        if connection.presence != state:
            connection.presence = state
            self._registry.changed.add(connection.person.id)

    def people_here(self) -> list[int]:
        """The ids of the people who are connected and do not hide it. May be called from any thread."""
        hidden = (State.GONE, State.UNKNOWN)
        return [user for user, state in self._states.copy().items() if state not in hidden]

    # --- what other processes and services publish -----------------------------------------------------------------

    def reported(self, report: PresenceReported) -> None:
        """Take the report of a process."""
        if report.process == self._process:
            return
        self._leases.heard(report.process, report.people, is_whole=report.is_whole, now=self._loop.time())
        if report.asks:
            self._report_at = 0.0

    def status_changed(self, event: StatusChanged) -> None:
        """Take the new status of a person."""
        status = Status.model_validate_json(event.status, extra="ignore") if event.status else None
        if self._is_shown(event.user):
            self._take_statuses({event.user: HeldStatus(event.version, status)})

    def subscribed(self, groups: Iterable[str]) -> None:
        """Reports and statuses that were published before this are missing: ask for them."""
        if presence_group() in groups:
            self._asks, self._report_at = True, 0.0

    # --- regularly -------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Report and send changes once a second."""
        self._subscriptions.add(presence_group())
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self._tick()
            await self._send_changes()

    async def refresh_statuses(self) -> None:
        """Read statuses again every minute."""
        while True:
            await asyncio.sleep(STATUSES_CHECK_SECONDS)
            await self._read_statuses()

    async def _read_statuses(self) -> None:
        everybody = set[int]().union(*self._viewers)
        for user in self._statuses.keys() - everybody:
            del self._statuses[user]
        if everybody:
            self._take_statuses(await run_in_reader(presence.statuses, everybody))

    def _take_statuses(self, found: Mapping[int, HeldStatus]) -> None:
        for user, held in found.items():
            before = self._statuses.get(user, HeldStatus())
            if held.version >= before.version and held != before:
                self._statuses[user] = held
                if self._is_shown(user):
                    self._changed.add(user)

    def _is_shown(self, user: int) -> bool:
        return any(user in people for people in self._viewers)

    def _tick(self) -> None:
        now = self._loop.time()
        if self._lost != bus.lost:
            self._lost, self._report_at = bus.lost, 0.0  # a report may be among what the layer did not take
        is_due = now >= self._report_at
        changed = self._registry.take_changed()
        if is_due:
            self._report_at = now + REPORT_SECONDS
            changed |= self._registry.people.keys() | self._leases.own.keys()
        changes = [here for user in changed | self._leaving.keys() if (here := self._update(user, now)) is not None]
        is_flipped = self._leases.check(now, is_cut_off=self._subscriptions.is_failing)
        if not self._is_alone and (is_due or changes):
            self._report(changes, is_whole=is_due)
        dirty = self._leases.take_dirty()
        if is_flipped:
            dirty |= self._states.keys() | set[int]().union(*self._viewers)
        before, self._default = self._default, self._leases.default
        for user in dirty:
            self._note(user, before)

    def _update(self, user: int, now: float) -> PersonHere | None:
        """Note the state of a person's connections here, and return it if it has changed."""
        state = self._own_state(user, now)
        if state == self._leases.own.get(user, State.GONE):
            return None
        self._leases.set_own(user, state)
        return PersonHere(user, state.value)

    def _own_state(self, user: int, now: float) -> State:
        person = self._registry.people.get(user)
        if person is not None and person.connections:
            self._leaving.pop(user, None)
            if person.user.hides_presence:
                return State.GONE
            return strongest({connection.presence for connection in person.connections})
        held = self._leases.own.get(user)
        if held is None:
            return State.GONE
        if now >= self._leaving.setdefault(user, now + GRACE_SECONDS):
            del self._leaving[user]
            return State.GONE
        return held

    def _report(self, changes: list[PersonHere], *, is_whole: bool) -> None:
        if is_whole:
            changes = [PersonHere(user, state.value) for user, state in self._leases.own.items()]
        bus.publish_here([PresenceReported(self._process, tuple(changes), is_whole, asks=is_whole and self._asks)])
        self._asks = self._asks and not is_whole

    def _note(self, user: int, default_before: State) -> None:
        state = self._leases.state(user)
        if state != self._states.get(user, default_before):
            self._changed.add(user)
        if state == self._default:
            self._states.pop(user, None)
        else:
            self._states[user] = state

    async def _send_changes(self) -> None:
        changed, self._changed = self._changed, set()
        if not changed:
            return
        texts: dict[int, str] = {}
        for number, viewers in enumerate(list(self._viewers.values()), start=1):
            concerned = changed & viewers.people
            if concerned:
                for user in concerned - texts.keys():
                    texts[user] = self._presence_of(user).encode()
                frame = Frame(presence_frame([texts[user] for user in sorted(concerned)]))
                for connection in list(viewers.connections):
                    connection.push(frame)
            if number % SETS_AT_ONCE == 0:
                await asyncio.sleep(0)

    def _presence_of(self, user: int) -> Presence:
        status = self._statuses.get(user, HeldStatus()).status
        return Presence(user=user, state=self._states.get(user, self._default).value, status=status)


def _read(reader: User, user_ids: frozenset[int]) -> dict[int, HeldStatus]:
    quotas.SHOWN_PEOPLE.take(reader)
    return presence.visible_statuses(reader, user_ids)
