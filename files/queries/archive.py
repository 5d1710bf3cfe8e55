"""The files of a person, for the archive of their own data."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from chat.models import User
from files.models import Attachment
from files.storage import open_span, size_of, stored_name

ROWS_AT_ONCE = 500
CHUNK_BYTES = 256 * 1024
FOLDER = "files"


def files_of(user: User) -> Iterator[Attachment]:
    """The person's files that are stored, sent or not."""
    stored = Attachment.objects.filter(author=user, state=Attachment.State.READY).order_by("created_at", "pk")
    return stored.iterator(ROWS_AT_ONCE)


def rows_of(user: User) -> Iterator[dict[str, Any]]:
    """What is stored about each file."""
    for file in files_of(user):
        yield {
            "path": path_of(file),
            "name": file.name,
            "type": file.type,
            "bytes": file.size,
            "sha256": file.digest,
            "room": file.room_id,
            "message": file.message_id,
            "uploaded_at": file.created_at.isoformat(timespec="seconds"),
        }


def contents_of(user: User) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The files with their paths in the archive, piece by piece. One that the storage has lost is left out."""
    for file in files_of(user):
        name = stored_name(file.pk)
        if size := size_of(name):
            yield path_of(file), _pieces(name, size)


def path_of(file: Attachment) -> str:
    """The path of a file in the archive: with its id, since several files may bear one name."""
    return f"{FOLDER}/{file.pk}/{file.name}"


def _pieces(name: str, size: int) -> Iterator[bytes]:
    with closing(open_span(name, 0, size - 1)) as opened:
        while piece := opened.read(CHUNK_BYTES):
            yield piece
