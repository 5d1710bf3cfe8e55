"""The first picture of a video, where PyAV is installed; it is not by default, since it is as large as all the rest."""

from importlib.util import find_spec
from typing import IO, NamedTuple

from PIL import Image

from files.decoding.pictures import blur_of

FORMATS = {"video/mp4": "mov", "video/quicktime": "mov", "video/webm": "matroska"}
"""The only container that is tried for a type: others, such as playlists, name further files to open."""

CODECS = {"h264", "hevc", "vp8", "vp9", "av1", "libdav1d", "libvpx", "libvpx-vp9"}
"""What browsers play. A container may hold anything else, for which there are decoders that hardly anybody uses."""

MOST_FRAMES = 30
MOST_PIXELS = 8192 * 4320
SAME = 16
"""A picture whose brightness varies by less is of one colour."""


class Poster(NamedTuple):
    """A picture of a video, and the same blurred."""

    image: Image.Image
    blur: str


def poster(file: IO[bytes], media_type: str, most: int) -> Poster | None:
    """The first picture that is not of one colour, fitting a square; None if there is none, or it can't be decoded."""
    if media_type not in FORMATS or find_spec("av") is None:
        return None
    try:
        image = _decoded(file, FORMATS[media_type])
    except Exception:  # noqa: BLE001 (whatever the library raises for broken videos)
        return None
    if image is None:
        return None
    image.thumbnail((most, most))
    return Poster(image, blur_of(image))


def _decoded(file: IO[bytes], container_format: str) -> Image.Image | None:
    import av

    file.seek(0)
    image = None
    with av.open(file, mode="r", format=container_format, options={"protocol_whitelist": "none"}) as container:
        stream = container.streams.video[0]
        if stream.codec_context.codec.name not in CODECS:
            return None
        stream.thread_type = "NONE"
        stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}
        for frame, _number in zip(container.decode(stream), range(MOST_FRAMES), strict=False):
            image = frame.to_image()  # type: ignore[no-untyped-call]  # of PyAV
            image = image.rotate(frame.rotation, expand=True) if frame.rotation else image
            low, high = image.convert("L").getextrema()
            if high - low > SAME:
                break
    return image
