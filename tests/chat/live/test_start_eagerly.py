"""What can be done without waiting is done in the caller's turn; the rest is left to a task."""

import asyncio
import gc
import warnings

import pytest

from chat.live.start_eagerly import start_eagerly

pytestmark = pytest.mark.once


async def test_what_need_not_wait_is_done_at_once() -> None:
    done = []

    async def work() -> None:
        done.append(1)

    assert start_eagerly(work()) is None
    assert done == [1]


async def test_what_has_to_wait_is_started_and_its_rest_is_returned() -> None:
    steps, opened = ["called"], asyncio.Event()

    async def work() -> None:
        steps.append("started")
        await opened.wait()
        await asyncio.sleep(0)
        steps.append("done")

    rest = start_eagerly(work())
    assert rest is not None
    assert steps == ["called", "started"]
    opened.set()
    await rest
    assert steps == ["called", "started", "done"]


async def test_an_error_before_the_first_wait_is_raised_to_the_caller() -> None:
    async def work() -> None:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        start_eagerly(work())


async def test_a_cancellation_of_the_rest_reaches_what_waits() -> None:
    cancelled = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(1)
            raise

    rest = start_eagerly(work())
    assert rest is not None
    task = asyncio.ensure_future(rest)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cancelled == [1]


async def test_a_rest_that_nobody_awaits_is_dropped_without_a_warning() -> None:
    async def work() -> None:
        await asyncio.Event().wait()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        start_eagerly(work())
        gc.collect()
