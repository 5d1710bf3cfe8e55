"""Reports are leases: a silent process makes its people unknown, and nobody is gone before all have reported."""

from itertools import count

import pytest

from chat.bus.events import PersonHere
from chat.live.leases import FORGOTTEN_SECONDS, LEASE_SECONDS, REPORT_SECONDS, SETTLED_SECONDS, Leases
from chat.protocol.presence import State

pytestmark = pytest.mark.once

MINA, JOON = 1, 2


def leases() -> Leases:
    """Of a process that started long ago."""
    found = Leases(is_alone=False, now=-SETTLED_SECONDS)
    found.check(0, is_cut_off=False)
    return found


def whole(held: Leases, process: str = "other", now: float = 0.0, **people: str) -> None:
    ids = {"mina": MINA, "joon": JOON}
    report = [PersonHere(ids[name], state) for name, state in people.items()]
    held.heard(process, report, is_whole=True, now=now)


def test_a_process_that_is_alone_knows_who_is_gone_from_the_beginning() -> None:
    held = Leases(is_alone=True, now=0.0)
    held.set_own(MINA, State.HERE)
    assert [held.state(user) for user in (MINA, JOON)] == [State.HERE, State.GONE]


def test_nobody_is_gone_before_every_process_had_the_time_to_report() -> None:
    held = Leases(is_alone=False, now=0.0)
    assert held.state(MINA) == State.UNKNOWN
    assert not held.check(REPORT_SECONDS, is_cut_off=False)
    assert held.check(SETTLED_SECONDS, is_cut_off=False)
    assert held.state(MINA) == State.GONE


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["away", "here"], State.HERE),
        (["here", "busy"], State.BUSY),
        (["busy", "away"], State.BUSY),
        (["away"], State.AWAY),
    ],
)
def test_of_several_processes_the_strongest_state_counts(states: list[str], expected: State) -> None:
    held = leases()
    for number, state in zip(count(), states, strict=False):
        whole(held, f"process {number}", mina=state)
    assert held.state(MINA) == expected


def test_a_whole_report_replaces_the_one_before_and_changes_only_who_differs() -> None:
    held = leases()
    whole(held, mina="here", joon="here")
    assert held.take_dirty() == {MINA, JOON}
    whole(held, now=REPORT_SECONDS, mina="here")
    assert held.take_dirty() == {JOON}
    assert held.state(JOON) == State.GONE


def test_a_difference_changes_one_person() -> None:
    held = leases()
    whole(held, mina="here", joon="here")
    held.take_dirty()
    held.heard("other", [PersonHere(JOON, "gone")], is_whole=False, now=1.0)
    assert held.take_dirty() == {JOON}
    assert [held.state(user) for user in (MINA, JOON)] == [State.HERE, State.GONE]


def test_the_people_of_a_silent_process_are_unknown_then_gone() -> None:
    held = leases()
    whole(held, mina="here")
    held.check(LEASE_SECONDS - 1, is_cut_off=False)
    assert held.state(MINA) == State.HERE
    held.check(LEASE_SECONDS, is_cut_off=False)
    assert held.state(MINA) == State.UNKNOWN
    held.check(FORGOTTEN_SECONDS, is_cut_off=False)
    assert held.state(MINA) == State.GONE
    assert held.take_dirty() == {MINA}


def test_differences_do_not_renew_a_lease() -> None:
    held = leases()
    whole(held, mina="here")
    held.heard("other", [PersonHere(JOON, "here")], is_whole=False, now=LEASE_SECONDS - 1)
    held.check(LEASE_SECONDS, is_cut_off=False)
    assert held.state(MINA) == State.UNKNOWN


def test_who_has_reconnected_elsewhere_is_here_although_their_old_process_is_silent() -> None:
    held = leases()
    whole(held, "killed", mina="here")
    whole(held, "other", now=LEASE_SECONDS, mina="away")
    held.check(LEASE_SECONDS, is_cut_off=False)
    assert held.state(MINA) == State.AWAY


def test_a_process_that_reports_again_is_believed_again() -> None:
    held = leases()
    whole(held, mina="here")
    held.check(LEASE_SECONDS, is_cut_off=False)
    held.take_dirty()
    whole(held, now=LEASE_SECONDS + 1, mina="here")
    assert held.take_dirty() == {MINA}
    assert held.state(MINA) == State.HERE


def test_while_no_report_arrives_only_ones_own_people_are_known() -> None:
    held = leases()
    held.set_own(JOON, State.HERE)
    whole(held, mina="here")
    assert held.check(1.0, is_cut_off=True)
    assert [held.state(user) for user in (MINA, JOON, 3)] == [State.UNKNOWN, State.HERE, State.UNKNOWN]
    assert not held.check(2.0, is_cut_off=False)
    assert [held.state(user) for user in (MINA, 3)] == [State.HERE, State.UNKNOWN]
    assert held.check(1.0 + SETTLED_SECONDS, is_cut_off=False)
    assert held.state(3) == State.GONE


def test_a_state_that_only_a_later_version_knows_is_ignored() -> None:
    held = leases()
    whole(held, mina="dancing", joon="here")
    assert [held.state(user) for user in (MINA, JOON)] == [State.GONE, State.HERE]
