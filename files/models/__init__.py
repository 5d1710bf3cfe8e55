"""The rows of files."""

from files.models.attachment import Attachment

__all__ = ["Attachment"]
