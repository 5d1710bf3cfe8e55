"""Reactions of people to messages."""

from collections.abc import Collection
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models.custom_emoji import EMOJI_NAME_CHARS
from chat.models.message import Message

REACTION_CHARS = EMOJI_NAME_CHARS + 2
"""Those of `:name:` with the longest name. No emoji of Unicode has more."""

REACTIONS = "reactions"
"""The name of the summary of all reactions in the `extras` of a message."""


class ReactionQuerySet(models.QuerySet["Reaction"]):
    def of(self, user_ids: Collection[int], message_ids: Collection[int]) -> "ReactionQuerySet":
        """The reactions of these people to these messages, each person's in the order in which they were added."""
        return self.filter(user__in=user_ids, message__in=message_ids).order_by("pk")


class Reaction(models.Model):
    """One emoji with which one person reacted to one message.

    Written under the lock of the room, together with the summary in the message's `extras`. `emoji` is one emoji of
    Unicode, or `:name:` of one of the space, which stays when that is archived.
    """

    message = models.ForeignKey(
        Message,
        verbose_name=_("message"),
        on_delete=models.CASCADE,
        related_name="reactions",
        db_index=False,  # its index begins with the message
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        on_delete=models.PROTECT,
        related_name="reactions",
        db_index=False,  # the unique constraint begins with the user
    )
    emoji = models.CharField(_("emoji"), max_length=REACTION_CHARS)

    objects: ClassVar = ReactionQuerySet.as_manager()

    class Meta:
        verbose_name = _("reaction")
        verbose_name_plural = _("reactions")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "message", "emoji"], name="one_reaction_per_user_and_emoji"),
        ]
        indexes: ClassVar = [models.Index(fields=["message", "emoji", "id"], name="reaction_message_emoji")]

    def __str__(self) -> str:
        return f"{self.emoji} · {self.user}"
