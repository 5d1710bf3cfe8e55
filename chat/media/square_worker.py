"""Makes square pictures of an untrusted image: `square_worker.py LARGE SMALL whole|middle`.

Run by `squares.py` in a limited subprocess; never import it.

Reads the image from standard input. Writes a line of JSON, `{"refused": reason}` or `{"lengths": […]}`, and in the
latter case the pictures, as WebP without any metadata.
"""

import io
import json
import sys
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MOST_PIXELS = 25_000_000
QUALITY = 84
ORIENTATION = 0x0112
"""The number of the field in EXIF."""

STILLS = "MPO"
"""A JPEG file in which a camera has put several pictures, of which the first one counts."""


class RefusedError(Exception):
    """The image is refused; the argument is the reason."""


def squares(data: bytes, large: int, small: int, part: str) -> list[bytes]:
    """The pictures, the large one first. Raises RefusedError, or whatever Pillow raises for a broken image."""
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
    square = upright_square(image, large, is_whole=part == "whole")
    return [encoded(square.resize((size, size), Image.Resampling.LANCZOS)) for size in (large, small)]


def upright_square(image: Image.Image, size: int, *, is_whole: bool) -> Image.Image:
    """The whole image with transparent edges, or the square in its middle.

    It is turned as the metadata of the image says, and has no metadata.
    """
    orientation = image.getexif().get(ORIENTATION)
    image.draft("RGB", (2 * size, 2 * size))  # JPEG only: decode no more than is needed
    image.load()
    mode = "RGBA" if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info else "RGB"
    colours = image if image.mode == mode else image.convert(mode)
    square = whole(colours, size) if is_whole else middle(colours, size)
    bare = Image.frombytes(square.mode, square.size, square.tobytes())
    if orientation:
        bare.getexif()[ORIENTATION] = orientation
    return ImageOps.exif_transpose(bare)


def whole(colours: Image.Image, size: int) -> Image.Image:
    """All of a picture, as large as it fits."""
    fitting = ImageOps.contain(colours, (size, size), Image.Resampling.LANCZOS).convert("RGBA")
    square = Image.new("RGBA", (size, size))
    square.paste(fitting, ((size - fitting.width) // 2, (size - fitting.height) // 2))
    return square


def middle(colours: Image.Image, size: int) -> Image.Image:
    """The square in the middle of a picture."""
    side = min(colours.size)
    left, top = (colours.width - side) / 2, (colours.height - side) / 2
    box = (left, top, left + side, top + side)
    return colours.resize((size, size), Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)


def encoded(image: Image.Image) -> bytes:
    """The picture as WebP."""
    made = io.BytesIO()
    image.save(made, "WEBP", quality=QUALITY, method=4, exif=b"", icc_profile=b"", xmp=b"")
    return made.getvalue()


def main() -> None:
    """Answer on standard output."""
    out = sys.stdout.buffer
    large, small, part = sys.argv[1:]
    try:
        pictures = squares(sys.stdin.buffer.read(), int(large), int(small), part)
    except RefusedError as refused:
        out.write(json.dumps({"refused": refused.args[0]}).encode() + b"\n")
        return
    out.write(json.dumps({"lengths": [len(picture) for picture in pictures]}).encode() + b"\n")
    out.writelines(pictures)


if __name__ == "__main__":
    main()
