"""Orders the changes of one person's items in one process."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from chat.bus.events import PersonChanged

logger = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
"""How long to wait before retrying a failed read."""

ReadMissedItems = Callable[[int, int], Awaitable[PersonChanged | None]]


class PersonFeed:
    """Passes on each change that is next in order, and catches up before one that is not.

    Changes of a person are few, so none is held: one that follows a gap only shows that the database has more.
    """

    def __init__(
        self,
        user: int,
        revision: int,
        *,
        read_missed: ReadMissedItems,
        on_taken: Callable[[PersonChanged], None],
    ) -> None:
        self.revision = revision
        self._user = user
        self._known_revision = revision
        self._read_missed = read_missed
        self._on_taken = on_taken
        self._catching_up: asyncio.Task[None] | None = None

    def stop(self) -> None:
        """Cancel a catch-up in progress."""
        if self._catching_up is not None:
            self._catching_up.cancel()

    def receive(self, change: PersonChanged) -> None:
        """Handle a change that arrived, in any order."""
        if change.since <= self.revision < change.revision:
            self.revision = change.revision
            self._on_taken(change)
        self.ensure_revision(change.revision)

    def ensure_revision(self, revision: int) -> None:
        """Catch up to this revision, which the database has reached."""
        self._known_revision = max(self._known_revision, revision)
        if self._is_behind and self._catching_up is None:
            self._catching_up = asyncio.get_running_loop().create_task(self._catch_up())

    @property
    def _is_behind(self) -> bool:
        return self.revision < self._known_revision

    async def _catch_up(self) -> None:
        try:
            while self._is_behind:
                await self._read()
        finally:
            self._catching_up = None

    async def _read(self) -> None:
        asked = self.revision
        try:
            missed = await self._read_missed(self._user, asked)
        except Exception as error:
            logger.warning("The items of person %d could not be read: %r", self._user, error)
            await asyncio.sleep(RETRY_SECONDS)
            return
        if missed is None or missed.revision <= asked:
            self._known_revision = self.revision
        else:
            self.receive(missed)
