"""Makes square pictures of an untrusted image. Run by `squares.py` in a limited subprocess; never import it.

Reads the image from standard input. Writes a line of JSON, `{"refused": reason}` or `{"lengths": […]}`, and in the
latter case the pictures, as WebP without any metadata.
"""

import io
import json
import sys
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
SIZES = (256, 96)
MOST_PIXELS = 25_000_000
QUALITY = 84
ORIENTATION = 0x0112
"""The number of the field in EXIF."""

STILLS = "MPO"
"""A JPEG file in which a camera has put several pictures, of which the first one counts."""


class RefusedError(Exception):
    """The image is refused; the argument is the reason."""


def squares(data: bytes) -> list[bytes]:
    """The pictures, the largest first. Raises RefusedError, or whatever Pillow raises for a broken image."""
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit here is lower
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise RefusedError("pixels") from error
    except UnidentifiedImageError as error:
        raise RefusedError("kind") from error
    if image.width * image.height > MOST_PIXELS:
        raise RefusedError("pixels")
    if image.format != STILLS and getattr(image, "n_frames", 1) > 1:
        raise RefusedError("animated")
    large = upright_square(image, SIZES[0])
    return [encoded(large.resize((size, size), Image.Resampling.LANCZOS)) for size in SIZES]


def upright_square(image: Image.Image, size: int) -> Image.Image:
    """The square in the middle of an image, turned as its metadata says, without any metadata."""
    orientation = image.getexif().get(ORIENTATION)
    image.draft("RGB", (2 * size, 2 * size))  # JPEG only: decode no more than is needed
    image.load()
    mode = "RGBA" if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info else "RGB"
    colours = image if image.mode == mode else image.convert(mode)
    side = min(colours.size)
    left, top = (colours.width - side) / 2, (colours.height - side) / 2
    box = (left, top, left + side, top + side)
    square = colours.resize((size, size), Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)
    bare = Image.frombytes(mode, square.size, square.tobytes())
    if orientation:
        bare.getexif()[ORIENTATION] = orientation
    return ImageOps.exif_transpose(bare)


def encoded(image: Image.Image) -> bytes:
    """The picture as WebP."""
    made = io.BytesIO()
    image.save(made, "WEBP", quality=QUALITY, method=4, exif=b"", icc_profile=b"", xmp=b"")
    return made.getvalue()


def main() -> None:
    """Answer on standard output."""
    out = sys.stdout.buffer
    try:
        pictures = squares(sys.stdin.buffer.read())
    except RefusedError as refused:
        out.write(json.dumps({"refused": refused.args[0]}).encode() + b"\n")
        return
    out.write(json.dumps({"lengths": [len(picture) for picture in pictures]}).encode() + b"\n")
    out.writelines(pictures)


if __name__ == "__main__":
    main()
