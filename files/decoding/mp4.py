"""Reads MP4 and QuickTime files: a tree of boxes, of which each begins with its length and name."""

import struct
from collections.abc import Iterator
from typing import IO

from files.decoding.track import BrokenContainerError, Track

MOST_BOXES = 10_000
MOVIE_BYTES = 16 * 1024 * 1024
"""Largest description of a movie that is read."""

PACKETS = 200_000
FIXED_POINT = 65_536
FOLDERS = {b"trak", b"mdia", b"minf", b"stbl"}
"""Boxes that contain boxes."""


def mp4(file: IO[bytes]) -> Track:
    """What the file says of its tracks."""
    movie, track = _movie(file), Track()
    handler, width, height = b"", 0, 0
    for name, body in _boxes(movie):
        if name == b"mvhd":
            track.last(_duration(body))
        elif name == b"trak":
            handler, width, height = b"", 0, 0
        elif name == b"tkhd":
            width, height = _size(body)
        elif name == b"hdlr" and not handler:
            handler = body[8:12]
            track.has_sound |= handler == b"soun"
            if handler == b"vide" and not track.has_picture:
                track.show(width, height)
        elif name == b"stsz" and handler == b"soun" and not track.loudness:
            track.loudness = _packets(body)
    return track


def _movie(file: IO[bytes]) -> bytes:
    """The box that describes the tracks, which may be at the end of the file."""
    at = 0
    for _number in range(MOST_BOXES):
        file.seek(at)
        head = file.read(16)
        length, name = struct.unpack_from(">I4s", head)
        start = 8
        if length == 1:
            length, start = struct.unpack_from(">Q", head, 8)[0], 16
        if name == b"moov" and length <= MOVIE_BYTES:
            file.seek(at + start)
            return file.read(length - start) if length else file.read(MOVIE_BYTES)
        if length < start:
            break
        at += length
    raise BrokenContainerError


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """All boxes, those in others after them. The body of a box that contains others is not repeated."""
    at = 0
    for _number in range(MOST_BOXES):
        if at + 8 > len(data):
            return
        length, name = struct.unpack_from(">I4s", data, at)
        if name in FOLDERS:
            yield name, b""
            at += 8
            continue
        if length < 8:
            return
        yield name, data[at + 8 : at + length]
        at += length


def _duration(body: bytes) -> float:
    scale, duration = struct.unpack_from(">IQ", body, 20) if body[0] == 1 else struct.unpack_from(">II", body, 12)
    return duration / scale if scale else 0.0


def _size(body: bytes) -> tuple[int, int]:
    """Width and height as they are shown: a phone that was held upright notes a turn."""
    at = 52 if body[0] == 1 else 40
    straight = struct.unpack_from(">i", body, at)[0]
    width, height = struct.unpack_from(">II", body, at + 36)
    sides = round(width / FIXED_POINT), round(height / FIXED_POINT)
    return sides if straight else sides[::-1]


def _packets(body: bytes) -> list[float]:
    same, count = struct.unpack_from(">II", body, 4)
    if same:
        return []
    count = min(count, PACKETS, (len(body) - 12) // 4)
    return [float(size) for size in struct.unpack_from(f">{count}I", body, 12)]
