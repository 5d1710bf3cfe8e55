"""Sounds and videos say how long and how large they are, and how loud."""

import pytest

from tests.files.decoding.conftest import Examine
from tests.harness import recordings

pytestmark = pytest.mark.once


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_a_sound_says_how_long_and_how_loud_it_is(examine: Examine, width: int) -> None:
    facts = examine(recordings.wav(2.0, width=width), name="voice-1.wav")
    assert (facts.kind, facts.type, facts.seconds) == ("voice", "audio/wav", 2.0)
    assert (len(facts.waveform), facts.waveform[0], facts.waveform[-1]) == (64, 0, 100)


def test_silence_has_no_waveform(examine: Examine) -> None:
    data = bytearray(recordings.wav(1.0))
    data[44:] = bytes(len(data) - 44)
    facts = examine(bytes(data), name="voice-1.wav")
    assert (facts.kind, list(facts.waveform)) == ("voice", [])


def test_a_sound_with_another_name_is_no_voice_message(examine: Examine) -> None:
    facts = examine(recordings.wav(), name="song.wav")
    assert (facts.kind, list(facts.waveform)) == ("audio", [])


@pytest.mark.parametrize(
    ("data", "media_type", "seconds"),
    [
        (recordings.ogg(4), "audio/ogg", 4.0),
        (recordings.webm(clusters=3), "audio/webm", 2.98),
        (recordings.webm(clusters=3, duration=2.5), "audio/webm", 2.5),
        (recordings.mp4(width=0), "audio/mp4", 3.5),
    ],
)
def test_a_recording_of_a_browser_is_a_voice_message(
    examine: Examine, data: bytes, media_type: str, seconds: float
) -> None:
    facts = examine(data, name="voice-2026.bin")
    assert (facts.kind, facts.type, facts.seconds) == ("voice", media_type, seconds)
    assert (len(facts.waveform), facts.waveform[0], facts.waveform[-1]) == (64, 0, 100)


@pytest.mark.parametrize(
    ("data", "media_type", "size", "seconds"),
    [
        (recordings.mp4(), "video/mp4", (640, 360), 3.5),
        (recordings.mp4(turned=True), "video/mp4", (360, 640), 3.5),
        (recordings.mp4(brand=b"qt  "), "video/quicktime", (640, 360), 3.5),
        (recordings.webm(width=320, height=240), "video/webm", (320, 240), 2.98),
    ],
)
def test_a_video_says_how_long_and_how_large_it_is(
    examine: Examine, data: bytes, media_type: str, size: tuple[int, int], seconds: float
) -> None:
    facts = examine(data)
    assert (facts.kind, facts.type, (facts.width, facts.height), facts.seconds) == ("video", media_type, size, seconds)


@pytest.mark.parametrize(
    "data", [recordings.mp4(), recordings.webm(width=320, height=240), recordings.ogg(), recordings.wav()]
)
@pytest.mark.parametrize("part", [0.3, 0.7, 0.97])
def test_a_cut_recording_is_recognised_by_its_beginning(examine: Examine, data: bytes, part: float) -> None:
    assert examine(data[: round(len(data) * part)]).kind in ("video", "audio")
