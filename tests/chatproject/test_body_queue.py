"""Large bodies take turns, and none waits long."""

from collections.abc import Callable

import pytest

from chatproject.server.body_queue import AT_ONCE, WAIT_SECONDS, BodyQueue

pytestmark = pytest.mark.once


class Timer:
    """A call that is planned, and can be cancelled."""

    def __init__(self, act: Callable[[], None]) -> None:
        self.act = act
        self.is_on = True

    def cancel(self) -> None:
        self.is_on = False

    def fire(self) -> None:
        assert self.is_on
        self.is_on = False
        self.act()


class Queue:
    """A queue, its timers, and which bodies were started after they had waited."""

    def __init__(self) -> None:
        self.timers: list[Timer] = []
        self.started: list[str] = []
        self.bodies = BodyQueue(self.plan)

    def plan(self, seconds: float, act: Callable[[], None]) -> Timer:
        assert seconds == WAIT_SECONDS
        self.timers.append(Timer(act))
        return self.timers[-1]

    def enter(self, *names: str) -> list[bool]:
        return [self.bodies.enter(name, lambda name=name: self.started.append(name)) for name in names]  # type: ignore[misc]


@pytest.fixture
def queue() -> Queue:
    made = Queue()
    assert made.enter(*(f"early {number}" for number in range(AT_ONCE))) == [True] * AT_ONCE
    return made


def test_when_one_ends_the_next_begins_in_order(queue: Queue) -> None:
    assert queue.enter("one", "two", "three") == [False] * 3
    queue.bodies.leave("early 0")
    queue.bodies.leave("early 1")
    assert queue.started == ["one", "two"]
    assert [timer.is_on for timer in queue.timers] == [False, False, True]


def test_one_that_has_waited_long_enough_begins_beside_the_others(queue: Queue) -> None:
    queue.enter("one", "two")
    queue.timers[0].fire()
    assert queue.started == ["one"]
    queue.bodies.leave("early 0")  # there are still as many as may be received at once
    assert queue.started == ["one"]
    queue.bodies.leave("early 1")
    assert queue.started == ["one", "two"]


def test_one_that_goes_away_while_it_waits_takes_no_turn(queue: Queue) -> None:
    queue.enter("one", "two")
    queue.bodies.leave("one")
    assert not queue.timers[0].is_on
    queue.bodies.leave("early 0")
    assert queue.started == ["two"]


def test_leaving_twice_or_unknown_is_harmless(queue: Queue) -> None:
    queue.enter("one")
    queue.bodies.leave("unknown")
    queue.bodies.leave("early 0")
    queue.bodies.leave("early 0")
    assert queue.started == ["one"]
    assert queue.enter("two") == [False]
