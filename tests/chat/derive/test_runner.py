"""Which room comes next, who may derive, and what a deriver that fails affects."""

import logging
import uuid
from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.derive import turn
from chat.derive.deriver import Change, Watch
from chat.derive.hints import Hints
from chat.derive.runner import LEASE, LEASE_SECONDS, RENEW_SECONDS
from chat.models import DeriverState, Lease, Message, Room, User
from chat.models.database_clock import in_seconds
from chat.services.changes import room_transaction
from chat.services.messages import send_message
from tests.harness.deriving import Clock, Copies, catch_up, copies, rebuilt, runner_of

pytestmark = pytest.mark.usefixtures("table")


def say(author: User, room: Room, *texts: str) -> None:
    for text in texts:
        send_message(author, room_id=room.pk, key=uuid.uuid4(), body=text)


def test_a_hot_room_waits_behind_a_quiet_one_after_each_turn(
    mina: User, general: Room, founders: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "TURN_CHANGES", 2)
    hints = Hints()
    runner = runner_of(Copies(), hints=hints)
    catch_up(runner)
    say(mina, general, *"abcdef")
    hints.note(general.pk)
    assert runner.step()
    say(mina, founders, "quiet")
    hints.note(general.pk)
    hints.note(founders.pk)
    assert runner.step()
    assert runner.step()
    assert not rebuilt() <= copies()
    assert any(row[2] == "quiet" for row in copies())
    catch_up(runner)
    assert copies() == rebuilt()


def test_a_room_without_a_hint_is_found_by_the_next_comparison(mina: User, general: Room) -> None:
    clock = Clock()
    runner = runner_of(Copies(), clock=clock)
    runner.step()
    catch_up(runner)
    say(mina, general, "one")
    assert not runner.has_waiting()
    clock.now += 2.0
    assert runner.step()
    assert copies() == rebuilt()


class Slow(Copies):
    """Takes the time of a whole turn."""

    def __init__(self, name: str, clock: Clock) -> None:
        super().__init__()
        self.name = name  # type: ignore[misc]
        self._clock = clock

    def apply(self, room: Room, changes: Sequence[Change]) -> None:
        super().apply(room, changes)
        self._clock.now += turn.TURN_SECONDS


def test_a_deriver_that_had_no_turn_in_a_visit_is_first_in_the_next_however_far_another_is_behind(
    mina: User, general: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "TURN_CHANGES", 2)
    clock = Clock()
    say(mina, general, *"abcdefgh")
    catch_up(runner_of(Slow("current", clock), clock=clock))
    say(mina, general, "new")
    current, rebuilding = Slow("current", clock), Slow("rebuilding", clock)
    runner = runner_of(current, rebuilding, clock=clock)
    runner.compare()
    runner.visit_next()
    assert (len(rebuilding.given), current.given) == (2, [])
    runner.visit_next()
    assert (len(rebuilding.given), current.given) == (2, [(Watch.NEW, 9)])


def test_derivers_at_the_same_revision_share_what_is_read(mina: User, general: Room) -> None:
    first, second = Copies(), Copies()
    second.name = "others"  # type: ignore[misc]
    runner = runner_of(first, second)
    catch_up(runner)
    say(mina, general, "one", "two")
    runner.compare()
    with CaptureQueriesContext(connection) as queries:
        runner.visit_next()
    assert first.given == second.given == [(Watch.NEW, 1), (Watch.NEW, 2)]
    reads = [
        query for query in queries if query["sql"].startswith("SELECT") and '"chat_message"."body"' in query["sql"]
    ]
    assert len(reads) == 1


class Failing(Copies):
    """Fails in one room, as long as `fails`."""

    name = "failing"
    fails: Callable[[Room], bool] = staticmethod(lambda room: room.name == "General")

    def apply(self, room: Room, changes: Sequence[Change]) -> None:
        if self.fails(room):
            raise ValueError(changes[0].message.body)
        self.given += [(change.kind, change.message.position) for change in changes]


def test_a_deriver_that_fails_in_a_room_stops_neither_others_nor_other_rooms(
    mina: User, general: Room, founders: Room, caplog: pytest.LogCaptureFixture
) -> None:
    say(mina, general, "a private text")
    say(mina, founders, "two")
    failing = Failing()
    with caplog.at_level(logging.WARNING):
        catch_up(runner_of(failing, Copies()))
    assert copies() == rebuilt()
    assert len(failing.given) == 1
    state = DeriverState.objects.get(name="failing")
    assert state.error.startswith("ValueError in test_runner.py:")
    assert (state.failed_room, DeriverState.objects.get(name="copies").error) == (general.pk, "")
    assert "a private text" not in caplog.text + state.error


def test_a_deriver_that_failed_tries_again_after_pauses_that_double(mina: User, general: Room) -> None:
    say(mina, general, "one")
    clock = Clock()
    failing = Failing()
    runner = runner_of(failing, clock=clock)
    tries: list[float] = []

    def fails(room: Room) -> bool:
        tries.append(clock.now)
        return len(tries) < 4

    failing.fails = fails
    for _ in range(20):
        catch_up(runner)
        clock.now += 1.0
    assert [later - earlier for earlier, later in pairwise(tries)] == [1.0, 2.0, 4.0]
    assert len(failing.given) == 1
    assert DeriverState.objects.get(name="failing").error == ""


def test_a_deriver_that_changes_extras_does_not_wake_itself(mina: User, general: Room) -> None:
    class Counting(Copies):
        watches = Copies.watches & ~Watch.EXTRAS
        changes_rooms = True

        def apply(self, room: Room, changes: Sequence[Change]) -> None:
            super().apply(room, changes)
            with room_transaction(room.pk) as change:
                for one in changes:
                    message = Message.objects.get(pk=one.message.pk)
                    message.extras = {"count": 1}
                    change.save_extras(message)

    say(mina, general, "one")
    deriver, runner = Counting(), None
    for _ in range(3):
        runner = runner_of(deriver)
        catch_up(runner)
        runner.compare()
    assert runner is not None
    assert not runner.has_waiting()
    assert len(deriver.given) == 1


# --- the lease --------------------------------------------------------------------------------------------------------


def test_one_process_derives_at_a_time(mina: User, general: Room) -> None:
    say(mina, general, "one")
    clock = Clock()
    first, second = runner_of(Copies(), clock=clock), runner_of(other := Copies(), clock=clock)
    hints = Hints()
    first.step()
    hints.wake()
    second = runner_of(other, clock=clock, hints=hints)
    assert not second.step()
    assert other.given == []


def test_another_process_takes_over_when_a_lease_expires_and_at_once_when_it_is_released(
    mina: User, general: Room
) -> None:
    first, second = uuid.uuid4(), uuid.uuid4()
    assert Lease.objects.take(LEASE, holder=first, seconds=LEASE_SECONDS)
    assert not Lease.objects.take(LEASE, holder=second, seconds=LEASE_SECONDS)
    assert Lease.objects.take(LEASE, holder=first, seconds=LEASE_SECONDS)
    Lease.objects.update(expires_at=in_seconds(-1))
    assert Lease.objects.take(LEASE, holder=second, seconds=LEASE_SECONDS)
    assert not Lease.objects.take(LEASE, holder=first, seconds=LEASE_SECONDS)
    Lease.objects.release(LEASE, holder=first)
    assert not Lease.objects.take(LEASE, holder=first, seconds=LEASE_SECONDS)
    Lease.objects.release(LEASE, holder=second)
    assert Lease.objects.take(LEASE, holder=first, seconds=LEASE_SECONDS)


def test_a_process_that_lost_its_lease_while_it_was_frozen_stops_deriving(mina: User, general: Room) -> None:
    clock, hints = Clock(), Hints()
    frozen = runner_of(deriver := Copies(), clock=clock, hints=hints)
    frozen.step()
    catch_up(frozen)
    Lease.objects.update(holder=uuid.uuid4(), expires_at=in_seconds(60))
    clock.now += LEASE_SECONDS
    say(mina, general, "one")
    hints.note(general.pk)
    assert not frozen.step()
    assert deriver.given == []
    assert RENEW_SECONDS < LEASE_SECONDS / 2
