"""Adds due things: work that is slow or reaches beyond the database, done by `chat.derive.due_runner`."""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from chat.models import Due

on_added: list[Callable[[], None]] = []
"""Called after the COMMIT of a transaction that added something. For the runners of this process."""


def add_due(
    kind: str, args: Mapping[str, Any], *, key: uuid.UUID | None = None, due_at: datetime | None = None
) -> None:
    """Add something to do, now or at a time. Call this in the transaction that causes it.

    A `key` that is derived from the cause makes it safe to add the same thing again: nothing is added as long as the
    first one is kept, done or not.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("Something due must be added in the transaction that causes it.")
    due = Due(pk=key or uuid.uuid4(), kind=kind, args=dict(args), due_at=due_at or Now())
    Due.objects.bulk_create([due], ignore_conflicts=True)
    transaction.on_commit(_added)


def _added() -> None:
    for wake in on_added:
        wake()
