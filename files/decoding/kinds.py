"""The type of a file, by its contents."""

from typing import NamedTuple

import filetype

from files.decoding.facts import PLAIN, UNKNOWN
from files.decoding.texts import text_type

HEAD_BYTES = 8192

PICTURES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP", "image/avif": "AVIF"}
"""The pictures that are decoded, and the names of their formats in Pillow."""

OTHER_NAMES = {"image/apng": "image/png"}
VIDEOS = {"video/mp4", "video/webm", "video/quicktime"}
SOUNDS = {
    "audio/mpeg": "audio/mpeg",
    "audio/ogg": "audio/ogg",
    "audio/mp4": "audio/mp4",
    "audio/x-wav": "audio/wav",
    "audio/x-flac": "audio/flac",
    "audio/aac": "audio/aac",
}
"""What browsers play, by the name that filetype has for it."""


class Kind(NamedTuple):
    """How a file is shown, and its type."""

    kind: str
    type: str


def kind_of(head: bytes) -> Kind:
    """The kind of a file that begins with these bytes.

    A text is recognised before anything else, since some signatures are letters. HTML and SVG are texts with their own
    type, with which no browser is ever given them to display.
    """
    if head.startswith(b"%PDF-"):
        return Kind("pdf", "application/pdf")
    if found := text_type(head):
        return Kind("text", found)
    return _binary(head)


def _binary(head: bytes) -> Kind:
    guessed = filetype.guess(head)
    media_type = UNKNOWN if guessed is None else str(guessed.mime)
    media_type = OTHER_NAMES.get(media_type, media_type)
    if media_type in PICTURES:
        return Kind("image", media_type)
    if media_type in VIDEOS:
        return Kind("video", media_type)
    if media_type in SOUNDS:
        return Kind("audio", SOUNDS[media_type])
    return Kind(PLAIN, media_type)
