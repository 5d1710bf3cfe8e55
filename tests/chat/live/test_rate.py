"""How fast somebody may go on, and how much at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.live.rate import TokenBucket

pytestmark = pytest.mark.once


def test_a_burst_passes_at_once_and_no_more() -> None:
    bucket = TokenBucket(per_second=2, burst=5, now=0.0)
    assert [bucket.take(0.0) == 0 for _ in range(6)] == [True] * 5 + [False]


def test_a_refusal_says_when_there_will_be_a_token() -> None:
    bucket = TokenBucket(per_second=2, burst=1, now=10.0)
    bucket.take(10.0)
    wait = bucket.take(10.2)
    assert round(wait, 6) == 0.3
    assert bucket.take(10.2 + wait + 1e-9) == 0


def test_a_refusal_takes_no_token() -> None:
    bucket = TokenBucket(per_second=1, burst=1, now=0.0)
    bucket.take(0.0)
    for tenth in range(1, 10):
        assert bucket.take(tenth / 10) > 0
    assert bucket.take(1.0) == 0


def test_rest_does_not_save_up_more_than_a_burst() -> None:
    bucket = TokenBucket(per_second=2, burst=3, now=0.0)
    assert [bucket.take(1_000.0) == 0 for _ in range(4)] == [True, True, True, False]


@given(
    per_second=st.floats(0.1, 50),
    burst=st.integers(1, 30),
    pauses=st.lists(st.floats(0, 3), max_size=200),
)
def test_nobody_gets_more_than_a_burst_and_the_rate(per_second: float, burst: int, pauses: list[float]) -> None:
    bucket = TokenBucket(per_second, burst, now=0.0)
    now, taken = 0.0, 0
    for pause in pauses:
        now += pause
        taken += bucket.take(now) == 0
    assert taken <= burst + now * per_second + 1e-6


def test_another_rate_applies_at_once_and_what_was_used_stays_used() -> None:
    bucket = TokenBucket(1, 4, now=0)
    assert [bucket.take(0) for _ in range(3)] == [0, 0, 0]
    bucket.change(2, 5, now=0)
    assert [bucket.take(0) for _ in range(3)] == [0, 0, 0.5]
    bucket.change(1, 1, now=0)
    assert bucket.take(0) == 5, "five were used, and one may be"
    assert bucket.take(5) == 0
