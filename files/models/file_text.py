"""The text of files that are texts, for the search."""

from typing import ClassVar

from django.db import models

from files.models.attachment import Attachment


class FileText(models.Model):
    """The beginning of the text of a file, in a table of its own, since lists of files do not need it."""

    file = models.OneToOneField(Attachment, primary_key=True, on_delete=models.CASCADE, related_name="text")
    text = models.TextField()

    objects: ClassVar = models.Manager["FileText"]()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        """The id, as of the file."""
        return str(self.file_id)
