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
OUTSIDE_THREADS = 2
"""Threads of due things that wait for machines of others."""


def _due_runners() -> list[DueRunner]:
    """One for what this site does by itself, and some for what reaches out; none for kinds that nobody registered."""
    own = {name: kind for name, kind in registry.KINDS.items() if not kind.reaches_out}
    outside = {name: kind for name, kind in registry.KINDS.items() if kind.reaches_out}
    runners = [DueRunner(own)] if own else []
    return runners + ([DueRunner(outside) for _thread in range(OUTSIDE_THREADS)] if outside else [])


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
