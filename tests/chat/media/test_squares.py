"""Square pictures, made of images that anybody may send."""

import io

import pytest
from PIL import Image

from chat.media.squares import IMAGE_BYTES, LARGE, SMALL, ImageRefusedError, make_squares
from tests.harness import images

pytestmark = pytest.mark.once

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
SCRIPT = b"<html><script>alert(1)</script></html>"


def opened(picture: bytes) -> Image.Image:
    return Image.open(io.BytesIO(picture), formats=["WEBP"])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
@pytest.mark.parametrize(("width", "height"), [(1, 1), (40, 30), (30, 400), (2000, 1500)])
def test_an_image_becomes_a_square_of_each_size(kind: str, width: int, height: int) -> None:
    squares = make_squares(images.image(width, height, kind=kind, colour=images.RED))
    assert opened(squares.large).size == (LARGE, LARGE)
    assert opened(squares.small).size == (SMALL, SMALL)
    red, green, blue = opened(squares.large).convert("RGB").getpixel((LARGE // 2, LARGE // 2))  # type: ignore[misc]
    assert (red > 240, green < 20, blue < 20) == (True, True, True)


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("CMYK", "JPEG"), ("L", "JPEG"), ("1", "PNG"), ("P", "PNG"), ("LA", "PNG"), ("RGBA", "PNG"), ("I;16", "PNG")],
)
def test_every_colour_space_is_accepted(mode: str, kind: str) -> None:
    assert opened(make_squares(images.image(mode=mode, kind=kind)).large).mode in ("RGB", "RGBA")


def test_a_transparent_image_stays_transparent() -> None:
    large = opened(make_squares(images.image(mode="RGBA", colour=(255, 0, 0, 0))).large)
    assert large.convert("RGBA").getpixel((10, 10))[3] == 0  # type: ignore[index]


def test_the_whole_of_an_image_fits_into_a_square_with_transparent_edges() -> None:
    squares = make_squares(images.image(80, 40, colour=images.RED), large=128, small=64, is_whole=True)
    large, small = opened(squares.large).convert("RGBA"), opened(squares.small)
    assert (large.size, small.size) == ((128, 128), (64, 64))
    red, *_others, opaque = large.getpixel((2, 64))  # type: ignore[misc]
    assert (red > 200, opaque) == (True, 255)
    assert [large.getpixel((64, y))[3] for y in (2, 125)] == [0, 0]  # type: ignore[index]


def test_a_photo_is_turned_as_its_camera_noted_and_loses_its_metadata() -> None:
    squares = make_squares(images.turned())
    large = opened(squares.large)
    above, below = (large.convert("RGB").getpixel((LARGE // 2, y)) for y in (10, LARGE - 10))
    assert (above[2] > 200, below[0] > 200) == (True, True)  # type: ignore[index]
    assert dict(large.getexif()) == {}
    for picture in squares:
        assert images.SECRET.encode() not in picture
        assert not {b"EXIF", b"ICCP", b"XMP "} & set(chunks(picture))


def chunks(webp: bytes) -> list[bytes]:
    """The kinds of the parts of a WebP file."""
    found, at = [], 12
    while at < len(webp):
        found.append(webp[at : at + 4])
        length = int.from_bytes(webp[at + 4 : at + 8], "little")
        at += 8 + length + length % 2
    return found


def test_several_stills_in_one_file_of_a_camera_are_no_animation() -> None:
    assert opened(make_squares(images.animated("MPO")).large).size == (LARGE, LARGE)


@pytest.mark.parametrize(
    ("reason", "data"),
    [
        ("empty", b""),
        ("bytes", b"\x89PNG" + bytes(IMAGE_BYTES)),
        ("kind", b"GIF"),
        ("kind", SVG),
        ("kind", SCRIPT),
        ("kind", images.image(kind="TIFF")),
        ("kind", images.image(kind="BMP")),
        ("kind", images.image(kind="PDF")),
        ("pixels", images.bomb(60_000, 60_000)),
        ("pixels", images.bomb(25_001, 1_000)),
        ("pixels", images.image(16_383, 1_600, kind="WEBP", method=0)),
        ("animated", images.animated("GIF")),
        ("animated", images.animated("WEBP")),
        ("animated", images.animated("PNG")),
        ("broken", images.image(800, 600, kind="JPEG")[:-200]),
        ("broken", images.image(800, 600, kind="PNG", mode="RGB")[:-200]),
        ("broken", images.image(800, 600, kind="WEBP")[:-20]),
    ],
)
def test_anything_else_is_refused_with_its_reason(reason: str, data: bytes) -> None:
    with pytest.raises(ImageRefusedError) as refused:
        make_squares(data)
    assert refused.value.reason == reason


def test_nothing_of_a_polyglot_file_but_its_pixels_is_kept() -> None:
    squares = make_squares(images.image(kind="GIF") + SCRIPT)
    assert all(b"script" not in picture for picture in squares)


@pytest.mark.parametrize(("mode", "kind"), [("RGBA", "PNG"), ("RGBA", "WEBP"), ("CMYK", "JPEG"), ("P", "GIF")])
def test_the_largest_accepted_image_fits_into_the_limits(mode: str, kind: str) -> None:
    assert opened(make_squares(images.image(5_000, 5_000, mode=mode, kind=kind)).small).size == (SMALL, SMALL)
