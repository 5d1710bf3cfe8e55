"""Removing files: their rows at once, in the transaction that causes it, and what is stored as a due thing."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models import HeldMessage, Room
from chat.protocol.errors import Conflict, NotFound
from chat.services.due import add_due
from chat.store.lock_timeout import limited_transaction
from files import limits, parts
from files.models import Attachment
from files.storage import remove_stored

EXPIRE = "expire_file"
REMOVE = "remove_files"
REMOVE_OF_ROOM = "remove_files_of_room"
REMOVE_OF_PERSON = "remove_unsent_files"
"""The kinds of due things that remove files."""

AT_ONCE = 100
LONGEST_STORING = timedelta(minutes=10)
"""Longest time for which a process may still be storing a file that was removed meanwhile."""

WAITS = _("This file belongs to a message that is waiting for review.")


def remove(files: Iterable[Attachment]) -> None:
    """Delete the rows of files, and add what removes them from the storage. Must be called in a transaction."""
    found = list(files)
    if not found:
        return
    ids = [str(file.pk) for file in found]
    Attachment.objects.filter(pk__in=[file.pk for file in found]).delete()
    add_due(REMOVE, {"files": ids})
    if any(file.state == Attachment.State.PROCESSING for file in found):  # somebody may be storing it just now
        add_due(REMOVE, {"files": ids}, due_at=timezone.now() + LONGEST_STORING)


def remove_stored_files(ids: Iterable[str]) -> None:
    """Remove what is stored of files whose rows are gone. Raises what the storage raises: then it is tried again."""
    for file in map(uuid.UUID, ids):
        parts.remove(file)
        remove_stored(file)


def remove_now(file: uuid.UUID) -> None:
    """Remove a file that is not sent. Raises NotFound for one that was, or Conflict if it waits with a held message."""
    with limited_transaction():
        locked = Attachment.objects.select_for_update().filter(pk=file, message=None)
        found = list(locked)
        if not found:
            raise NotFound
        if any(is_held(one) for one in found):
            raise Conflict(WAITS)
        remove(found)


def is_held(file: Attachment) -> bool:
    """Whether a file waits with a message until an administrator has looked at it."""
    held = HeldMessage.objects.filter(author=file.author_id).values_list("files", flat=True)
    return any(str(file.pk) in files for files in held)


def expire(file: uuid.UUID) -> None:
    """Remove a file that nobody has sent for long; look again later if it may still be sent."""
    with limited_transaction():
        found = Attachment.objects.select_for_update().filter(pk=file, message=None).first()
        if found is None:
            return
        ends = found.created_at + timedelta(hours=limits.KEPT_HOURS)
        if is_held(found):
            ends = timezone.now() + timedelta(hours=limits.KEPT_HOURS)
        if ends > timezone.now():
            add_due(EXPIRE, {"file": str(file)}, due_at=ends)
        else:
            remove([found])


def remove_some_of_room(room_id: int) -> bool:
    """Remove some files of a deleted room. False if there are none."""
    with transaction.atomic():
        if Room.objects.filter(pk=room_id).exists():
            return False
        some = list(Attachment.objects.select_for_update().filter(room=room_id)[:AT_ONCE])
        remove(some)
    return bool(some)


def remove_unsent_of(user_id: int) -> None:
    """Remove the files of an erased account that no message carries."""
    with transaction.atomic():
        remove(Attachment.objects.select_for_update().filter(author=user_id, message=None))


def file_of(args: Mapping[str, Any]) -> uuid.UUID:
    """The file that a due thing is about."""
    return uuid.UUID(args["file"])
