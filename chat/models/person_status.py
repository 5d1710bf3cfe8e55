"""What people say of themselves beside their names: an emoji and a few words, perhaps until a time."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

STATUS_CHARS = 80
STATUS_EMOJI_CHARS = 32


class PersonStatusQuerySet(models.QuerySet["PersonStatus"]):
    def in_force(self) -> "PersonStatusQuerySet":
        """Those that say something and are not over."""
        says_something = ~Q(emoji="") | ~Q(text="")
        return self.filter(says_something, Q(until=None) | Q(until__gt=timezone.now()))


class PersonStatus(models.Model):
    """The status of a person. A row without emoji and text is that of a person who had one.

    `version` increases with every change, so that a later one is recognised as such.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="status",
    )
    emoji = models.CharField(max_length=STATUS_EMOJI_CHARS, blank=True, default="")
    text = models.CharField(max_length=STATUS_CHARS, blank=True, default="")
    until = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)

    objects: ClassVar = PersonStatusQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.emoji} {self.text}".strip()

    @property
    def is_in_force(self) -> bool:
        """Whether it says something and is not over."""
        return bool(self.emoji or self.text) and (self.until is None or self.until > timezone.now())
