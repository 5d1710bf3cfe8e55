"""The space: the name of an installation, and the epoch of its database."""

import uuid
from typing import ClassVar, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models.pictures import large_url
from chat.models.space_settings import Setting

T = TypeVar("T")

SPACE_ID = 1
SPACE_NAME_CHARS = 80


class SpaceQuerySet(models.QuerySet["Space"]):
    def current(self) -> "Space | None":
        """The space, or None while nobody has created it (the first run)."""
        return self.filter(pk=SPACE_ID).first()


class Space(models.Model):
    """The single row of an installation, created by the first person.

    `epoch` changes when the database is restored or replaced. A client that remembers another epoch discards its state,
    so that it never mixes data of two databases.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=SPACE_ID, editable=False)
    name = models.CharField(_("name"), max_length=SPACE_NAME_CHARS)
    # The small picture; the large one is stored beside it (chat.models.pictures).
    picture = models.ImageField(_("picture"), upload_to="space/", blank=True, default="", db_default="", editable=False)
    epoch = models.UUIDField(_("epoch"), default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    # The settings that administrators changed, by their names in chat.models.space_settings.
    settings = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()), editable=False)

    # The version of the list of the space's own emoji.
    emoji_version = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    objects: ClassVar = SpaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("space")
        verbose_name_plural = _("space")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(pk=SPACE_ID), name="space_is_single"),
        ]

    def __str__(self) -> str:
        return self.name

    def value(self, setting: Setting[T]) -> T:
        """The value of a setting in this space."""
        return setting.value_in(self.settings)

    @property
    def large_picture(self) -> str:
        """The URL of the large picture, or an empty string."""
        return large_url(self.picture)
