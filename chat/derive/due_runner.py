"""Does due things: each is leased in one transaction, done outside any, and marked as done in a second one."""

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from chat.derive.due_kind import LONGEST_RETRY_SECONDS, DueKind
from chat.derive.errors import described, survives_failures
from chat.models import Due
from chat.models.database_clock import in_seconds
from chat.models.space_settings import BACKGROUND_DAYS
from chat.queries.space import value_of
from chat.store.lock_timeout import limited_transaction

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often the table is read when nothing is due: bounds the delay of something that another process has added."""

PAUSE_SECONDS = 1.0
FIRST_RETRY_SECONDS = 2.0
"""The second try follows after about this long, every further one after twice as long, up to what its kind says."""

REMOVE_SECONDS = 600.0
REMOVED_AT_ONCE = 500


class DueRunner:
    """Does due things until it is stopped. Used by one thread; any number of them can share the work."""

    def __init__(
        self,
        kinds: Mapping[str, DueKind[Any]],
        *,
        clock: Callable[[], float] = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        self._kinds = dict(kinds)
        self._clock = clock
        self._rng = rng or random.Random()  # noqa: S311 (for pauses)
        self._wake = threading.Event()
        self._stopping = False
        self._remove_at = 0.0

    def stop(self) -> None:
        """End `run` after the current thing. May be called by any thread."""
        self._stopping = True
        self._wake.set()

    def wake(self) -> None:
        """Look now: something was added. May be called by any thread."""
        self._wake.set()

    def run(self) -> None:
        """Do what is due until `stop`. While the database does not answer, try again every second."""
        while not self._stopping:
            with survives_failures("Due things", pause=lambda: self._wait(PAUSE_SECONDS)):
                if not self.step():
                    self._wait(LOOK_SECONDS)
        connection.close()

    def step(self) -> bool:
        """Do one thing, if one is due, and remove old ones from time to time. Returns whether something was due."""
        if self._clock() >= self._remove_at:
            remove_finished()
            self._remove_at = self._clock() + REMOVE_SECONDS
        due = self.lease()
        if due is not None:
            self._do(due)
        return due is not None

    def lease(self) -> Due | None:
        """Lease the next due thing, or return None if there is none: then no transaction begins, which on SQLite would
        make writers wait."""
        if not Due.objects.next_of(self._kinds).exists():
            return None
        with limited_transaction():
            due: Due | None = (
                Due.objects.next_of(self._kinds).select_for_update(no_key=True, skip_locked=_skips_locked()).first()
            )
            if due is None:
                return None
            seconds = self._kinds[due.kind].lease_seconds
            Due.objects.filter(pk=due.pk).update(tries=F("tries") + 1, leased_until=in_seconds(seconds))
        due.tries += 1
        return due

    def _do(self, due: Due) -> None:
        kind = self._kinds[due.kind]
        _release_connection()
        try:
            result = kind.run(due.pk, due.args)
            with limited_transaction():
                if Due.objects.leased(due).update(done_at=Now(), leased_until=None, last_error=""):
                    kind.apply(due.args, result)
        except Exception as error:
            self._failed(kind, due, described(error))

    def _failed(self, kind: DueKind[Any], due: Due, error: str) -> None:
        """Plan the next try, or give up."""
        is_last = due.tries >= kind.most_tries
        logger.warning("%s, try %d of %d: %s", due, due.tries, kind.most_tries, error)
        leased = Due.objects.leased(due)
        if is_last:
            leased.update(failed_at=Now(), leased_until=None, last_error=error)
        else:
            pause = self.pause_after(due.tries, longest=kind.longest_pause_seconds)
            leased.update(due_at=in_seconds(pause), leased_until=None, last_error=error)

    def pause_after(self, tries: int, *, longest: float = LONGEST_RETRY_SECONDS) -> float:
        """Seconds until the next try: at random around a time that doubles, so that retries do not come together."""
        pause = min(longest, FIRST_RETRY_SECONDS * 2.0 ** min(tries - 1, 32))
        return pause * self._rng.uniform(0.5, 1.5)

    def _wait(self, seconds: float) -> None:
        _release_connection()
        if not self._stopping:
            self._wake.wait(seconds)
        self._wake.clear()


def _release_connection() -> None:
    """Give the connection back to the pool, since nothing is asked of the database for a while."""
    if getattr(connection, "pool", None) is not None and not connection.in_atomic_block:
        connection.close()


def _skips_locked() -> bool:
    return connection.features.has_select_for_update_skip_locked


def remove_finished() -> int:
    """Remove things that were done or given up long ago. Returns how many."""
    before = timezone.now() - timedelta(days=value_of(BACKGROUND_DAYS))
    total = 0
    began = time.monotonic()
    while removed := Due.objects.remove_finished(before=before, most=REMOVED_AT_ONCE):
        total += removed
        time.sleep(time.monotonic() - began)  # leaves half of the time to other writers
        began = time.monotonic()
    return total
