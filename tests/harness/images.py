"""Images of every kind, also hostile ones, as bytes."""

import io
import random
import struct
import zlib

from PIL import Image

RED, BLUE = (255, 0, 0), (0, 0, 255)
ORIENTATION, DESCRIPTION = 0x0112, 0x010E
ADLER_BASE = 65_521
"""The modulus of the checksum at the end of a zlib stream."""

SECRET = "Seoul, 37.5665 N"


def image(
    width: int = 40, height: int = 30, *, kind: str = "PNG", mode: str = "RGB", colour: object = None, **options: object
) -> bytes:
    """A picture in one colour."""
    picture = Image.new(mode, (width, height), colour)  # type: ignore[arg-type]
    return written(picture, kind, **options)


def noise(width: int, height: int) -> bytes:
    """A picture that can't be compressed, with three bytes a pixel."""
    pixels = random.Random(1).randbytes(width * height * 3)
    return written(Image.frombytes("RGB", (width, height), pixels), "PNG")


def written(picture: Image.Image, kind: str, **options: object) -> bytes:
    """A picture as a file."""
    made = io.BytesIO()
    picture.save(made, kind, **options)
    return made.getvalue()


def animated(kind: str) -> bytes:
    """Three frames."""
    first, *others = (Image.new("RGB", (20, 20), (level, 0, 0)) for level in (0, 100, 200))
    return written(first, kind, save_all=True, append_images=others)


def turned() -> bytes:
    """A photo whose camera was held upright: stored with blue at the left, shown with blue above."""
    picture = Image.new("RGB", (80, 40), RED)
    picture.paste(BLUE, (0, 0, 40, 40))
    exif = Image.Exif()
    exif[ORIENTATION], exif[DESCRIPTION] = 6, SECRET
    return written(picture, "JPEG", exif=exif, icc_profile=SECRET.encode(), quality=95)


def bomb(width: int, height: int) -> bytes:
    """A small PNG file whose header announces a huge picture, of which all pixels are there, well compressed."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zeros(height * (1 + (width + 7) // 8))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def zeros(count: int) -> bytes:
    """So many zero bytes as zlib packs them; hundreds of megabytes of them would take seconds to pack one by one."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    block = 1 << 20
    packed = packer.compress(bytes(block)) + packer.flush(zlib.Z_FULL_FLUSH)
    rest = packer.compress(bytes(count % block)) + packer.flush()
    checksum = (count % ADLER_BASE) << 16 | 1
    return b"\x78\xda" + packed * (count // block) + rest + struct.pack(">I", checksum)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
