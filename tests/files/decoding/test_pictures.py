"""Pictures have a size, thumbnails and a blurred form, and lose what their camera notes."""

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from files.decoding.inspection import make_thumbnail
from tests.files.decoding.conftest import Examine
from tests.harness import images

pytestmark = pytest.mark.once

PLACE = images.SECRET.encode()
KINDS = ["JPEG", "PNG", "WEBP"]


def opened(path: Path | None) -> Image.Image:
    assert path is not None
    return Image.open(io.BytesIO(path.read_bytes()))


def noise(width: int, height: int) -> Image.Image:
    return Image.effect_noise((width, height), 60).convert("RGB")


def with_metadata(picture: Image.Image, kind: str, orientation: int = 1) -> bytes:
    """A photo with a place in everything that may contain one."""
    exif = Image.Exif()
    exif[images.ORIENTATION], exif[images.DESCRIPTION] = orientation, images.SECRET
    exif.get_ifd(0x8825)[29] = images.SECRET
    options: dict[str, object] = {"exif": exif}
    if kind != "PNG":
        options["xmp"] = b"<x:xmpmeta>" + PLACE
    if kind == "JPEG":
        options["comment"] = PLACE
    return images.written(picture, kind, **options)


@pytest.mark.parametrize("kind", KINDS)
def test_thumbnails_fit_and_are_webp_without_metadata(examine: Examine, kind: str) -> None:
    facts = examine(with_metadata(noise(2000, 1000), kind))
    small, large = opened(facts.small), opened(facts.large)
    assert (small.format, small.size, large.format, large.size) == ("WEBP", (480, 240), "WEBP", (1600, 800))
    assert (facts.kind, facts.width, facts.height) == ("image", 2000, 1000)
    assert all(PLACE not in path.read_bytes() for path in (facts.small, facts.large) if path)


def test_a_small_picture_needs_no_thumbnail(examine: Examine) -> None:
    facts = examine(images.image(300, 200))
    assert (facts.small, facts.large, facts.clean, facts.width, facts.height) == (None, None, None, 300, 200)


def test_the_blurred_form_are_twelve_colours(examine: Examine) -> None:
    assert examine(images.image(colour=images.RED)).blur == "ff0000" * 12


def test_a_transparent_picture_is_blurred_on_white(examine: Examine) -> None:
    assert examine(images.image(mode="RGBA", colour=(255, 0, 0, 0))).blur == "ffffff" * 12


@pytest.mark.parametrize("kind", KINDS)
def test_what_others_download_has_no_metadata_and_the_same_pixels(examine: Examine, kind: str) -> None:
    given = with_metadata(noise(300, 200), kind)
    assert PLACE in given
    facts = examine(given)
    clean = opened(facts.clean)
    assert facts.clean is not None
    assert PLACE not in facts.clean.read_bytes()
    assert (dict(clean.getexif()), "xmp" in clean.info) == ({}, False)
    assert clean.tobytes() == Image.open(io.BytesIO(given)).tobytes()


def test_text_chunks_and_what_follows_the_end_are_removed_from_png(examine: Examine) -> None:
    given = images.image()
    text = b"tEXt" + b"Place\0" + PLACE
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    end = given.index(b"IEND") - 4
    facts = examine(given[:end] + chunk + given[end:] + PLACE)
    assert facts.clean is not None
    assert facts.clean.read_bytes() == given


def test_what_follows_the_end_of_a_photo_is_removed(examine: Examine) -> None:
    given = images.image(kind="JPEG")
    facts = examine(given + b"ftypmp42" + PLACE)
    assert facts.clean is not None
    assert facts.clean.read_bytes().startswith(given[:2])
    assert PLACE not in facts.clean.read_bytes()


@pytest.mark.parametrize("progressive", [False, True])
def test_a_photo_keeps_its_colour_profile(examine: Examine, progressive: bool) -> None:
    exif = Image.Exif()
    exif[images.DESCRIPTION] = images.SECRET
    given = images.written(noise(64, 64), "JPEG", exif=exif, icc_profile=b"profile" * 9, progressive=progressive)
    clean = opened(examine(given).clean)
    assert clean.info["icc_profile"] == b"profile" * 9
    assert clean.tobytes() == Image.open(io.BytesIO(given)).tobytes()


def test_an_animated_webp_keeps_its_pictures_without_metadata(examine: Examine) -> None:
    frames = [noise(50, 50) for _number in range(3)]
    given = images.written(frames[0], "WEBP", save_all=True, append_images=frames[1:], exif=b"Exif\0\0" + PLACE)
    facts = examine(given)
    clean = opened(facts.clean)
    assert (facts.animated, clean.n_frames) == (True, 3)  # type: ignore[attr-defined]
    assert facts.clean is not None
    assert PLACE not in facts.clean.read_bytes()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_photo_is_turned_as_its_camera_noted(examine: Examine, kind: str, orientation: int) -> None:
    marked = Image.new("RGB", (80, 40), images.RED)
    marked.paste(images.BLUE, (0, 0, 40, 40))
    given = with_metadata(marked, kind, orientation)
    facts = examine(given)
    clean = opened(facts.clean).convert("RGB")
    is_upright = orientation > 4
    assert (facts.width, facts.height) == clean.size == ((40, 80) if is_upright else (80, 40))
    first, last = clean.getpixel((5, 5)), clean.getpixel((clean.width - 5, clean.height - 5))
    expected = {2: "red", 3: "red", 4: "blue", 5: "blue", 6: "blue", 7: "red", 8: "red"}[orientation]
    assert [("red" if pixel[0] > pixel[2] else "blue") for pixel in (first, last)] == [  # type: ignore[index]
        expected,
        "blue" if expected == "red" else "red",
    ]
    assert dict(opened(facts.clean).getexif()) == {}
    assert facts.clean is not None
    assert PLACE not in facts.clean.read_bytes()


def test_a_photo_too_large_to_turn_keeps_only_the_note_how_to_turn_it(examine: Examine) -> None:
    given = with_metadata(Image.new("RGB", (9000, 5000), images.RED), "JPEG", orientation=6)
    facts = examine(given)
    assert facts.clean is not None
    assert (facts.width, facts.height, opened(facts.large).size) == (5000, 9000, (889, 1600))
    assert dict(opened(facts.clean).getexif()) == {images.ORIENTATION: 6}
    assert PLACE not in facts.clean.read_bytes()


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("CMYK", "JPEG"), ("L", "JPEG"), ("1", "PNG"), ("P", "PNG"), ("LA", "PNG"), ("RGBA", "PNG"), ("I;16", "PNG")],
)
def test_every_colour_space_is_accepted(examine: Examine, mode: str, kind: str) -> None:
    facts = examine(images.image(600, 500, mode=mode, kind=kind))
    assert (facts.kind, opened(facts.small).size) == ("image", (480, 400))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_a_moving_picture_is_noted_and_has_a_still_one(examine: Examine, kind: str) -> None:
    facts = examine(images.animated(kind))
    assert (facts.animated, opened(facts.small).size) == (True, (20, 20))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "JPEG"])
def test_a_still_picture_is_not_called_moving(examine: Examine, kind: str) -> None:
    assert not examine(images.image(kind=kind)).animated


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (16_000, 10)])
def test_extreme_shapes_have_thumbnails(examine: Examine, size: tuple[int, int]) -> None:
    facts = examine(images.image(*size))
    assert (facts.width, facts.height) == size
    if max(size) > 480:
        assert max(opened(facts.small).size) == 480


def test_a_photo_of_a_phone_with_several_pictures_is_still(examine: Examine) -> None:
    first, second = noise(600, 400), noise(60, 40)
    facts = examine(images.written(first, "MPO", save_all=True, append_images=[second]))
    assert (facts.kind, facts.animated, facts.width) == ("image", False, 600)


def test_a_thumbnail_is_made_of_every_picture() -> None:
    made = make_thumbnail(images.image(100, 50, colour=images.RED))
    assert made is not None
    assert (made.width, made.height, made.blur) == (100, 50, "ff0000" * 12)
    assert Image.open(io.BytesIO(made.content)).format == "WEBP"


@pytest.mark.parametrize("data", [b"", b"text", b"\x89PNG\r\n\x1a\n", images.bomb(30_000, 30_000)])
def test_no_thumbnail_is_made_of_anything_else(data: bytes) -> None:
    assert make_thumbnail(data) is None
