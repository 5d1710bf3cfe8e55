"""Files that were made to harm take a bounded time and memory, and harm nobody else."""

import io
import os
import signal
import struct
import threading
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from PIL import Image

from files.decoding import inspection
from files.decoding.answer import facts_of
from files.decoding.facts import Facts, RefusedError
from files.decoding.inspection import inspect
from tests.files.decoding.conftest import Examine
from tests.harness import images, recordings
from tests.harness.waiting import until

pytestmark = pytest.mark.once


def gif_with_frames(count: int) -> bytes:
    """A GIF file with many tiny pictures."""
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6)
    frame = b"!\xf9\x04\0\0\0\0\0" + b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02D\x01\0"
    return head + frame * count + b";"


def zip_bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(50_000_000))
    return made.getvalue()


def png_with_text_bomb() -> bytes:
    """A picture with compressed texts that are much larger than it."""
    given = images.image()
    body = b"zTXtComment\0\0" + zlib.compress(bytes(60_000_000))
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return given[:33] + chunk * 20 + given[33:]


def deep_boxes() -> bytes:
    """Boxes in boxes, which contain nothing."""
    return (
        recordings.box(b"ftyp", b"isom", bytes(4)) + struct.pack(">I4s", 8_000_008, b"moov") + b"\0\0\0\x08trak" * 10**6
    )


def many_scans() -> bytes:
    """A progressive photo of which the last scan is repeated very often."""
    given = images.written(Image.effect_noise((3000, 3000), 50), "JPEG", progressive=True)
    at = given.rindex(b"\xff\xda")
    return given[:at] + given[at:-2] * 400 + given[-2:]


HOSTILE: dict[str, Callable[[], bytes]] = {
    "900 million pixels": lambda: images.bomb(30_000, 30_000),
    "as many as fit into a header": lambda: images.bomb(2**31 - 1, 1)[:200],
    "a GIF of 65535 x 65535": lambda: (
        b"GIF89a\xff\xff\xff\xff\x80\0\0" + bytes(6) + b",\0\0\0\0\xff\xff\xff\xff\0\x02\x02D\x01\0;"
    ),
    "an archive": zip_bomb,
    "texts in a picture": png_with_text_bomb,
    "boxes in boxes": deep_boxes,
    "scan after scan": many_scans,
    "one byte": lambda: b"\xff",
    "fill bytes": lambda: b"\xff\xd8" + b"\xff" * 5_000_000,
    "nothing but a signature": lambda: b"\x89PNG\r\n\x1a\n",
    "RIFF of no length": lambda: b"RIFF\0\0\0\0WEBPVP8X\xff\xff\xff\xff",
    "elements of no length": lambda: b"\x1a\x45\xdf\xa3\x84\x42\x82\x81w" + b"\xec\x80" * 1_000_000,
    "pages of nothing": lambda: (b"OggS" + bytes(23)) * 200_000,
    "a WAV file of an endless length": lambda: recordings.wav()[:40] + b"\xff\xff\xff\xff" + bytes(50),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_done_with_within_the_limits(examine: Examine, name: str) -> None:
    with suppress(RefusedError):
        assert examine(HOSTILE[name]()).kind in ("file", "video", "audio", "image")


def test_a_picture_with_too_many_pixels_is_refused_as_such(examine: Examine) -> None:
    with pytest.raises(RefusedError, match="pixels"):
        examine(images.bomb(30_000, 30_000))


def test_of_a_hundred_thousand_pictures_two_are_read(examine: Examine) -> None:
    facts = examine(gif_with_frames(100_000))
    assert (facts.kind, facts.animated) == ("image", True)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
@pytest.mark.parametrize("part", [0.02, 0.5, 0.95])
def test_a_cut_picture_is_a_plain_file(examine: Examine, kind: str, part: float) -> None:
    whole = images.written(Image.effect_noise((200, 200), 50).convert("RGB"), kind)
    facts = examine(whole[: max(12, round(len(whole) * part))])
    assert (facts.kind, facts.small, facts.large) == ("file", None, None)


def test_an_empty_file_is_a_plain_file(examine: Examine) -> None:
    assert examine(b"") == Facts()


def test_a_picture_that_is_a_page_as_well_is_only_a_picture(examine: Examine) -> None:
    page = b"<html><script>alert(1)</script></html>"
    given = images.image(kind="JPEG", comment=page) + page
    facts = examine(given, name="x.html")
    assert (facts.kind, facts.type) == ("image", "image/jpeg")
    assert facts.clean is not None
    assert b"<script>" not in facts.clean.read_bytes()


@pytest.mark.parametrize("name", ["voice-\0", "-c", "--help", "../../etc/passwd", "가" * 500, "\n\r", "voice-\ud800"])
def test_a_name_is_nothing_but_a_name(examine: Examine, name: str) -> None:
    assert examine(b"text", name=name).kind == "text"


def test_a_subprocess_that_is_killed_fails_only_its_own_file(tmp_path: Path) -> None:
    found: dict[str, Facts] = {}
    slow = images.written(Image.effect_noise((6000, 6000), 50).convert("RGB"), "PNG", compress_level=1)

    def run(name: str, data: bytes) -> None:
        (tmp_path / name).write_bytes(data)
        folder = tmp_path / f"{name}-made"
        folder.mkdir()
        found[name] = inspect(tmp_path / name, name=name, into=folder)

    thread = threading.Thread(target=run, args=("slow", slow))
    thread.start()
    until(lambda: any(_is_worker(child) for child in psutil.Process().children(recursive=True)))
    for child in psutil.Process().children(recursive=True):
        if _is_worker(child):
            os.kill(child.pid, signal.SIGKILL)
    thread.join()
    run("next", b"text")
    assert (found["slow"], found["next"].kind) == (Facts(), "text")


def _is_worker(process: psutil.Process) -> bool:
    try:
        return str(inspection.WORKER) in process.cmdline()
    except psutil.Error:
        return False


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b"null",
        b'{"kind": "page"}',
        b'{"kind": "image", "width": -1}',
        b'{"kind": "image", "blur": "<script>"}',
        b'{"kind": "text", "type": "text/html; charset=utf-7"}',
        b'{"kind": "text", "lines": "' + b"x" * 601 + b'"}',
        b'{"kind": "voice", "waveform": [101]}',
        b'{"kind": "voice", "waveform": [' + b"1," * 64 + b"1]}",
        b'{"kind": "file", "more": 1}',
        b"[" * 60_000,
    ],
)
def test_an_answer_that_makes_no_sense_says_nothing(tmp_path: Path, answer: bytes) -> None:
    assert facts_of(answer, tmp_path) == Facts()


def test_pictures_that_are_none_are_not_taken(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(images.image(kind="WEBP"))
    folder = tmp_path / "made"
    folder.mkdir()
    (folder / "small").symlink_to(secret)
    (folder / "large").write_bytes(b"<html>")
    (folder / "clean").symlink_to(secret)
    answer = b'{"kind": "image", "type": "image/webp", "small": true, "large": true, "poster": true, "clean": true}'
    facts = facts_of(answer, folder)
    assert (facts.small, facts.large, facts.poster, facts.clean) == (None, None, None, None)
