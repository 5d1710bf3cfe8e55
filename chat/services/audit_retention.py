"""Removes old entries of the audit. The only code that does, and only for a management command."""

import time
from datetime import datetime, timedelta

from django.utils import timezone

from chat.models import AuditEntry, Space
from chat.models.audit import Action, Way
from chat.protocol.errors import Forbidden, NotFound
from chat.services import audit
from chat.services.origin import current_origin
from chat.store.lock_timeout import limited_transaction

ENTRIES_AT_ONCE = 2_000
"""Entries removed, and recorded as removed, per transaction."""

MOST_DAYS = 36_500


def prune_audit(*, keep_days: int) -> int:
    """Remove the entries that are older than this many days, and return how many there were.

    Each transaction records how many it removed; if the process dies, the next call continues. Raises ValueError for
    a number of days outside 1 to MOST_DAYS, Forbidden inside a request, and NotFound if there is no space.
    """
    if not 1 <= keep_days <= MOST_DAYS:
        raise ValueError(keep_days)
    if current_origin().way != Way.COMMAND:
        raise Forbidden
    before = timezone.now() - timedelta(days=keep_days)
    total = 0
    began = time.monotonic()
    while removed := _prune_some(before):
        total += removed
        time.sleep(time.monotonic() - began)  # leaves half of the time to other writers
        began = time.monotonic()
    return total


def _prune_some(before: datetime) -> int:
    with limited_transaction():
        space = Space.objects.current()
        if space is None:
            raise NotFound
        removed: int = AuditEntry.objects.prune(before=before, most=ENTRIES_AT_ONCE)
        if removed:
            details = {"entries": removed, "before": before.isoformat(timespec="seconds")}
            audit.record(None, Action.AUDIT_PRUNED, target=space, details=details)
    return removed
