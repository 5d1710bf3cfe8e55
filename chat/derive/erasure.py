"""The due thing that erases what is left of an account."""

import time
import uuid
from typing import Any

from chat.derive.due_kind import DueKind
from chat.services.due import add_due
from chat.services.erasure import DUE_KIND, erase_some

TURN_SECONDS = 20.0
"""How long one due thing works, a fraction of its lease; another one then continues."""


class EraseAccount(DueKind[dict[str, Any] | None]):
    """Leaves rooms, deletes messages and renames entries of the audit, in small transactions."""

    name = DUE_KIND
    most_tries = 60  # two days

    def run(self, key: uuid.UUID, args: dict[str, Any]) -> dict[str, Any] | None:
        """Work for a while, half of the time, so that others can write. Returns what the next due thing does."""
        until = time.monotonic() + TURN_SECONDS
        left: dict[str, Any] | None = args
        while left is not None and time.monotonic() < until:
            began = time.monotonic()
            left = erase_some(left)
            time.sleep(time.monotonic() - began)
        return left

    def apply(self, args: dict[str, Any], result: dict[str, Any] | None) -> None:
        """Let the next due thing continue."""
        if result is not None:
            add_due(self.name, result)
