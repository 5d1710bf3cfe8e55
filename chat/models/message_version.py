"""The former texts of edited messages."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models.message import BODY_CHARS, Message


class MessageVersion(models.Model):
    """A text that a message had before an edit.

    Written under the lock of the room, in the transaction of the edit, and deleted in that of the deletion. `number`
    counts the texts of the message from 1, the original. Numbers are missing where texts were not kept.
    """

    message = models.ForeignKey(
        Message,
        verbose_name=_("message"),
        on_delete=models.CASCADE,
        related_name="versions",
        db_index=False,  # the unique constraint begins with the message
    )
    number = models.PositiveIntegerField(_("number"))
    body = models.TextField(_("text"), max_length=BODY_CHARS)
    written_at = models.DateTimeField(_("written at"))

    class Meta:
        verbose_name = _("former text")
        verbose_name_plural = _("former texts")
        default_permissions = ()
        ordering: ClassVar = ["message", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "number"], name="one_text_per_message_and_number"),
        ]

    def __str__(self) -> str:
        """The message and the number, but not the text: logs keep this string after the message is deleted."""
        return f"{self.message_id} · {self.number}"
