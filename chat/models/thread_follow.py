"""Who follows which thread, and how far they have read it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models.room import Room


class ThreadFollowQuerySet(models.QuerySet["ThreadFollow"]):
    def active(self) -> "ThreadFollowQuerySet":
        """Of people who follow the thread now."""
        return self.filter(is_following=True)

    def unread(self) -> "ThreadFollowQuerySet":
        """Of people who follow the thread and have not read its newest messages."""
        return self.filter(is_unread=True)


class ThreadFollow(models.Model):
    """One person who follows a thread, or does not want to follow it any more (`is_following`).

    It gives no rights: these come from the membership in the parent. Removed when that ends. `is_unread` and `mentions`
    (the unread ones) are 0 for a person who does not follow the thread.
    """

    room = models.ForeignKey(
        Room,
        verbose_name=_("thread"),
        on_delete=models.CASCADE,
        related_name="follows",
        db_index=False,  # the unique constraint begins with the room
    )
    parent = models.ForeignKey(
        Room,
        verbose_name=_("room"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,  # its index begins with the user
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        on_delete=models.CASCADE,
        related_name="thread_follows",
        db_index=False,  # its index begins with the user
    )
    is_following = models.BooleanField(_("follows"), default=True, db_default=True)
    last_read = models.PositiveBigIntegerField(_("last read position"), default=0, db_default=0)
    is_unread = models.BooleanField(_("unread"), default=False, db_default=False)
    mentions = models.PositiveSmallIntegerField(_("unread mentions"), default=0, db_default=0)

    objects: ClassVar = ThreadFollowQuerySet.as_manager()

    class Meta:
        verbose_name = _("followed thread")
        verbose_name_plural = _("followed threads")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["room", "user"], name="one_follow_per_thread_and_user"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "parent"], name="thread_follow_user_parent"),
            models.Index(
                fields=["user", "parent"],
                name="thread_follow_unread",
                condition=models.Q(is_unread=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} · {self.room_id}"
