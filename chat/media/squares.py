"""Square pictures of people, of the space and for emoji, made of an image that somebody sent."""

import json
from pathlib import Path
from threading import BoundedSemaphore
from typing import NamedTuple

from chat.media.limited import LimitExceededError, Limits, run_limited

WORKER = Path(__file__).with_name("square_worker.py")
MEBIBYTE = 1024 * 1024
IMAGE_BYTES = 5 * MEBIBYTE
"""Largest file that is accepted. The worker's limit of 25 million pixels applies to the image in it."""

LIMITS = Limits(seconds=10, cpu_seconds=8, memory_bytes=512 * MEBIBYTE, output_bytes=MEBIBYTE)
AT_ONCE = 2
"""Most images that this process decodes at once; each may use the memory above."""

WAIT_SECONDS = 5.0
LARGE, SMALL = 256, 96
"""Width and height of the pictures of people and of the space in pixels."""

_running = BoundedSemaphore(AT_ONCE)


class Squares(NamedTuple):
    """The same picture in two sizes, as WebP."""

    large: bytes
    small: bytes


class ImageRefusedError(Exception):
    """The bytes are not accepted as an image.

    `reason` is `empty`, `bytes`, `pixels`, `kind`, `animated`, `broken`, or `busy` if too many are decoded just now.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def make_squares(data: bytes, *, large: int = LARGE, small: int = SMALL, is_whole: bool = False) -> Squares:
    """Decode an image, and return the square in its middle, upright and without metadata. Raises ImageRefusedError.

    With `is_whole`, the square contains the whole image, with transparent edges. Sizes are in pixels.
    """
    if not data:
        raise ImageRefusedError("empty")
    if len(data) > IMAGE_BYTES:
        raise ImageRefusedError("bytes")
    if not _running.acquire(timeout=WAIT_SECONDS):
        raise ImageRefusedError("busy")
    try:
        arguments = (str(large), str(small), "whole" if is_whole else "middle")
        answer = run_limited(WORKER, data, limits=LIMITS, arguments=arguments)
    except LimitExceededError as error:
        raise ImageRefusedError("broken") from error
    finally:
        _running.release()
    return _read(answer)


def _read(answer: bytes) -> Squares:
    """The pictures in the worker's answer, which is not trusted: the worker has parsed the image."""
    head, _newline, rest = answer.partition(b"\n")
    try:
        result = json.loads(head)
        if "refused" in result:
            raise ImageRefusedError(str(result["refused"]))
        large, small = map(int, result["lengths"])
    except (ValueError, TypeError, KeyError) as error:
        raise ImageRefusedError("broken") from error
    squares = Squares(rest[:large], rest[large : large + small])
    if not all(_is_webp(picture) for picture in squares):
        raise ImageRefusedError("broken")
    return squares


def _is_webp(picture: bytes) -> bool:
    return picture[:4] == b"RIFF" and picture[8:12] == b"WEBP"
