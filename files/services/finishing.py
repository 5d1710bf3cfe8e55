"""Finishing uploads: a complete file is examined, stored with its thumbnails, and ready to be sent.

It is done by a thread of the process that got the last part; by a due thing if that process dies.
"""

import logging
import tempfile
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from chat.models.database_clock import in_seconds
from files import parts
from files.decoding.facts import Facts, RefusedError
from files.decoding.inspection import inspect
from files.models import Attachment
from files.storage import Variant, remove_stored, storage, stored_name

logger = logging.getLogger(__name__)

FINISH = "finish_upload"
"""The kind of the due things that finish what no process is finishing."""

AGAIN_AFTER = timedelta(seconds=30)
LEASE_SECONDS = 600.0
THREADS = 2
"""Files that this process examines at once."""

State = Attachment.State

_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="files")


class BusyError(Exception):
    """Another process is finishing the file."""


def soon(file: uuid.UUID) -> None:
    """Finish a file in a thread of this process."""
    _threads.submit(_in_thread, file)


def _in_thread(file: uuid.UUID) -> None:
    try:
        finish(file)
    except BusyError:
        return
    except Exception:
        logger.exception("A file could not be finished, and will be tried again")
    finally:
        connection.close()


def finish(file: uuid.UUID) -> None:
    """Examine and store a file whose parts have all arrived. Doing it again is harmless.

    Raises BusyError while another process does it, and what the storage raises.
    """
    if not _lease(file):
        return
    try:
        _finish(Attachment.objects.get(pk=file))
    finally:
        Attachment.objects.filter(pk=file).update(leased_until=None)
    parts.remove(file)


def _lease(file: uuid.UUID) -> bool:
    """Whether there is something to do, which no other process does until the lease ends."""
    waiting = Attachment.objects.filter(pk=file, state=State.PROCESSING)
    is_free = Q(leased_until=None) | Q(leased_until__lt=Now())
    if waiting.filter(is_free).update(leased_until=in_seconds(LEASE_SECONDS)):
        return True
    if waiting.exists():
        raise BusyError
    return False


def _finish(upload: Attachment) -> None:
    path = parts.path_of(upload.pk)
    if not path.exists():
        _fail(upload, "lost")
        return
    with tempfile.TemporaryDirectory(dir=settings.UPLOADS_ROOT, prefix=f"{upload.pk}.") as folder:
        digest = parts.digest_of(path)
        try:
            facts = inspect(path, name=upload.name, into=Path(folder))
        except RefusedError as refused:
            _fail(upload, refused.reason)
            return
        original = facts.clean or path
        _store(upload.pk, original, facts)
        changed = Attachment.objects.filter(pk=upload.pk, state=State.PROCESSING).update(
            state=State.READY,
            digest=digest if facts.clean is None else parts.digest_of(original),
            size=original.stat().st_size,
            kind=facts.kind,
            type=facts.type,
            facts=facts.shown(),
            created_at=timezone.now(),
        )
    if not changed:  # cancelled in the meantime
        remove_stored(upload.pk)


def _store(file: uuid.UUID, original: Path, facts: Facts) -> None:
    """Store a file and its pictures, instead of what an earlier attempt has left."""
    remove_stored(file)
    made = {Variant.SMALL: facts.small, Variant.LARGE: facts.large, Variant.POSTER: facts.poster}
    for variant, path in {Variant.ORIGINAL: original, **made}.items():
        if path is not None:
            with path.open("rb") as opened:
                storage().save(stored_name(file, variant), File(opened))


def _fail(upload: Attachment, reason: str) -> None:
    Attachment.objects.filter(pk=upload.pk, state=State.PROCESSING).update(state=State.FAILED, error=reason)
