"""Videos have a poster where PyAV is installed, and are played without one everywhere else."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from files.decoding import inspection
from files.decoding.facts import Facts
from tests.files.decoding.conftest import Examine
from tests.harness import recordings
from tests.harness.videos import HEIGHT, WIDTH, black, halves, video

pytestmark = pytest.mark.once

HARNESS = Path(__file__).parents[2] / "harness"
VIDEOS = {
    "H.264 in MP4": ("mp4", "libx264", "video/mp4"),
    "H.264 in QuickTime": ("mov", "libx264", "video/quicktime"),
    "H.265 in MP4": ("mp4", "libx265", "video/mp4"),
    "VP8 in WebM": ("webm", "libvpx", "video/webm"),
    "VP9 in WebM": ("webm", "libvpx-vp9", "video/webm"),
    "AV1 in WebM": ("webm", "libsvtav1", "video/webm"),
}


def poster_of(facts: Facts) -> Image.Image:
    assert facts.poster is not None
    return Image.open(BytesIO(facts.poster.read_bytes()))


@pytest.mark.parametrize("name", VIDEOS)
def test_the_poster_is_the_first_picture_on_which_something_can_be_seen(examine: Examine, name: str) -> None:
    container, codec, media_type = VIDEOS[name]
    facts = examine(video(black(), black(), halves(), halves(), container=container, codec=codec))
    assert (facts.kind, facts.type, facts.width, facts.height) == ("video", media_type, WIDTH, HEIGHT)
    picture = poster_of(facts)
    assert (picture.format, picture.size) == ("WEBP", (WIDTH, HEIGHT))
    left, right = (picture.getpixel((x, HEIGHT // 2)) for x in (WIDTH // 4, 3 * WIDTH // 4))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert left[0] > left[2]
    assert right[0] < right[2]
    assert facts.blur is not None
    assert facts.shown()["poster"] is True


def test_a_video_that_stays_black_has_a_black_poster(examine: Examine) -> None:
    facts = examine(video(*[black()] * 40))
    assert max(poster_of(facts).convert("L").tobytes()) < 16


def test_a_large_video_has_a_poster_that_fits(examine: Examine) -> None:
    facts = examine(video(Image.effect_noise((2560, 1440), 80).convert("RGB")))
    assert (facts.width, poster_of(facts).size) == (2560, (1600, 900))


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Another subprocess of that name in `tests/harness`."""
    monkeypatch.setattr(inspection, "WORKER", HARNESS / f"{request.param}.py")


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("worker", ["worker_without_av", "worker_killed_at_posters"], indirect=True)
def test_a_video_without_a_poster_is_played_nevertheless(examine: Examine) -> None:
    facts = examine(video(halves()))
    assert (facts.kind, facts.type, facts.width, facts.height) == ("video", "video/mp4", WIDTH, HEIGHT)
    assert (facts.poster, facts.blur) == (None, None)
    assert facts.seconds is not None


WHOLE = video(halves(), halves())
HOSTILE = {
    "cut in the middle": WHOLE[: len(WHOLE) // 2],
    "without its pictures": WHOLE[:200],
    "with other bytes for its pictures": WHOLE[:-600] + bytes(range(256)) * 3,
    "another codec": video(halves(), codec="mpeg4"),
    "pictures of a printer": video(halves(), container="mov", codec="tiff"),
    "a playlist of files": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
    "a recording of sizes only": recordings.mp4(),
    "WebM of sizes only": recordings.webm(width=320, height=240),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_of_a_hostile_video_there_is_no_poster(examine: Examine, name: str) -> None:
    facts = examine(HOSTILE[name])
    assert facts.kind in ("video", "file")
    assert facts.poster is None


def test_a_video_of_very_many_pixels_has_no_poster(examine: Examine) -> None:
    given = bytearray(video(halves()))
    track = given.index(b"tkhd")
    given[track + 78 : track + 80] = given[track + 82 : track + 84] = b"\xff\xff"
    facts = examine(bytes(given))
    assert facts.kind == "video"
    assert facts.poster is None or max(poster_of(facts).size) <= 1600
