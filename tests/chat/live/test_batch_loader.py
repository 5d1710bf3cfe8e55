"""Reading together what is asked for at the same time."""

import asyncio
import threading
from collections.abc import Iterator, Sequence

import pytest

from chat.live import batch_loader as module
from chat.live.batch_loader import BatchLoader
from chat.protocol.errors import ChatError, NotFound
from tests.harness.inprocess import close_readers, until

pytestmark = pytest.mark.once


class Readings:
    """Doubles what it is asked, finds nothing at 0, breaks at less; remembers what it was asked together."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self, questions: Sequence[int]) -> list[int | ChatError]:
        self.batches.append(list(questions))
        self.go_on.wait(10)
        if min(questions) < 0:
            raise ConnectionError("the database is away")
        return [NotFound() if question == 0 else 2 * question for question in questions]


@pytest.fixture(autouse=True)
def _given_back() -> Iterator[None]:
    yield
    close_readers()


@pytest.fixture
def readings() -> Readings:
    return Readings()


async def ask_while_the_first_is_read(readings: Readings, questions: Sequence[int]) -> list[object]:
    """The first question goes alone; the others come while it is being read."""
    gather: BatchLoader[int, int] = BatchLoader(readings)
    readings.go_on.clear()
    asked = [asyncio.create_task(gather.load(questions[0]))]
    await until(lambda: readings.batches)
    asked += [asyncio.create_task(gather.load(question)) for question in questions[1:]]
    await asyncio.sleep(0)
    readings.go_on.set()
    return list(await asyncio.gather(*asked, return_exceptions=True))


async def test_a_single_request_is_loaded_alone_and_at_once(readings: Readings) -> None:
    gather: BatchLoader[int, int] = BatchLoader(readings)
    assert [await gather.load(3), await gather.load(4)] == [6, 8]
    assert readings.batches == [[3], [4]]


async def test_what_is_asked_during_a_reading_is_not_answered_by_it_but_together_by_the_next(
    readings: Readings,
) -> None:
    assert await ask_while_the_first_is_read(readings, [1, 2, 3, 4]) == [2, 4, 6, 8]
    assert readings.batches == [[1], [2, 3, 4]]


async def test_a_refusal_concerns_only_who_asked(readings: Readings) -> None:
    answers = await ask_while_the_first_is_read(readings, [1, 0, 5])
    assert (answers[0], type(answers[1]), answers[2]) == (2, NotFound, 10)


async def test_a_reading_that_fails_fails_all_of_its_questions_and_no_later_ones(readings: Readings) -> None:
    gather: BatchLoader[int, int] = BatchLoader(readings)
    outcomes = await asyncio.gather(gather.load(-1), gather.load(2), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ConnectionError, ConnectionError]
    assert await gather.load(2) == 4


async def test_a_request_that_is_no_longer_awaited_delays_no_other(readings: Readings) -> None:
    gather: BatchLoader[int, int] = BatchLoader(readings)
    gone = asyncio.create_task(gather.load(1))
    stays = asyncio.create_task(gather.load(2))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == 4


async def test_a_reading_has_a_limit(readings: Readings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEYS_AT_ONCE", 2)
    assert await ask_while_the_first_is_read(readings, [1, 2, 3, 4]) == [2, 4, 6, 8]
    assert readings.batches == [[1], [2, 3], [4]]
