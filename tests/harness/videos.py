"""Videos, made by code."""

from io import BytesIO

import av
from PIL import Image

WIDTH, HEIGHT = 640, 360


def video(*pictures: Image.Image, container: str = "mp4", codec: str = "libx264", seconds: float = 1.0) -> bytes:
    """A video of these pictures, of which each is shown equally long."""
    made = BytesIO()
    with av.open(made, "w", format=container) as written:
        stream = written.add_stream(codec, rate=max(1, round(len(pictures) / seconds)))
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = pictures[0].size
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            frame = av.VideoFrame.from_image(picture)  # type: ignore[no-untyped-call]  # of PyAV
            written.mux(stream.encode(frame))
        written.mux(stream.encode())
    return made.getvalue()


def black() -> Image.Image:
    """A picture of which nothing can be seen."""
    return Image.new("RGB", (WIDTH, HEIGHT))


def halves() -> Image.Image:
    """A picture that is red on its left, and blue on its right."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), "blue")
    picture.paste("red", (0, 0, WIDTH // 2, HEIGHT))
    return picture
