"""Mentions of people in messages."""

from collections.abc import Collection
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models.membership import Membership
from chat.models.message import Message
from chat.models.room import Room

MENTIONS_COUNTED = 20
"""Most unread mentions in a room that are counted: its newest ones."""


class MentionQuerySet(models.QuerySet["Mention"]):
    def readable_by(self, user_id: int) -> "MentionQuerySet":
        """The mentions of a person in rooms that they are in now, and in their threads."""
        rooms = Membership.objects.current().filter(user=user_id).values("room")
        inside = models.Q(room__in=rooms) | models.Q(room__parent__in=rooms)
        return self.filter(inside, user=user_id, room__deleted_at__isnull=True)

    def newest_unread(self, room_id: int, user_ids: Collection[int]) -> "models.QuerySet[Mention, tuple[int, int]]":
        """The user ids and positions of the newest unread mentions of each of these people in a room."""
        last_read = Membership.objects.filter(user=models.OuterRef("user"), room=models.OuterRef("room"))
        unread = self.filter(room=room_id, user__in=user_ids, read_at__isnull=True).filter(
            position__gt=models.Subquery(last_read.values("last_read"))
        )
        rank = models.Window(
            models.functions.RowNumber(), partition_by=models.F("user"), order_by=models.F("position").desc()
        )
        return unread.annotate(rank=rank).filter(rank__lte=MENTIONS_COUNTED).values_list("user_id", "position")


class Mention(models.Model):
    """One person who is mentioned in one message. The row holds no text.

    Derived from the text of the message (`chat.services.mentions`). Unread while `read_at` is null and the person has
    not read the room up to `position`. Kept when the person leaves the room, but shown only to people who are in it.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        on_delete=models.CASCADE,
        related_name="mentions",
        db_index=False,  # its index begins with the user
    )
    message = models.ForeignKey(
        Message,
        verbose_name=_("message"),
        on_delete=models.CASCADE,
        related_name="mentions",
        db_index=False,  # the unique constraint begins with the message
    )
    room = models.ForeignKey(
        Room,
        verbose_name=_("room"),
        on_delete=models.CASCADE,
        related_name="mentions",
        db_index=False,  # its index begins with the room
    )
    position = models.PositiveBigIntegerField(_("position"))
    read_at = models.DateTimeField(_("read at"), null=True)

    objects: ClassVar = MentionQuerySet.as_manager()

    class Meta:
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "user"], name="one_mention_per_message_and_user"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "message"], name="mention_user_message"),
            models.Index(fields=["room", "user", "position"], name="mention_room_user_position"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} · {self.message_id}"
