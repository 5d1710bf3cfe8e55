"""Stores files in a folder of this machine."""

import os
import uuid
from pathlib import Path
from typing import IO, Any

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage


class FolderStorage(FileSystemStorage):
    """A folder in which a name has the whole of a file or nothing, also after a power failure.

    A file is replaced atomically: a reader gets the old one or the new one.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, allow_overwrite=True)

    def open_span(self, name: str, first: int, last: int) -> IO[bytes]:
        """The file, from `first` on. Raises FileNotFoundError."""
        opened = Path(self.path(name)).open("rb")  # noqa: SIM115 (the reader closes it)
        opened.seek(first)
        return opened

    def delete(self, name: str) -> None:
        """Remove a file, with what processes have left that were killed while they stored it."""
        super().delete(name)
        path = Path(self.path(name))
        for unfinished in path.parent.glob(f"{path.name}.*"):
            unfinished.unlink(missing_ok=True)

    def _save(self, name: str, content: "File[Any]") -> str:
        unfinished = f"{name}.{uuid.uuid4().hex}"
        path = Path(self.path(unfinished))
        try:
            super()._save(unfinished, content)  # type: ignore[misc]  # which its types do not know
            _sync(path)
            path.replace(self.path(name))
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        _sync(path.parent)
        return name


def _sync(path: Path) -> None:
    """Wait until a file, or which files are in a folder, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
