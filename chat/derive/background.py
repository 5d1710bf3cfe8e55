"""The threads of the background work of a process: in a server without Redis, and in `manage.py work`."""

import logging
import threading
import time

from django.conf import settings
from django.db import close_old_connections

from chat.derive import registry
from chat.derive.due_runner import DueRunner
from chat.derive.hints import Hints, RedisHints
from chat.derive.runner import Runner
from chat.services import due

logger = logging.getLogger(__name__)

STOP_SECONDS = 20.0
WAITING_THREADS = 2
"""Threads of due things that wait for the same, beyond the database."""


def _due_runners() -> list[DueRunner]:
    """One for what this site does by itself, and some for each thing for which others wait."""
    runners: list[DueRunner] = []
    for waits_for in sorted({kind.waits_for for kind in registry.KINDS.values()}):
        kinds = {name: kind for name, kind in registry.KINDS.items() if kind.waits_for == waits_for}
        runners += [DueRunner(kinds) for _thread in range(WAITING_THREADS if waits_for else 1)]
    return runners


class Background:
    """A thread that derives, and some that do due things, which may take long. Nothing registered, no threads."""

    def __init__(self) -> None:
        hints = Hints()
        self.note = hints.note
        self._redis_hints = RedisHints(hints) if settings.REDIS_URL else None
        self._runner = Runner(registry.DERIVERS, hints)
        self._due_runners = _due_runners()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start the threads, which end with the process if they are not stopped before."""
        if registry.DERIVERS:
            self._threads.append(threading.Thread(target=self._runner.run, name="derivers", daemon=True))
            if self._redis_hints is not None:
                self._threads.append(self._redis_hints)
        for runner in self._due_runners:
            self._threads.append(threading.Thread(target=runner.run, name="due things", daemon=True))
            due.on_added.append(runner.wake)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ask the threads to end after what they are doing. Does not wait for them."""
        for runner in self._due_runners:
            if runner.wake in due.on_added:
                due.on_added.remove(runner.wake)
            runner.stop()
        self._runner.stop()
        if self._redis_hints is not None:
            self._redis_hints.stop()

    def join(self) -> None:
        """Wait until the threads have ended, for STOP_SECONDS at most. What was not finished is done again later."""
        until = time.monotonic() + STOP_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
            if thread.is_alive():
                logger.warning("The thread of %s did not end in time", thread.name)
        close_old_connections()
