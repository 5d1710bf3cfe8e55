"""The images of previews, in the storage of files."""

import uuid

from django.core.files.base import ContentFile

from files.storage import storage


def stored_name(image: uuid.UUID) -> str:
    """The name of an image in the storage."""
    return f"previews/{image.hex[:2]}/{image}"


def store(image: uuid.UUID, content: bytes) -> None:
    """Store an image."""
    storage().save(stored_name(image), ContentFile(content))


def content_of(image: uuid.UUID) -> bytes:
    """A stored image. Raises FileNotFoundError, or what the storage raises."""
    with storage().open(stored_name(image)) as opened:
        return bytes(opened.read())


def remove(image: uuid.UUID) -> None:
    """Remove an image. One that is not there is no error."""
    storage().delete(stored_name(image))
