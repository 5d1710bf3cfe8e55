"""Due things: work that is slow or reaches beyond the database, stored in the transaction that causes it."""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

KIND_CHARS = 32
ERROR_CHARS = 200


class DueQuerySet(models.QuerySet["Due"]):
    def waiting(self) -> "DueQuerySet":
        """Those that are neither done nor given up."""
        return self.filter(done_at=None, failed_at=None)

    def next_of(self, kinds: Collection[str]) -> "DueQuerySet":
        """Those of these kinds that are due and that nobody is doing, the earliest first."""
        free = models.Q(leased_until=None) | models.Q(leased_until__lt=Now())
        return self.waiting().filter(free, kind__in=kinds, due_at__lte=Now()).order_by("due_at")

    def leased(self, due: "Due") -> "DueQuerySet":
        """This one, unless it was leased again since: each lease is one more try."""
        return self.waiting().filter(pk=due.pk, tries=due.tries)

    def remove_finished(self, *, before: datetime, most: int) -> int:
        """Delete at most `most` that were finished before a time; returns how many."""
        old = self.filter(models.Q(done_at__lt=before) | models.Q(failed_at__lt=before)).values("pk")[:most]
        count, _by_model = self.model.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()
        return count


class Due(models.Model):
    """A task that runs at least once, at or after `due_at`.

    `id` is the same in all attempts, so that a receiver can recognise repeated effects. `tries` counts the leases so
    far. After too many attempts `failed_at` is set.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=KIND_CHARS, editable=False)
    args = models.JSONField(default=dict, editable=False)
    due_at = models.DateTimeField(_("due at"), default=timezone.now, editable=False)
    tries = models.PositiveIntegerField(_("tries"), default=0, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)
    last_error = models.CharField(_("last error"), max_length=ERROR_CHARS, blank=True, default="", editable=False)
    done_at = models.DateTimeField(_("done at"), null=True, editable=False)
    failed_at = models.DateTimeField(_("failed at"), null=True, editable=False)

    objects: ClassVar = DueQuerySet.as_manager()

    class Meta:
        verbose_name = _("background task")
        verbose_name_plural = _("background tasks")
        default_permissions = ()
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="due_all"),
            models.Index(fields=["due_at"], name="due_waiting", condition=models.Q(done_at=None, failed_at=None)),
            models.Index(fields=["done_at"], name="due_done", condition=models.Q(done_at__isnull=False)),
            models.Index(fields=["failed_at"], name="due_failed", condition=models.Q(failed_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
