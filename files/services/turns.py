"""The right to finish an upload, which one thread of one process has at a time.

It lasts a few seconds, and is renewed while the thread works: what a killed process was finishing, another one can
finish soon after. A turn that failed is not ended, so that the next try is not made at once.
"""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now

from chat.derive.errors import survives_failures
from chat.models.database_clock import in_seconds
from files.models import Attachment
from files.models.attachment import AttachmentQuerySet

LEASE_SECONDS = 10.0
RENEW_SECONDS = 3.0


class BusyError(Exception):
    """Another process is finishing the file."""


class TurnLostError(Exception):
    """The file was removed; or this process was frozen, and another one has taken over."""


class Turn:
    """A turn at a file: only its holder stores what was found out."""

    def __init__(self, file: uuid.UUID) -> None:
        self._holder = uuid.uuid4()
        self._waiting = Attachment.objects.filter(pk=file, state=Attachment.State.PROCESSING)

    def take(self) -> bool:
        """Take it. False if there is nothing to finish. Raises BusyError while another process has it."""
        is_free = Q(leased_until=None) | Q(leased_until__lt=Now())
        if self._waiting.filter(is_free).update(holder=self._holder, leased_until=in_seconds(LEASE_SECONDS)):
            return True
        if self._waiting.exists():
            raise BusyError
        return False

    @property
    def mine(self) -> AttachmentQuerySet:
        """The file, as long as nobody else has a turn at it."""
        return self._waiting.filter(holder=self._holder)

    def renew(self) -> None:
        """Renew it. Raises TurnLostError."""
        if not self.mine.update(leased_until=in_seconds(LEASE_SECONDS)):
            raise TurnLostError

    @contextmanager
    def renewed(self) -> Iterator[None]:
        """Renew it again and again in a thread."""
        over = threading.Event()
        thread = threading.Thread(target=self._renew_until, args=(over,), name="turn at a file", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _renew_until(self, over: threading.Event) -> None:
        while not over.wait(RENEW_SECONDS):
            with survives_failures("Turns at files", pause=lambda: None), suppress(TurnLostError):
                self.renew()
        connection.close()
