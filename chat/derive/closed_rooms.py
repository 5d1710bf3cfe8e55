"""Closes or opens the direct rooms of a person who was deactivated or activated."""

import uuid
from typing import Any

from chat.derive.due_kind import DueKind
from chat.services.direct import UPDATE_CLOSED, update_rooms


class UpdateClosedRooms(DueKind[None]):
    """Finishes what the request began, in transactions that lock one room each. Doing it again changes nothing."""

    name = UPDATE_CLOSED

    def run(self, key: uuid.UUID, args: dict[str, Any]) -> None:
        update_rooms(args["user"])
