"""Ends statuses when their time is over."""

import uuid
from typing import Any

from chat.derive.due_kind import DueKind
from chat.services.statuses import END_OF_STATUS, end_status


class StatusEnd(DueKind[None]):
    """Unsets the status of a person, in its own transaction, which does nothing when it is repeated."""

    name = END_OF_STATUS

    def run(self, key: uuid.UUID, args: dict[str, Any]) -> None:
        end_status(args["user"], version=args["version"])
