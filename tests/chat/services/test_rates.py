"""Limits on how often somebody may do something."""

import pytest

from chat.services.rates import RateTable


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_and_the_next_act_has_to_wait() -> None:
    table = RateTable(per_second=0.5, burst=3, clock=Clock())
    assert [table.take("mina") for _ in range(3)] == [0.0, 0.0, 0.0]
    assert table.take("mina") == 2.0


def test_a_refused_act_is_not_counted() -> None:
    clock = Clock()
    table = RateTable(per_second=1.0, burst=1, clock=clock)
    table.take("mina")
    for _ in range(100):
        assert table.take("mina") == 1.0
    clock.now += 1
    assert table.take("mina") == 0.0


def test_asking_how_long_to_wait_takes_nothing() -> None:
    table = RateTable(per_second=1.0, burst=1, clock=Clock())
    assert [table.wait("mina") for _ in range(3)] == [0.0, 0.0, 0.0]
    table.take("mina")
    assert table.wait("mina") == 1.0


def test_after_a_pause_the_whole_burst_is_there_again() -> None:
    clock = Clock()
    table = RateTable(per_second=1.0, burst=2, clock=clock)
    table.take("mina")
    table.take("mina")
    clock.now += 60
    assert [table.take("mina") for _ in range(3)] == [0.0, 0.0, 1.0]


def test_one_key_does_not_use_up_what_another_may_do() -> None:
    table = RateTable(per_second=1.0, burst=1, clock=Clock())
    table.take("mina")
    assert table.take("joon") == 0.0


def test_a_flood_of_other_keys_removes_no_key_that_is_limited() -> None:
    table = RateTable(per_second=0.001, burst=1, clock=Clock())
    table.take("mina")
    for number in range(100_000):
        table.take(f"flood {number}")
    assert table.wait("mina") > 0


def test_a_thousand_keys_hardly_ever_share_a_limit() -> None:
    table = RateTable(per_second=0.001, burst=1, clock=Clock())
    refused = sum(table.take(f"person {number}") > 0 for number in range(1_000))
    assert refused <= 5


def test_a_key_may_hold_any_text() -> None:
    table = RateTable(per_second=1.0, burst=1, clock=Clock())
    assert table.take("\ud800 한국어 \x00") == 0.0


def test_an_act_that_is_given_back_no_longer_counts() -> None:
    table = RateTable(per_second=0.5, burst=2, clock=Clock())
    table.take("mina")
    table.take("mina")
    table.give_back("mina")
    assert table.take("mina") == 0.0
    assert table.take("mina") == 2.0


def test_giving_back_never_adds_to_the_burst() -> None:
    table = RateTable(per_second=0.5, burst=2, clock=Clock())
    for _ in range(5):
        table.take("mina")
        table.give_back("mina")
    assert [table.take("mina") for _ in range(3)] == [0.0, 0.0, 2.0]


def test_a_table_that_is_cleared_forgets_everybody() -> None:
    table = RateTable(per_second=1.0, burst=1, clock=Clock())
    table.take("mina")
    table.clear()
    assert table.take("mina") == 0.0
    assert table.take("mina") == 1.0


def test_other_limits_apply_at_once_and_what_was_counted_stays_counted() -> None:
    now = 1_000.0
    table = RateTable(per_second=1 / 3600, burst=1, clock=lambda: now)
    assert table.take("mina") == 0
    assert table.take("mina") > 0
    table.change(per_second=3 / 3600, burst=3)
    assert [table.take("mina"), table.take("mina")] == [0, 0]
    assert table.take("mina") == pytest.approx(1200)
    table.change(per_second=1 / 3600, burst=1)
    assert table.take("mina") == pytest.approx(3 * 3600)
    assert table.take("joon") == 0


def test_a_key_learns_what_it_has_left_and_when_it_has_all_again() -> None:
    clock = Clock()
    table = RateTable(per_second=2.0, burst=4, clock=clock)
    assert table.left("mina") == (4, 0.0)
    for left in (3, 2, 1, 0):
        table.take("mina")
        assert table.left("mina") == (left, (4 - left) / 2)
    assert table.take("mina") > 0
    assert table.left("mina") == (0, 2.0)
    assert table.left("joon") == (4, 0.0)
