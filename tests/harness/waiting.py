"""Waiting for a thing to be so, instead of sleeping and hoping."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

POLL_SECONDS = 0.02
PATIENCE_SECONDS = 20.0


def until(value: Callable[[], T], *, seconds: float = PATIENCE_SECONDS) -> T:
    """The first true value of `value()`; raises AssertionError with the last one after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := value()):
        assert time.monotonic() < deadline, f"still {found!r} after {seconds} s"
        time.sleep(POLL_SECONDS)
    return found


async def until_async(value: Callable[[], Awaitable[T]], *, seconds: float = PATIENCE_SECONDS) -> T:
    """The same, for a value that is awaited."""
    deadline = time.monotonic() + seconds
    while not (found := await value()):
        assert time.monotonic() < deadline, f"still {found!r} after {seconds} s"
        await asyncio.sleep(POLL_SECONDS)
    return found


def until_steady(value: Callable[[], int], *, seconds: float = 1.0) -> int:
    """The value of `value()` once it has stayed the same for `seconds`."""
    began = time.monotonic()
    last, since = value(), began
    while time.monotonic() - since < seconds:
        assert time.monotonic() - began < PATIENCE_SECONDS, f"{last} and still changing"
        time.sleep(POLL_SECONDS)
        if (found := value()) != last:
            last, since = found, time.monotonic()
    return last
