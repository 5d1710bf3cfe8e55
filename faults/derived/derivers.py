"""The deriver, and the kind of due things that it causes."""

import os
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chat.derive.deriver import Change, Deriver, Watch
from chat.derive.due_kind import DueKind
from chat.models import Room
from chat.services.due import add_due
from faults.derived.keys import key_of
from faults.derived.models import DerivedCopy

EFFECTS = "faults.effects"


class Copies(Deriver):
    """Copies every message into a table, and has an effect outside for each new one."""

    name = "faults.copies"
    watches = Watch.NEW | Watch.TEXT | Watch.EXTRAS

    def apply(self, room: Room, changes: Sequence[Change]) -> None:
        DerivedCopy.objects.bulk_create(
            [
                DerivedCopy(message_id=message.pk, room_id=room.pk, body=message.body, extras=message.extras)
                for _kind, message in changes
            ],
            update_conflicts=True,
            unique_fields=["message_id"],
            update_fields=["body", "extras"],
        )
        for kind, message in changes:
            if kind == Watch.NEW:
                add_due(EFFECTS, {"message": message.pk}, key=key_of(message.pk))


class Effects(DueKind[None]):
    """Appends its id to a file, which stands for the world outside."""

    name = EFFECTS
    lease_seconds = 3.0

    def run(self, key: uuid.UUID, args: dict[str, Any]) -> None:
        with Path(os.environ["FAULTS_EFFECTS"]).open("a") as file:
            file.write(f"{key}\n")
