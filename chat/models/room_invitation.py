"""Invitations into private rooms that have been neither accepted nor declined."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from chat.models.room import Room

INVITATIONS = "invitations"
"""The kind of the item with the number of a person's pending invitations, which only the server sets."""

PENDING = "pending"
"""The key of that item."""


class RoomInvitationQuerySet(models.QuerySet["RoomInvitation"]):
    def pending(self) -> "RoomInvitationQuerySet":
        """Those into rooms that exist, with their rooms and the people who invited."""
        return self.filter(room__deleted_at=None).select_related("room", "user", "invited_by").order_by("pk")


class RoomInvitation(models.Model):
    """Somebody is invited into a private room. The row is deleted when they accept or decline."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="room_invitations", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="room_invitations")
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar = RoomInvitationQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["room", "user"], name="one_room_invitation_per_room_and_user"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.room_id}"
