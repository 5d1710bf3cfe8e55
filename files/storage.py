"""Where files are stored: under names that say nothing, with their thumbnails beside them."""

import uuid
from enum import StrEnum

from django.core.files.storage import Storage, storages

STORAGE = "storage"
"""What due things wait for that use it."""


class Variant(StrEnum):
    """A file itself, and what is made from it."""

    ORIGINAL = ""
    SMALL = "small"
    LARGE = "large"
    POSTER = "poster"


def storage() -> Storage:
    """The storage of files, which may be another machine."""
    return storages["files"]


def stored_name(file: uuid.UUID, variant: Variant = Variant.ORIGINAL) -> str:
    """The name of a file, or of what is made from it, in the storage."""
    ending = f"-{variant}" if variant else ""
    return f"{file.hex[:2]}/{file}{ending}"


def size_of(name: str) -> int | None:
    """The size of what is stored under a name; None if there is nothing."""
    return storage().size(name) if storage().exists(name) else None


def remove_stored(file: uuid.UUID) -> None:
    """Remove a file with everything made from it. What is not there is no error."""
    for variant in Variant:
        storage().delete(stored_name(file, variant))
