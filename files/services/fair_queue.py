"""A queue in which nobody waits until all files of another person are done."""

import threading
import uuid
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


class FairQueue:
    """Does something with files in a few threads: one at a time of each person, and people take turns.

    A person with many files that take long to examine uses one thread, and delays nobody else.
    """

    def __init__(self, do: Callable[[uuid.UUID], None], *, threads: int) -> None:
        self._do = do
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="files")
        self._lock = threading.Lock()
        # Under the lock: what waits, by person, in the order of their turns; and what is being done, by person.
        self._waiting: dict[int, deque[uuid.UUID]] = {}
        self._doing: dict[int, uuid.UUID] = {}

    def add(self, file: uuid.UUID, *, person: int) -> None:
        """Do it soon, unless it waits or is being done already."""
        with self._lock:
            if self._doing.get(person) == file or file in self._waiting.get(person, ()):
                return
            self._waiting.setdefault(person, deque()).append(file)
        self._threads.submit(self._next)

    def _next(self) -> None:
        with self._lock:
            person = next((one for one in self._waiting if one not in self._doing), None)
            if person is None:
                return
            file = self._waiting[person].popleft()
            self._doing[person] = file
            if rest := self._waiting.pop(person):
                self._waiting[person] = rest  # behind all others
        try:
            self._do(file)
        finally:
            with self._lock:
                del self._doing[person]
                is_more = bool(self._waiting)
            if is_more:
                self._threads.submit(self._next)
