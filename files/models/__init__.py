"""The rows of files."""

from files.models.attachment import Attachment
from files.models.file_text import FileText

__all__ = ["Attachment", "FileText"]
