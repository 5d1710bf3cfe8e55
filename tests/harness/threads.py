"""Many threads that begin at the same moment, each with a database connection of its own, as requests have."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections

SOON_SECONDS = 60


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Call all of these at the same time, each in a thread; what each returned, or the exception it raised."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        start.wait(SOON_SECONDS)
        try:
            return call()
        except Exception as error:  # noqa: BLE001 (the caller looks at it)
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def kinds(outcomes: Sequence[Any]) -> list[str]:
    """The names of the types of these outcomes, sorted."""
    return sorted(type(outcome).__name__ for outcome in outcomes)
