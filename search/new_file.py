"""Builds the file of the index again, beside the one that is in use."""

import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from search.index import AlreadyBuildingError, Cursor, NewIndex
from search.index_file import SCHEMA, Identity, IndexFile

OPEN = os.O_CREAT | os.O_RDWR | os.O_CLOEXEC


class NewFile(NewIndex):
    """A file that nobody else knows."""

    def __init__(self, file: IndexFile, replaced: IndexFile) -> None:
        self._file = file
        self._replaced = replaced

    def add(self, tokens: Mapping[int, set[str]]) -> None:
        with self._file.transaction():
            self._file.add(tokens)

    def complete(self) -> None:
        self._file.optimise()
        self._file.settle()

    def put_in_place(self, cursors: Iterable[Cursor], *, space: str, epoch: int) -> None:
        with self._file.transaction():
            self._file.identify(Identity(SCHEMA, space, epoch))
            for cursor in cursors:
                self._file.move(*cursor)
        self._file.settle()
        self._replaced.replace_by(self._file)


@contextmanager
def new_file(replaced: IndexFile) -> Iterator[NewFile]:
    """Begin to build a file; what is left of an earlier attempt is removed."""
    path = replaced.path.with_name(f"{replaced.path.name}.building")
    lock = os.open(path.with_name(f"{path.name}.lock"), OPEN, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyBuildingError from error
        file = IndexFile(path)
        file.create(Identity(SCHEMA, "", 0))
        yield NewFile(file, replaced)
    finally:
        os.close(lock)
