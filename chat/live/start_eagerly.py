"""Python 3.12's eager task for Python 3.11; goes with the support for 3.11, where asyncio.Task has `eager_start`.

Most sends end without waiting. Running them in the caller's turn saves a task and a turn of the event loop each.
"""

import asyncio
import types
from collections.abc import Awaitable, Coroutine, Generator
from functools import partial
from typing import Any


def start_eagerly(awaitable: Awaitable[None]) -> Awaitable[None] | None:
    """Run `awaitable` in the caller's turn until it has to wait. Returns the rest of it, for a task to await.

    None if it did not have to wait. Raises what it raises.
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
    """Continue, inside a task, a coroutine that was started outside of one and waits for `waiting_for`.

    A generator, because it may be dropped before its first step, of which a coroutine would warn.
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
