"""Reads a file from the storage while it is sent."""

from collections import Counter
from collections.abc import AsyncIterator
from typing import IO

from django.utils.translation import gettext_lazy as _

from chat.protocol.errors import NotFound, RateLimited
from files.storage import open_span
from files.threads import in_reading_thread
from files.web.ranges import Span

PIECE_BYTES = 256 * 1024
AT_ONCE = 24
"""Most files that one person reads at once from this process: each takes memory as long as its reader is slow."""

TOO_MANY = _("You are downloading many files at once. Wait until one of them is complete.")
RETRY_SECONDS = 2

_readers = Counter[int]()
"""How many files each person is reading. Changed on the event loop only."""


class Reading:
    """The bytes of a span for one person. The caller closes it."""

    def __init__(self, person: int, opened: IO[bytes], length: int) -> None:
        self._person = person
        self._opened = opened
        self._left = length

    @classmethod
    async def begin(cls, person: int, stored: str, span: Span) -> "Reading":
        """Open what is stored under a name. Raises RateLimited; NotFound if the storage has lost it."""
        if _readers[person] >= AT_ONCE:
            raise RateLimited(TOO_MANY, retry_after=RETRY_SECONDS)
        _readers[person] += 1
        try:
            return cls(person, await in_reading_thread(open_span, stored, span.first, span.last), span.length)
        except FileNotFoundError:
            _leave(person)
            raise NotFound from None
        except BaseException:
            _leave(person)
            raise

    async def pieces(self) -> AsyncIterator[bytes]:
        """The bytes, each piece read when the one before was sent."""
        while self._left > 0:
            piece = await in_reading_thread(self._opened.read, min(PIECE_BYTES, self._left))
            if not piece:
                return
            self._left -= len(piece)
            yield piece

    async def close(self) -> None:
        """Read no more."""
        _leave(self._person)
        await in_reading_thread(self._opened.close)


def _leave(person: int) -> None:
    _readers[person] -= 1
    if not _readers[person]:
        del _readers[person]
