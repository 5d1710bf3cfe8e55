"""What is derived."""

from typing import ClassVar

from django.db import models


class DerivedCopy(models.Model):
    """A copy of a message."""

    message_id = models.BigIntegerField(primary_key=True)
    room_id = models.BigIntegerField()
    body = models.TextField()
    extras = models.JSONField()

    objects: ClassVar[models.Manager["DerivedCopy"]] = models.Manager()

    def __str__(self) -> str:
        return str(self.message_id)
