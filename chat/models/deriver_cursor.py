"""Cursors of derivers: how far each has come in each room."""

from typing import ClassVar

from django.db import models

from chat.models.deriver_state import NAME_CHARS
from chat.models.room import Room


class DeriverCursor(models.Model):
    """What a deriver has processed of a room: all changes up to `revision`, and all messages up to `position`.

    It moves in the transaction that writes the derived rows, under its own row lock, which is taken before those of
    rooms.
    """

    name = models.CharField(max_length=NAME_CHARS)
    # Without a constraint in the database: a process of the version before deletes rooms without knowing this table.
    room = models.ForeignKey(
        Room,
        on_delete=models.CASCADE,
        related_name="deriver_cursors",
        db_constraint=False,
        db_index=False,  # the unique constraint begins with the room
    )
    revision = models.PositiveBigIntegerField(default=0)
    position = models.PositiveBigIntegerField(default=0)
    epoch = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["room", "name"], name="one_cursor_per_room_and_deriver"),
        ]

    def __str__(self) -> str:
        return f"{self.name} in room {self.room_id}: {self.revision}"

    def reached(self, epoch: int) -> int:
        """The revision up to which the deriver has come in this epoch."""
        return self.revision if self.epoch == epoch else 0
