"""Limits the size of uploaded files while they are read."""

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from chat.media.squares import IMAGE_BYTES
from chat.services import pictures

IMAGE = "image"
"""The name of the field."""


class OversizedFile(UploadedFile):  # type: ignore[type-arg]
    """A file over the limit, of which only the size is known. It has no contents."""


class BoundedUploadHandler(FileUploadHandler):
    """Discards the rest of a file over the limit, and gives the view an OversizedFile instead of an error page."""

    is_over = False

    def new_file(self, *args: object, **kwargs: object) -> None:
        """Begin with the next file."""
        super().new_file(*args, **kwargs)  # type: ignore[arg-type]
        self.is_over = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Pass a chunk to the next handler, or discard it."""
        self.is_over = self.is_over or start + len(raw_data) > IMAGE_BYTES
        return None if self.is_over else raw_data

    def file_complete(self, file_size: int) -> UploadedFile | None:  # type: ignore[type-arg]
        """The file if it was over the limit; otherwise None: the next handler has it."""
        if not self.is_over:
            return None
        for handler in self.request.upload_handlers if self.request else ():
            handler.upload_interrupted()  # deletes what was stored of the file
        return OversizedFile(name=self.file_name, content_type=self.content_type, size=file_size)


def image_of(request: HttpRequest) -> bytes:
    """The uploaded image; empty without one. Raises TooLarge."""
    file = request.FILES.get(IMAGE)
    if isinstance(file, OversizedFile):
        raise pictures.refusal("bytes")
    return file.read() if file is not None else b""
