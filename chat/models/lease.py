"""Leases: rights that one process at a time holds, and loses unless it renews them."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from chat.models.database_clock import in_seconds

NAME_CHARS = 32


class LeaseQuerySet(models.QuerySet["Lease"]):
    def take(self, name: str, *, holder: uuid.UUID, seconds: float) -> bool:
        """Take or renew a lease for this long. Returns whether `holder` has it now."""
        until = in_seconds(seconds)
        free = models.Q(holder=holder) | models.Q(expires_at__lte=Now())
        if self.filter(free, name=name).update(holder=holder, expires_at=until):
            return True
        self.bulk_create([Lease(name=name, holder=holder, expires_at=until)], ignore_conflicts=True)
        return self.filter(name=name, holder=holder).exists()

    def release(self, name: str, *, holder: uuid.UUID) -> None:
        """End a lease early, so that another process can take it at once."""
        self.filter(name=name, holder=holder).update(expires_at=Now())


class Lease(models.Model):
    """A lease, and until when a process holds it. It prevents duplicate work; nothing may depend on it for correctness:
    a process that was frozen may continue after it has lost its lease."""

    name = models.CharField(max_length=NAME_CHARS, primary_key=True)
    holder = models.UUIDField()
    expires_at = models.DateTimeField()

    objects: ClassVar = LeaseQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
