"""Copies pictures without what cameras and programs note in them: places, names, serial numbers, former versions.

Pixels are not decoded. Raises BrokenError for files that do not have the form of their type.
"""

import struct
from collections.abc import Callable, Iterator

JPEG_START, JPEG_END = 0xD8, 0xD9
JPEG_SCAN = 0xDA
JPEG_APP0, JPEG_APP15, JPEG_COMMENT = 0xE0, 0xEF, 0xFE
JPEG_EXIF = 0xE1
JPEG_KEPT = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
"""The application segments that say how the picture looks, and how they begin."""

JPEG_ALONE = {0x01, *range(0xD0, 0xD8)}
"""Markers without a length."""

PNG_START = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"bKGD"),
    *(b"pHYs", b"acTL", b"fcTL", b"fdAT"),
}
PNG_FIRST = b"IHDR"

WEBP_KEPT = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
WEBP_METADATA_FLAGS = 0b1100
"""The bits for EXIF and XMP in the first byte of VP8X."""


class BrokenError(ValueError):
    """The file does not have the form of its type."""


def without_metadata(data: bytes, media_type: str) -> bytes | None:
    """A copy of a picture without metadata; None for types that have none, or of which none can be made so."""
    cleaner = CLEANERS.get(media_type)
    if cleaner is None:
        return None
    try:
        return b"".join(cleaner(data))
    except (IndexError, struct.error) as error:
        raise BrokenError from error


def _jpeg(data: bytes) -> Iterator[bytes]:
    """All segments but those of applications and comments, up to the end of the first picture."""
    if data[:2] != bytes((0xFF, JPEG_START)):
        raise BrokenError
    yield data[:2]
    at = 2
    while True:
        marker, at = _next_marker(data, at)
        if marker == JPEG_END:
            yield bytes((0xFF, JPEG_END))
            return
        end = at if marker in JPEG_ALONE else at + struct.unpack_from(">H", data, at)[0]
        if end > len(data) or end == at + 1:
            raise BrokenError
        if _is_kept_in_jpeg(marker, data[at + 2 : at + 14]):
            yield bytes((0xFF, marker)) + data[at:end]
        at = end
        if marker == JPEG_SCAN:
            at = _end_of_scan(data, end)
            yield data[end:at]


def _next_marker(data: bytes, at: int) -> tuple[int, int]:
    """The next marker, and where it ends. Any number of 0xFF may stand before it."""
    if data[at] != 0xFF:
        raise BrokenError
    while data[at] == 0xFF:
        at += 1
    return data[at], at + 1


def _is_kept_in_jpeg(marker: int, beginning: bytes) -> bool:
    if JPEG_APP0 <= marker <= JPEG_APP15:
        return marker in JPEG_KEPT and beginning.startswith(JPEG_KEPT[marker])
    return marker != JPEG_COMMENT


def _end_of_scan(data: bytes, at: int) -> int:
    """Where the compressed pixels end: before the next marker that is not one of theirs."""
    while (at := data.find(b"\xff", at)) >= 0:
        following = data[at + 1]
        if following and following not in JPEG_ALONE:
            return at
        at += 2
    raise BrokenError


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """A JPEG file without metadata, to which how to turn it is added."""
    exif = b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    return jpeg[:2] + struct.pack(">BBH", 0xFF, JPEG_EXIF, len(exif) + 2) + exif + jpeg[2:]


def _png(data: bytes) -> Iterator[bytes]:
    """All chunks that say how the picture looks, up to its end."""
    if not data.startswith(PNG_START) or data[12:16] != PNG_FIRST:
        raise BrokenError
    yield PNG_START
    at, name = len(PNG_START), b""
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise BrokenError
        if name in PNG_KEPT:
            yield data[at:end]
        at = end


def _webp(data: bytes) -> Iterator[bytes]:
    """All chunks that say how the picture looks, with a new length."""
    length = struct.unpack_from("<I", data, 4)[0]
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or length + 8 > len(data):
        raise BrokenError
    kept = list(_webp_chunks(data[: length + 8]))
    yield b"RIFF" + struct.pack("<I", 4 + sum(map(len, kept))) + b"WEBP"
    yield from kept


def _webp_chunks(data: bytes) -> Iterator[bytes]:
    at = 12
    while at < len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        end = at + 8 + length + length % 2
        if end > len(data):
            raise BrokenError
        chunk = data[at:end]
        if name == b"VP8X":
            chunk = chunk[:8] + bytes((chunk[8] & ~WEBP_METADATA_FLAGS,)) + chunk[9:]
        if name in WEBP_KEPT:
            yield chunk
        at = end


CLEANERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {"image/jpeg": _jpeg, "image/png": _png, "image/webp": _webp}
