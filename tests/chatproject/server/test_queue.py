"""chatproject.server.queue"""

import asyncio
from typing import Any

import pytest

from chatproject.server.queue import SimpleQueue

pytestmark = pytest.mark.once


def event(number: int) -> dict[str, Any]:
    return {"type": "websocket.receive", "text": str(number)}


async def test_events_are_taken_in_the_order_they_came() -> None:
    inbox = SimpleQueue()
    for number in range(3):
        inbox.put_nowait(event(number))
    assert inbox.qsize() == 3
    assert [await inbox.get() for _ in range(3)] == [event(0), event(1), event(2)]
    assert inbox.qsize() == 0


async def test_a_reader_waits_for_the_first_event_and_gets_all_that_came_meanwhile() -> None:
    inbox = SimpleQueue()
    reader = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    assert not reader.done()
    inbox.put_nowait(event(0))
    inbox.put_nowait(event(1))
    assert await reader == event(0)
    assert await inbox.get() == event(1)


async def test_a_reader_that_gives_up_takes_nothing_with_it() -> None:
    inbox = SimpleQueue()
    reader = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    reader.cancel()
    inbox.put_nowait(event(0))
    with pytest.raises(asyncio.CancelledError):
        await reader
    inbox.put_nowait(event(1))
    assert [await inbox.get(), await inbox.get()] == [event(0), event(1)]
