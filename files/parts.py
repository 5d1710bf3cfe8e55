"""The parts of an upload that have arrived: one file on this machine, whose length is the offset.

A part is on the disk before it is acknowledged. So after a crash the file has at least the acknowledged length, and
what it has beyond that is the beginning of the next part, which the client sent and continues from there.
"""

import errno
import fcntl
import hashlib
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from chat.protocol.errors import Conflict, NotFound, Unavailable

RESERVE_BYTES = 64 * 1024 * 1024
"""Uploads leave this much of the disk to others, such as the database."""

OUT_OF_SPACE = {errno.ENOSPC, errno.EDQUOT}
DISK_FULL = _("The server has no space left for this file. Let an administrator know, and try again later.")
BUSY = _("Another part of this file is being saved. Ask where to continue.")
ELSEWHERE = _("The upload is at another position by now. Continue from there.")


class DiskFullError(Unavailable):
    """There is no space for a file: over HTTP this is 507."""

    sentence = DISK_FULL


class WrongOffsetError(Conflict):
    """The part does not begin where the upload ends, which is at `offset`."""

    sentence = ELSEWHERE

    def __init__(self, offset: int) -> None:
        super().__init__()
        self.offset = offset


def path_of(file: uuid.UUID) -> Path:
    """Where the parts of an upload are."""
    root: Path = settings.UPLOADS_ROOT
    return root / f"{file}.part"


def create(file: uuid.UUID, size: int) -> None:
    """Begin with no parts. Raises DiskFullError if the whole will not fit."""
    root: Path = settings.UPLOADS_ROOT
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    require_space(size)
    with _refusing_full_disk():
        os.close(os.open(path_of(file), os.O_CREAT | os.O_WRONLY | os.O_EXCL | os.O_CLOEXEC, 0o600))
        _sync_folder(root)


def require_space(size: int) -> None:
    """Raise DiskFullError unless the disk has this many bytes, and the reserve."""
    found = os.statvfs(settings.UPLOADS_ROOT)
    if found.f_bavail * found.f_frsize < size + RESERVE_BYTES:
        raise DiskFullError


def offset_of(file: uuid.UUID) -> int:
    """How many bytes have arrived. Raises NotFound if the upload was removed."""
    try:
        return path_of(file).stat().st_size
    except FileNotFoundError:
        raise NotFound from None


def append(file: uuid.UUID, pieces: Sequence[bytes], *, offset: int) -> int:
    """Write a part to the disk, and return the new offset.

    Raises WrongOffsetError, Conflict while another part is written, DiskFullError, or NotFound. What a full disk
    accepted of a part is kept.
    """
    with _locked(file) as descriptor:
        held = os.fstat(descriptor).st_size
        if held != offset:
            raise WrongOffsetError(held)
        with _refusing_full_disk():
            os.lseek(descriptor, held, os.SEEK_SET)
            for piece in pieces:
                _write(descriptor, piece)
            os.fdatasync(descriptor)
        return held + sum(map(len, pieces))


def remove(file: uuid.UUID) -> None:
    """Remove the parts, if they are there, and the folders of killed processes that have examined them."""
    root: Path = settings.UPLOADS_ROOT
    for path in list(root.glob(f"{file}.*")):
        _remove(path)


def remove_old(*, seconds: float) -> None:
    """Remove files that killed processes have left behind: those older than anything that is still needed."""
    root: Path = settings.UPLOADS_ROOT
    before = time.time() - seconds
    for path in root.iterdir() if root.is_dir() else ():
        with suppress(FileNotFoundError):  # another process has removed it
            if path.stat().st_mtime < before:
                _remove(path)


def folder_for(file: uuid.UUID) -> "tempfile.TemporaryDirectory[str]":
    """A folder for what is made of an upload, as long as it is examined."""
    return tempfile.TemporaryDirectory(dir=settings.UPLOADS_ROOT, prefix=f"{file}.")


def _remove(path: Path) -> None:
    with suppress(FileNotFoundError):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, which is read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _locked(file: uuid.UUID) -> Iterator[int]:
    """The open file of an upload, to which no other process or thread writes meanwhile."""
    try:
        descriptor = os.open(path_of(file), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        raise NotFound from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield descriptor
    except BlockingIOError:
        raise Conflict(BUSY) from None
    finally:
        os.close(descriptor)


def _write(descriptor: int, piece: bytes) -> None:
    rest = memoryview(piece)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


@contextmanager
def _refusing_full_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in OUT_OF_SPACE:
            raise DiskFullError from error
        raise


def _sync_folder(folder: Path) -> None:
    """Make the name of a new file durable, too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
