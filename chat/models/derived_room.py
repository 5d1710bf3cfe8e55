"""The revision of each room up to which all derivers have come: what one query compares for all of them."""

from django.db import models

from chat.models.room import Room


class DerivedRoom(models.Model):
    """A room in which all derivers together have come up to `revision`.

    `stamp` identifies the set of derivers and their epochs for which this holds. A row may lag behind the cursors, but
    never promises more than they do. It is separate from the room, whose row every message locks.
    """

    room = models.OneToOneField(
        Room, on_delete=models.CASCADE, primary_key=True, related_name="derived", db_constraint=False
    )
    revision = models.PositiveBigIntegerField()
    stamp = models.BigIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"room {self.room_id}: {self.revision}"
