"""Background work of one event loop, which never fails unseen."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from django.db import DatabaseError

from chat.live.outage import asking
from chat.live.reader_pool import LOST_CONNECTION

logger = logging.getLogger(__name__)

RESTART_SECONDS = 1.0

Work = Coroutine[Any, Any, None]


class Tasks:
    """Keeps tasks alive: what should run for ever is begun again when it fails, what runs once is logged."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._tasks: set[asyncio.Task[None]] = set()

    def keep(self, name: str, work: Callable[[], Work]) -> None:
        """Run `work` until it returns by itself; whenever it fails, begin it again."""

        async def supervised() -> None:
            while True:
                try:
                    return await work()
                except LOST_CONNECTION as error:  # the database is unreachable, perhaps for long
                    asking.failed(error)
                except DatabaseError as error:
                    logger.warning("The %s waits for the database: %s", name, str(error).partition("\n")[0])
                except Exception:
                    logger.exception("The %s failed and starts again", name)
                await asyncio.sleep(RESTART_SECONDS)

        self._start(supervised())

    def soon(self, work: Work) -> None:
        """Run something once; the checks make up for it when it fails."""

        async def guarded() -> None:
            try:
                await work
            except Exception as error:
                logger.warning("Work in the background failed: %r", error)

        # One that is cancelled before its first turn would complain that nobody awaited it.
        self._start(guarded()).add_done_callback(lambda _task: work.close())

    def cancel(self) -> None:
        """End everything."""
        for task in list(self._tasks):
            task.cancel()

    def _start(self, work: Work) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
