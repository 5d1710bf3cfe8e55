"""Background tasks of one event loop; every failure is logged."""

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
    """Runs background tasks: restarts permanent ones when they fail, logs failures of others."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._tasks: set[asyncio.Task[None]] = set()

    def keep(self, name: str, work: Callable[[], Work]) -> None:
        """Run `work` until it returns; restart it whenever it fails."""

        async def supervised() -> None:
            while True:
                try:
                    return await work()
                except LOST_CONNECTION as error:  # the database is unreachable, perhaps for a long time
                    asking.failed(error)
                except DatabaseError as error:
                    logger.warning("The %s is waiting for the database: %s", name, str(error).partition("\n")[0])
                except Exception:
                    logger.exception("The %s failed and is restarted", name)
                await asyncio.sleep(RESTART_SECONDS)

        self._start(supervised())

    def soon(self, work: Work) -> None:
        """Run something once. If it fails, the reconciler corrects what it should have done."""

        async def guarded() -> None:
            try:
                await work
            except Exception as error:
                logger.warning("A background task failed: %r", error)

        # If the task is cancelled before its first turn, Python would warn that `work` was never awaited.
        self._start(guarded()).add_done_callback(lambda _task: work.close())

    def cancel(self) -> None:
        for task in list(self._tasks):
            task.cancel()

    def _start(self, work: Work) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
