"""The storage: a folder, with the faults that are in the file FAULTS_STORAGE at the time."""

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage

from faults.storing.orders import Order

ROLE = "work" if "work" in sys.argv else "server"


class FaultyStorage(FileSystemStorage):
    """Every call may take long, or be the last one of its process."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._orders = Path(os.environ["FAULTS_STORAGE"])
        self._counted: Order | None = None
        self._calls = 0

    def _save(self, name: str, content: "File[Any]") -> str:
        if self._is_last_call():
            half = content.read(content.size // 2)
            super()._save(name, ContentFile(half))
            self._die()
        return str(super()._save(name, content))

    def _open(self, name: str, mode: str = "rb") -> "File[Any]":
        self._call()
        opened: "File[Any]" = super()._open(name, mode)
        return opened

    def delete(self, name: str) -> None:
        """Delete what is stored under a name."""
        self._call()
        super().delete(name)

    def _call(self) -> None:
        if self._is_last_call():
            self._die()

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

    def _die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)
