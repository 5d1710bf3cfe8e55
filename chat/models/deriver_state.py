"""What is known about each deriver as a whole."""

from django.db import models
from django.utils.translation import gettext_lazy as _

NAME_CHARS = 32
ERROR_CHARS = 200


class DeriverState(models.Model):
    """A deriver that has run on this database.

    Rewinding it in all rooms increments `epoch`: cursors of an earlier epoch count as being at revision 0. The error is
    the type and the place of an exception, never its text, which may contain the text of a message.
    """

    name = models.CharField(_("name"), max_length=NAME_CHARS, unique=True, editable=False)
    epoch = models.PositiveIntegerField(default=1, editable=False)
    error = models.CharField(_("last error"), max_length=ERROR_CHARS, blank=True, default="", editable=False)
    failed_at = models.DateTimeField(_("failed at"), null=True, editable=False)
    failed_room = models.BigIntegerField(null=True, editable=False)

    class Meta:
        verbose_name = _("deriver")
        verbose_name_plural = _("derivers")
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
