"""Python 3.12's eager tasks for Python 3.11. Delete this when 3.11 is no longer supported: use `eager_start` instead.

Most sends finish without waiting. Running them in the caller's turn of the event loop saves a task and a turn each.
"""

import asyncio
import types
from collections.abc import Awaitable, Coroutine, Generator
from functools import partial
from typing import Any


def start_eagerly(awaitable: Awaitable[None]) -> Awaitable[None] | None:
    """Run `awaitable` until it first waits. Returns the rest, for a task to await, or None if it finished.

    Raises what `awaitable` raises.
    """
    coroutine = _as_coroutine(awaitable)
    try:
        waiting_for = coroutine.send(None)
    except StopIteration:
        return None
    return _rest_of(coroutine, waiting_for)


def _as_coroutine(awaitable: Awaitable[None]) -> Coroutine[Any, Any, None]:
    if asyncio.iscoroutine(awaitable):
        return awaitable

    async def wrapped() -> None:
        await awaitable

    return wrapped()


@types.coroutine
def _rest_of(coroutine: Coroutine[Any, Any, None], waiting_for: Any) -> Generator[Any, Any, None]:
    """Continue in a task a coroutine that was started outside of one and waits for `waiting_for`.

    This is a generator because it may be dropped before its first step; a coroutine would then warn.
    """
    while True:
        try:
            result = yield waiting_for
        except BaseException as error:
            step = partial(coroutine.throw, error)
        else:
            step = partial(coroutine.send, result)
        try:
            waiting_for = step()
        except StopIteration:
            return
