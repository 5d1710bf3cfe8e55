"""Closes polls at their time."""

import uuid
from typing import Any

from chat.derive.due_kind import DueKind
from chat.services.polls import CLOSE_POLL, close_in_time


class ClosePoll(DueKind[None]):
    """Closes a poll, in a transaction of its own that also locks the room. Closing it again changes nothing."""

    name = CLOSE_POLL

    def run(self, key: uuid.UUID, args: dict[str, Any]) -> None:
        close_in_time(args["message"])
