"""The reactions that webhooks have last reported, so that other changes of `extras` are not taken for one."""

from typing import ClassVar

from django.db import models

from chat.models import Message


class SeenReactions(models.Model):
    """A digest of the reactions to a message, in a room with a webhook that reports them. Without a row: none."""

    message = models.OneToOneField(
        Message, primary_key=True, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    digest = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()

    objects: ClassVar = models.Manager()

    def __str__(self) -> str:
        return f"message {self.message_id}"
