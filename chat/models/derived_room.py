"""The revision of each room up to which all derivers have come: what one query compares for all of them."""

from typing import Any

from django.db import models

from chat.models.room import Room


class RoomKey(models.OneToOneField):  # type: ignore[type-arg]
    """A room as the primary key.

    In SQLite its column is the number of the row: otherwise it would have an index beside the table, and a comparison
    of all rooms would take more than twice as long.
    """

    def db_type(self, connection: Any) -> Any:
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)


class DerivedRoom(models.Model):
    """A room in which all derivers together have come up to `revision`.

    `stamp` identifies the set of derivers and their epochs for which this holds. A row may lag behind the cursors, but
    never promises more than they do. It is separate from the room, whose row every message locks.
    """

    room = RoomKey(Room, on_delete=models.CASCADE, primary_key=True, related_name="derived", db_constraint=False)
    revision = models.PositiveBigIntegerField()
    stamp = models.BigIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"room {self.room_id}: {self.revision}"
