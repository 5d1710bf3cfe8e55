"""Removes the messages of deleted rooms, some at a time, so that nobody waits for a large room."""

import math
import time
from collections.abc import Sequence

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction

from chat.models import Message, Room

MESSAGES_AT_ONCE = 200
"""Messages removed per transaction. On SQLite it blocks all other writers, for 10 ms, or 100 ms on a busy machine."""


def finish_deletions(*, seconds: float = math.inf) -> bool:
    """Remove the messages of deleted rooms for about `seconds`. Returns whether none is left for this process.

    If the process dies, the next call in any process continues.
    """
    until = time.monotonic() + seconds
    began = time.monotonic()
    while remove_some():
        now = time.monotonic()
        if now >= until:
            return False
        time.sleep(now - began)  # leaves half of the time to other writers
        began = time.monotonic()
    return True


def remove_some() -> bool:
    """Remove some messages of a deleted room, or the room once it has none. False if there is nothing to remove.

    Skips a room that another process is removing from.
    """
    with transaction.atomic():
        room = Room.deleted.select_for_update(skip_locked=True).order_by("pk").first()
        if room is None:
            return False
        # From the end, so that no message is removed before its replies.
        ids = list(room.messages.order_by("-position").values_list("pk", flat=True)[:MESSAGES_AT_ONCE])
        if ids:
            forget_in_log(Message, ids)
            Message.objects.filter(pk__in=ids).delete()
        else:
            room.delete()
        return True


def forget_in_log(model: type[models.Model], ids: Sequence[int]) -> None:
    """Remove the names and texts of these objects from the log of the admin; keep who did what, and when."""
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(model), object_id__in=[str(pk) for pk in ids]
    )
    entries.update(object_repr="", change_message="")
