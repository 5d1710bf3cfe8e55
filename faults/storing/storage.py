"""The storage: a folder, with the faults that are ordered at the time."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from django.core.files.base import File

from faults.storing.orders import Order
from files.folder import FolderStorage

ROLE = "work" if "work" in sys.argv else "server"


class FaultyStorage(FolderStorage):
    """Every call may take long, or be the last one of its process."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._orders = Path(os.environ["FAULTS_STORAGE"])
        self._counted: Order | None = None
        self._calls = 0

    def open_span(self, name: str, first: int, last: int) -> IO[bytes]:
        """The file, from `first` on."""
        self._call()
        return super().open_span(name, first, last)

    def delete(self, name: str) -> None:
        """Remove a file."""
        self._call()
        super().delete(name)

    def _save(self, name: str, content: "File[Any]") -> str:
        stored = Half(content.file) if self._is_last_call() else content
        return super()._save(name, stored)

    def _call(self) -> None:
        if self._is_last_call():
            die()

    def _is_last_call(self) -> bool:
        """Wait as long as ordered. Returns whether this process dies now; only the first that comes so far does."""
        order = Order.read(self._orders)
        time.sleep(order.delay)
        if order.dies != ROLE:
            return False
        if order != self._counted:
            self._counted, self._calls = order, 0
        self._calls += 1
        if self._calls < order.at_call:
            return False
        with suppress(FileNotFoundError):
            self._orders.unlink()
            return True
        return False


class Half(File):  # type: ignore[type-arg]
    """A file in the middle of which its reader dies."""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """One half, and no more."""
        yield self.read(self.size // 2)
        die()


def die() -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)
