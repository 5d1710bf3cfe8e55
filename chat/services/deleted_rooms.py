"""Removing what is left of deleted rooms: some messages at a time, so that nobody waits for a large room."""

import math
import time
from collections.abc import Sequence

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction

from chat.models import Message, Room

MESSAGES_AT_ONCE = 200
"""Messages that one transaction removes. SQLite lets nobody else write meanwhile: some 10 ms, on a busy machine 100."""


def finish_deletions(*, seconds: float = math.inf) -> bool:
    """Remove what is left of deleted rooms, for about this long; whether nothing is left that this process may remove.

    A process that dies meanwhile leaves the rest to the next call, in any process.
    """
    until = time.monotonic() + seconds
    began = time.monotonic()
    while remove_some():
        now = time.monotonic()
        if now >= until:
            return False
        time.sleep(now - began)  # others write half of the time
        began = time.monotonic()
    return True


def remove_some() -> bool:
    """Remove some messages of a deleted room, or the room once it has none. False where there is nothing to do.

    A room that another process is removing from is left to that one.
    """
    with transaction.atomic():
        room = Room.deleted.select_for_update(skip_locked=True).order_by("pk").first()
        if room is None:
            return False
        # Answers stand behind what they answer: from the end on, no message is removed before its answers.
        ids = list(room.messages.order_by("-position").values_list("pk", flat=True)[:MESSAGES_AT_ONCE])
        if ids:
            forget_in_log(Message, ids)
            Message.objects.filter(pk__in=ids).delete()
        else:
            room.delete()
        return True


def forget_in_log(model: type[models.Model], ids: Sequence[int]) -> None:
    """Take the names and texts of these objects out of the log of the admin; who did what when stays."""
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(model), object_id__in=[str(pk) for pk in ids]
    )
    entries.update(object_repr="", change_message="")
