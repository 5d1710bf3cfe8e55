"""Where files are stored: under names that say nothing, with their thumbnails beside them."""

import uuid
from enum import StrEnum
from typing import IO, Protocol, cast

from django.core.files.storage import Storage, storages

STORAGE = "storage"
"""What due things wait for that use it."""


class Variant(StrEnum):
    """A file itself, and what is made from it."""

    ORIGINAL = ""
    SMALL = "small"
    LARGE = "large"
    POSTER = "poster"


class OpensSpans(Protocol):
    """What both storages can do besides what Django knows of them."""

    def open_span(self, name: str, first: int, last: int) -> IO[bytes]:
        """What is stored under a name from `first` to `last`, or beyond. Raises FileNotFoundError."""


def storage() -> Storage:
    """The storage of files, which may be another machine. Saving under a name replaces what is there at once."""
    return storages["files"]


def open_span(name: str, first: int, last: int) -> IO[bytes]:
    """What is stored under a name, without reading all of it. Raises FileNotFoundError."""
    return cast("OpensSpans", storage()).open_span(name, first, last)


def stored_name(file: uuid.UUID, variant: Variant = Variant.ORIGINAL) -> str:
    """The name of a file, or of what is made from it, in the storage."""
    ending = f"-{variant}" if variant else ""
    return f"{file.hex[:2]}/{file}{ending}"


def size_of(name: str) -> int | None:
    """The size of what is stored under a name; None if there is nothing."""
    try:
        return storage().size(name)
    except FileNotFoundError:
        return None


def remove_stored(file: uuid.UUID) -> None:
    """Remove a file with everything made from it. What is not there is no error."""
    for variant in Variant:
        storage().delete(stored_name(file, variant))
