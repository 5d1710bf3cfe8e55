"""Decodes pictures: their size, thumbnails, and a copy without metadata that is stored in their place."""

import io
import warnings
from typing import Any, NamedTuple

from PIL import Image, ImageOps
from PIL.JpegImagePlugin import get_sampling

from files.decoding.kinds import PICTURES
from files.decoding.metadata import BrokenError, with_orientation, without_metadata

SMALL, LARGE = 480, 1600
"""Thumbnails fit into a square of this many pixels."""

SMALL_BYTES, LARGE_BYTES = 64 * 1024, 512 * 1024
"""A picture that fits has a thumbnail nevertheless if its file is larger than this."""

MOST_PIXELS = {"JPEG": 120_000_000, "PNG": 50_000_000, "WEBP": 50_000_000, "GIF": 30_000_000, "AVIF": 30_000_000}
"""Only JPEG can be decoded to a smaller size at once."""

TURNED_PIXELS = 40_000_000
"""Photos with more are not turned, but keep the note how to turn them."""

QUALITY, COPY_QUALITY = 80, 92
BLUR = (4, 3)
PROFILE_BYTES = 4096
"""Colour profiles up to this size are kept in thumbnails."""

ORIENTATION = 0x0112
UPRIGHT = 1
ORIENTATIONS = range(2, 9)


class TooManyPixelsError(Exception):
    """The picture has too many pixels."""


class Looked(NamedTuple):
    """A decoded picture, upright, no larger than thumbnails need, with the size and the clean copy of the original."""

    image: Image.Image
    width: int
    height: int
    is_animated: bool
    clean: bytes | None


def look(data: bytes, media_type: str) -> Looked:
    """Decode a picture. Raises TooManyPixelsError, or anything for a broken one."""
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limits here say more
    image, kind = _open(data, media_type), PICTURES[media_type]
    if image.width * image.height > MOST_PIXELS[kind]:
        raise TooManyPixelsError
    is_animated = _is_animated(_open(data, media_type))
    orientation = UPRIGHT if is_animated else _orientation(image)
    turns = orientation in ORIENTATIONS
    width, height = (image.height, image.width) if turns and orientation > 4 else image.size
    if turns and image.width * image.height <= TURNED_PIXELS:
        turned = ImageOps.exif_transpose(image)
        return Looked(turned, width, height, is_animated=False, clean=_encoded_again(turned, image, kind))
    clean = _clean_copy(data, media_type, image)
    if clean is not None and turns and kind == "JPEG":
        clean = with_orientation(clean, orientation)
    image.draft("RGB", _fitting(image.size, LARGE))
    first = _coloured(image)
    if turns:
        first.getexif()[ORIENTATION] = orientation
        first = ImageOps.exif_transpose(first)
    return Looked(first, width, height, is_animated, clean if clean != data else None)


def _open(data: bytes, media_type: str) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=[PICTURES[media_type]])
    except Image.DecompressionBombError as error:
        raise TooManyPixelsError from error


def _orientation(image: Image.Image) -> int:
    """How the camera was held, if it says so."""
    try:
        return int(image.getexif().get(ORIENTATION, UPRIGHT))
    except Exception:  # noqa: BLE001 (whatever Pillow raises for broken EXIF: the pixels may be fine)
        return UPRIGHT


def _is_animated(image: Image.Image) -> bool:
    """Whether there is a second picture; counting all of them could take very long."""
    if image.format in ("JPEG", "MPO"):
        return False
    try:
        image.seek(1)
    except (EOFError, OSError, SyntaxError, ValueError):
        return False
    return True


def _clean_copy(data: bytes, media_type: str, image: Image.Image) -> bytes | None:
    """The picture without metadata; None if it has none, or is of a type of which no copy is made."""
    try:
        copy = without_metadata(data, media_type)
    except BrokenError:
        copy = None
    if copy is not None or media_type == "image/gif":
        return copy
    if media_type == "image/avif" and not ({"exif", "xmp"} & image.info.keys()):
        return None
    return _encoded_again(_coloured(image), image, PICTURES[media_type])


def _encoded_again(turned: Image.Image, image: Image.Image, kind: str) -> bytes:
    options = _same_quality(image, kind)
    profile = image.info.get("icc_profile") or b""
    turned = turned if kind != "JPEG" or turned.mode in ("RGB", "L", "CMYK") else turned.convert("RGB")
    bare = _bare(turned)
    made = io.BytesIO()
    bare.save(made, kind, icc_profile=profile or None, exif=b"", **options)
    return made.getvalue()


def _same_quality(image: Image.Image, kind: str) -> dict[str, Any]:
    """How to encode a picture again without losing or gaining much: JPEG with the same tables."""
    if kind == "JPEG" and (tables := getattr(image, "quantization", None)):
        return {"qtables": tables, "subsampling": max(0, get_sampling(image))}
    return {} if kind == "PNG" else {"quality": COPY_QUALITY}


def _bare(image: Image.Image) -> Image.Image:
    """The same pixels without anything that Pillow would write besides."""
    image = image.copy()
    kept = {name: image.info[name] for name in ("transparency",) if name in image.info}
    image.info = kept  # type: ignore[assignment]
    return image


def _coloured(image: Image.Image) -> Image.Image:
    """The picture in RGB, with transparency if it has any."""
    image.load()
    mode = "RGBA" if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info else "RGB"
    if image.mode.startswith("I;16"):
        image = image.point(lambda value: value / 256).convert("L")
    converted = image if image.mode == mode else image.convert(mode)
    return converted.copy()


def _fitting(size: tuple[int, int], most: int) -> tuple[int, int]:
    """The size that fits into a square, not larger than the given one."""
    factor = min(1.0, most / max(size))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


class Pictures(NamedTuple):
    """Thumbnails as WebP, if they are of use, and the blurred picture."""

    small: bytes | None
    large: bytes | None
    blur: str


def thumbnails(looked: Looked, size: int, *, always_small: bool = False) -> Pictures:
    """The thumbnails of a picture whose file has a size in bytes."""
    longest = max(looked.width, looked.height)
    colours = _coloured(looked.image)
    profile = looked.image.info.get("icc_profile") or b"" if looked.image.mode in ("RGB", "RGBA") else b""
    profile = profile if len(profile) <= PROFILE_BYTES else b""
    large = _shrunk(colours, LARGE)
    small = _shrunk(large, SMALL)
    wants_large = (longest > LARGE or size > LARGE_BYTES) and not looked.is_animated
    wants_small = longest > SMALL or size > SMALL_BYTES or looked.is_animated or always_small
    return Pictures(
        small=encoded(small, profile) if wants_small else None,
        large=encoded(large, profile) if wants_large else None,
        blur=blur_of(small),
    )


def _shrunk(image: Image.Image, most: int) -> Image.Image:
    size = _fitting(image.size, most)
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def encoded(image: Image.Image, profile: bytes = b"") -> bytes:
    """The picture as WebP, without metadata."""
    made = io.BytesIO()
    _bare(image).save(made, "WEBP", quality=QUALITY, method=2, exif=b"", icc_profile=profile, xmp=b"")
    return made.getvalue()


def blur_of(image: Image.Image) -> str:
    """4 x 3 colours, on white where the picture is transparent."""
    if image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image)
        image = white.convert("RGB")
    return image.convert("RGB").resize(BLUR, Image.Resampling.BOX).tobytes().hex()
