"""Archives of people's own data, which they can download for some days."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from chat.models.user import User

FILE_CHARS = 64
KEPT_DAYS = 7


class DataExportQuerySet(models.QuerySet["DataExport"]):
    def latest_of(self, user: "User") -> "DataExport | None":
        """The archive that a person prepared last, finished or not; None once it was removed."""
        return self.filter(user=user).order_by("-pk").first()


class DataExport(models.Model):
    """One archive. `file` is its name in EXPORTS_ROOT; empty, and `ready_at` null, until it is finished."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="data_exports")
    requested_at = models.DateTimeField(default=timezone.now, editable=False)
    ready_at = models.DateTimeField(null=True, editable=False)
    file = models.CharField(max_length=FILE_CHARS, blank=True, default="", editable=False)
    size = models.PositiveBigIntegerField(default=0, editable=False)

    objects: ClassVar = DataExportQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user_id}: {self.file}"

    @property
    def is_ready(self) -> bool:
        """Whether it can be downloaded."""
        return self.ready_at is not None

    @property
    def ends_at(self) -> datetime:
        """When it is removed."""
        return (self.ready_at or self.requested_at) + timedelta(days=KEPT_DAYS)
