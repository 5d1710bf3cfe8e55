"""Finds out what a file is, in a subprocess that is killed if it takes too long or too much.

The subprocess has read the file, so what it answers is not trusted either.
"""

import logging
import tempfile
from dataclasses import replace
from pathlib import Path
from threading import BoundedSemaphore
from typing import NamedTuple

from chat.media.limited import LimitExceededError, Limits, run_limited_on
from files.decoding.answer import PICTURE_BYTES, facts_of
from files.decoding.facts import Facts, RefusedError

logger = logging.getLogger(__name__)

WORKER = Path(__file__).with_name("worker.py")
MEBIBYTE = 1024 * 1024
ANSWER_BYTES = 64 * 1024
SECONDS, CPU_SECONDS = 60.0, 20
MEMORY_BYTES = 768 * MEBIBYTE
THUMBNAIL_SECONDS, THUMBNAIL_CPU_SECONDS = 20.0, 5
AT_ONCE = 2
"""Most files that this process has examined at once; each may use the memory above."""

NAME_CHARS = 200

_running = BoundedSemaphore(AT_ONCE)


def inspect(path: Path, *, name: str, into: Path) -> Facts:
    """Find out what a file is, by its contents; its name only decides whether a sound is a voice message.

    Pictures that are made of it are written into the folder `into`. A file that can't be recognised, or at which the
    subprocess was killed, is a Facts() of its own. Raises RefusedError for a picture with too many pixels.
    """
    size = path.stat().st_size
    if not size:
        return Facts()
    given = name[:NAME_CHARS].replace("\0", "").encode(errors="replace").decode()
    limits = _limits(SECONDS, CPU_SECONDS, output_bytes=size + 8 * MEBIBYTE)
    facts = facts_of(_run(path, into, ["examine", given], limits=limits), into)
    return _with_poster(facts, path, into) if facts.kind == "video" else facts


def _with_poster(video: Facts, path: Path, into: Path) -> Facts:
    """The same with a poster, if there can be one. It is decoded by itself: a video stays one if that is killed."""
    limits = _limits(SECONDS, CPU_SECONDS, output_bytes=PICTURE_BYTES)
    made = facts_of(_run(path, into, ["poster", video.type], limits=limits), into)
    return video if made.poster is None else replace(video, poster=made.poster, blur=made.blur)


class Thumbnail(NamedTuple):
    """A picture as WebP, its size, and the same blurred."""

    content: bytes
    width: int
    height: int
    blur: str


def make_thumbnail(data: bytes) -> Thumbnail | None:
    """A small picture of an image, upright and without metadata; None if it is none, or can't be decoded."""
    with tempfile.TemporaryDirectory(prefix="thumbnail.") as name:
        folder = Path(name)
        given = folder / "given"
        given.write_bytes(data)
        try:
            limits = _limits(THUMBNAIL_SECONDS, THUMBNAIL_CPU_SECONDS, output_bytes=MEBIBYTE)
            facts = facts_of(_run(given, folder, ["thumbnail"], limits=limits), folder)
        except RefusedError:
            return None
        if facts.small is None or not (facts.width and facts.height and facts.blur):
            return None
        return Thumbnail(facts.small.read_bytes(), facts.width, facts.height, facts.blur)


def _limits(seconds: float, cpu_seconds: int, *, output_bytes: int) -> Limits:
    return Limits(seconds=seconds, cpu_seconds=cpu_seconds, memory_bytes=MEMORY_BYTES, output_bytes=output_bytes)


def _run(path: Path, folder: Path, arguments: list[str], *, limits: Limits) -> bytes:
    """The answer of the subprocess; empty if it was killed."""
    with _running:
        try:
            return run_limited_on(
                WORKER, path, limits=limits, arguments=arguments, folder=folder, most_bytes=ANSWER_BYTES
            )
        except LimitExceededError:
            logger.info("A file could not be examined within the limits")
            return b""
