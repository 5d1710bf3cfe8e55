"""The space's own emoji."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models.pictures import large_url

EMOJI_NAME_CHARS = 32


class CustomEmoji(models.Model):
    """A picture that people use by its name, as `:name:`.

    An archived one is not offered any more, but messages that contain it still show it; its name stays taken.
    """

    name = models.CharField(_("name"), max_length=EMOJI_NAME_CHARS, unique=True)
    # The small picture; the large one is stored beside it (chat.models.pictures).
    picture = models.ImageField(_("picture"), upload_to="emoji/", editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("added by"), on_delete=models.PROTECT, related_name="+", editable=False
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    is_archived = models.BooleanField(_("archived"), default=False, db_default=False)

    class Meta:
        verbose_name = _("emoji of the space")
        verbose_name_plural = _("emoji of the space")
        ordering: ClassVar = ["name"]
        default_permissions = ()

    def __str__(self) -> str:
        return f":{self.name}:"

    @property
    def large_picture(self) -> str:
        """The URL of the large picture."""
        return large_url(self.picture)
