"""Finishing uploads: a complete file is examined, stored with its thumbnails, and ready to be sent.

It is done by a thread of the process that got the last part. If that dies, by the next one that the uploader asks, or
by a due thing.
"""

import logging
import uuid
from datetime import timedelta
from pathlib import Path

from django.core.files import File
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from chat.derive.errors import described
from files import parts
from files.decoding.facts import Facts, RefusedError
from files.decoding.inspection import inspect
from files.models import Attachment, FileText
from files.services.fair_queue import FairQueue
from files.services.turns import BusyError, Turn, TurnLostError
from files.storage import Variant, remove_stored, storage, stored_name

logger = logging.getLogger(__name__)

FINISH = "finish_upload"
"""The kind of the due things that finish what no process is finishing."""

AGAIN_AFTER = timedelta(seconds=15)
THREADS = 2
"""Files that this process examines at once."""

State = Attachment.State


def soon(upload: Attachment) -> None:
    """Finish a file in a thread of this process."""
    _queue.add(upload.pk, person=upload.author_id)


def _in_thread(file: uuid.UUID) -> None:
    try:
        finish(file)
    except BusyError:
        return
    except OSError as error:
        logger.warning("A file could not be stored, and will be tried again: %s", described(error))
    except Exception:
        logger.exception("A file could not be finished, and will be tried again")
    finally:
        connection.close()


_queue = FairQueue(_in_thread, threads=THREADS)


def finish_instead(file: uuid.UUID) -> None:
    """Finish a file that no process is finishing, some time after it was complete.

    Raises BusyError if one may be, or will be: of each person one file is examined at a time.
    """
    author = Attachment.objects.filter(pk=file).values("author")
    others = Attachment.objects.filter(author__in=author, state=State.PROCESSING, leased_until__gt=Now())
    if others.exclude(pk=file).exists():
        raise BusyError
    finish(file)


def finish(file: uuid.UUID) -> None:
    """Examine and store a file whose parts have all arrived. Doing it again is harmless.

    Raises BusyError while another process does it, and what the storage raises.
    """
    turn = Turn(file)
    try:
        if turn.take():
            with turn.renewed():
                _finish(turn)
    except TurnLostError:
        if not Attachment.objects.filter(pk=file).exists():
            remove_stored(file)
        return
    if not Attachment.objects.filter(pk=file, state=State.UPLOADING).exists():
        parts.remove(file)  # or what a process has left that was killed just before it did this


def _finish(turn: Turn) -> None:
    upload = turn.mine.get()
    path = parts.path_of(upload.pk)
    if not path.exists():
        _fail(turn, "lost")
        return
    with parts.folder_for(upload.pk) as folder:
        digest = parts.digest_of(path)
        try:
            facts = inspect(path, name=upload.name, into=Path(folder))
        except RefusedError as refused:
            _fail(turn, refused.reason)
            return
        original = facts.clean or path
        digest = digest if facts.clean is None else parts.digest_of(original)
        turn.renew()
        _store(upload.pk, original, facts)
        _is_ready(turn, upload, facts, size=original.stat().st_size, digest=digest)


def _store(file: uuid.UUID, original: Path, facts: Facts) -> None:
    """Store a file and its pictures, in place of what an earlier attempt has left."""
    made = {Variant.SMALL: facts.small, Variant.LARGE: facts.large, Variant.POSTER: facts.poster}
    for variant, path in {Variant.ORIGINAL: original, **made}.items():
        if path is not None:
            with path.open("rb") as opened:
                storage().save(stored_name(file, variant), File(opened))


def _is_ready(turn: Turn, upload: Attachment, facts: Facts, *, size: int, digest: str) -> None:
    said = {"size": size, "digest": digest, "kind": facts.kind, "type": facts.type, "facts": facts.shown()}
    with transaction.atomic():
        if not turn.mine.update(state=State.READY, created_at=timezone.now(), **said):
            raise TurnLostError
        if facts.text:
            FileText.objects.create(file=upload, text=facts.text)


def _fail(turn: Turn, reason: str) -> None:
    turn.mine.update(state=State.FAILED, error=reason)
