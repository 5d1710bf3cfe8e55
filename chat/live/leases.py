"""Merges what the processes report about who is connected to them. No I/O: the caller passes the time.

A report is a lease. The people of a process that is silent for too long are unknown, and after as long again they are
forgotten with it. Nobody counts as gone unless every process has had the time to report.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from chat.bus.events import PersonHere
from chat.protocol.presence import CONNECTED, State, strongest

REPORT_SECONDS = 15.0
"""How often a process reports everybody who is connected to it."""

LEASE_SECONDS = 45.0
"""How long such a report is valid."""

FORGOTTEN_SECONDS = 2 * LEASE_SECONDS
"""A process that is silent for this long has closed its sockets, or never existed."""

SETTLED_SECONDS = REPORT_SECONDS + 1
"""How long it takes until every process has reported, and who is in no report is gone."""


@dataclass(slots=True)
class _Report:
    heard_at: float
    people: dict[int, State] = field(default_factory=dict)
    is_valid: bool = True


class Leases:
    """The states of people, as far as this process knows. `take_dirty` returns whose state may have changed."""

    def __init__(self, *, is_alone: bool, now: float) -> None:
        self._is_alone = is_alone
        self._own: dict[int, State] = {}
        self._others: dict[str, _Report] = {}
        self._settled_at = now if is_alone else now + SETTLED_SECONDS
        self._is_cut_off = False
        self._dirty: set[int] = set()
        self.default = State.GONE if is_alone else State.UNKNOWN
        """The state of who is in no report."""

    def set_own(self, user: int, state: State) -> None:
        """Note the state of a person's connections to this process; GONE if there are none."""
        _note(self._own, user, state)
        self._dirty.add(user)

    @property
    def own(self) -> dict[int, State]:
        """The people who are connected to this process. Not to be changed."""
        return self._own

    def heard(self, process: str, people: Iterable[PersonHere], *, is_whole: bool, now: float) -> None:
        """Take the report of another process. Only a whole one renews its lease: differences may have got lost."""
        report = self._others.get(process)
        if report is None:
            report = self._others[process] = _Report(heard_at=now)
        given = {person.user: state for person in people if (state := _state(person.state)) is not None}
        if not is_whole:
            for user, state in given.items():
                _note(report.people, user, state)
            self._dirty |= given.keys()
            return
        self._dirty |= {user for user, _state_of in report.people.items() ^ given.items()}
        if not report.is_valid:
            self._dirty |= given.keys()
        report.heard_at, report.people, report.is_valid = now, given, True

    def check(self, now: float, *, is_cut_off: bool) -> bool:
        """Let leases run out. `is_cut_off`: no report of others arrives. Returns whether `default` has changed."""
        if self._is_alone:
            return False
        if is_cut_off != self._is_cut_off:
            self._is_cut_off = is_cut_off
            for report in self._others.values():
                self._dirty |= report.people.keys()
        if is_cut_off:
            self._settled_at = now + SETTLED_SECONDS
        for process, report in list(self._others.items()):
            self._check(process, report, now)
        before, self.default = self.default, State.UNKNOWN if now < self._settled_at else State.GONE
        return before != self.default

    def _check(self, process: str, report: _Report, now: float) -> None:
        silent = now - report.heard_at
        if silent >= FORGOTTEN_SECONDS:
            del self._others[process]
            self._dirty |= report.people.keys()
        elif silent >= LEASE_SECONDS and report.is_valid:
            report.is_valid = False
            self._dirty |= report.people.keys()

    def take_dirty(self) -> set[int]:
        """The people whose state may have changed since the last call."""
        dirty, self._dirty = self._dirty, set()
        return dirty

    def state(self, user: int) -> State:
        """The state of a person."""
        states: set[str] = {self._own[user]} if user in self._own else set()
        is_unknown = False
        for report in self._others.values():
            state = report.people.get(user)
            if state is not None and report.is_valid and not self._is_cut_off:
                states.add(state)
            elif state is not None:
                is_unknown = True
        if states:
            return strongest(states)
        return State.UNKNOWN if is_unknown else self.default


def _note(people: dict[int, State], user: int, state: State) -> None:
    if state in CONNECTED:
        people[user] = state
    else:
        people.pop(user, None)


def _state(text: str) -> State | None:
    """The state that another process reports; None for one that only a later version knows."""
    try:
        return State(text)
    except ValueError:
        return None
