"""Messages that wait for a moderator because of a word in them."""

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models.message import Message
from chat.models.room import Room

if TYPE_CHECKING:
    from chat.models.user import User


class HeldMessageQuerySet(models.QuerySet["HeldMessage"]):
    def reviewable_by(self, user: "User") -> "HeldMessageQuerySet":
        """Messages that somebody who may open the queue sees there. Twin: `policy.may_review_text`."""
        if user.is_superuser and not user.rights_suspended:
            return self
        rooms = Room.objects.inspectable_by(user)
        return self.filter(models.Q(room__in=rooms) | models.Q(room__parent__in=rooms)).exclude(author=user)


class HeldMessage(models.Model):
    """A message that is not posted yet. The row is deleted when a moderator posts or declines it."""

    room = models.ForeignKey(
        Room, verbose_name=_("room"), on_delete=models.CASCADE, related_name="held_messages", editable=False
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("author"),
        on_delete=models.CASCADE,
        related_name="held_messages",
        db_index=False,  # the unique constraint begins with the author
        editable=False,
    )
    key = models.UUIDField(editable=False)
    body = models.TextField(_("text"), editable=False)
    reply_to = models.ForeignKey(
        Message, verbose_name=_("in reply to"), null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    # Set for a reply in the thread of this message, which may begin with it; `room` is then that of the message.
    thread = models.ForeignKey(
        Message,
        verbose_name=_("in the thread of"),
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,  # there are few rows, and messages are deleted only with their room
        editable=False,
    )
    also_in_room = models.BooleanField(_("also in the room"), default=False, db_default=False, editable=False)
    # The ids of what it is to carry, in order.
    files = models.JSONField(default=list, db_default=[], editable=False)
    held_at = models.DateTimeField(_("sent at"), default=timezone.now, editable=False)

    objects: ClassVar = HeldMessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("held message")
        verbose_name_plural = _("held messages")
        ordering: ClassVar = ["pk"]
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["author", "key"], name="one_held_message_per_author_and_key"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
