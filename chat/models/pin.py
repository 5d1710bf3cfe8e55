"""Pinned messages of rooms."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models.message import Message
from chat.models.room import Room

PINNED = "pinned"
"""The name in the `extras` of a message of who pinned it, and when."""


class PinQuerySet(models.QuerySet["Pin"]):
    def in_room(self, room_id: int) -> "PinQuerySet":
        """The pins of a room, newest first. A process of an earlier version leaves those of deleted messages."""
        return self.filter(room_id=room_id, message__deleted_at__isnull=True).order_by("-pk")


class Pin(models.Model):
    """One message that is pinned in its room. Written under the lock of the room, together with the message's `extras`
    and the room's `pin_count`."""

    room = models.ForeignKey(
        Room,
        verbose_name=_("room"),
        on_delete=models.CASCADE,
        related_name="pins",
        db_index=False,  # its index begins with the room
    )
    message = models.OneToOneField(Message, verbose_name=_("message"), on_delete=models.CASCADE, related_name="pin")
    pinned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("pinned by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    pinned_at = models.DateTimeField(_("pinned at"))

    objects: ClassVar = PinQuerySet.as_manager()

    class Meta:
        verbose_name = _("pin")
        verbose_name_plural = _("pins")
        default_permissions = ()
        indexes: ClassVar = [models.Index(fields=["room", "id"], name="pin_room")]

    def __str__(self) -> str:
        """The message's id, but not its text: logs keep this string after the message is deleted."""
        return f"{self.room} · {self.message_id}"
