"""Reads WebM files: elements with an identifier and a length, some of which contain others.

Recorders of browsers do not know how long a recording will be: it has no duration, and elements of unknown length. So
elements that contain others are entered, and the rest is skipped.
"""

import struct
from typing import IO

from files.decoding.track import BrokenContainerError, Track

MOST_ELEMENTS = 300_000
MOST_BYTES = 48 * 1024 * 1024
"""How much of a file without a duration is read."""

SEGMENT, INFO, TRACKS, TRACK, VIDEO = 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0xE0
CLUSTER, GROUP = 0x1F43B675, 0xA0
ENTERED = {SEGMENT, INFO, TRACKS, TRACK, VIDEO, CLUSTER, GROUP}
SCALE, DURATION, KIND, WIDTH, HEIGHT = 0x2AD7B1, 0x4489, 0x83, 0xB0, 0xBA
TIME, BLOCKS = 0xE7, {0xA3, 0xA1}
NANOSECONDS = 1e9
DEFAULT_SCALE = 1_000_000
PICTURE, SOUND = 1, 2
LARGEST_VALUE = 16


def matroska(file: IO[bytes]) -> Track:
    """What the file says of its tracks; without a duration, the time of the last packet."""
    reading = _Reading(file)
    for _number in range(MOST_ELEMENTS):
        if not reading.step():
            break
    return reading.result()


class _Reading:
    """One pass over the elements."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._at = 0
        self._track = Track()
        self._scale = DEFAULT_SCALE
        self._duration = 0.0
        self._size = [0, 0]
        self._time = 0
        self._last = 0
        self._packets: list[float] = []

    def step(self) -> bool:
        """Read one element. Returns whether there may be more of interest."""
        self._file.seek(self._at)
        head = self._file.read(12)
        try:
            identifier, after = _number(head, 0, keep_mark=True)
            length, start = _number(head, after, keep_mark=False)
        except IndexError:
            return False
        self._at += start
        if identifier == CLUSTER and self._is_enough():
            return False
        if identifier in ENTERED:
            return True
        if length is None or identifier is None:
            raise BrokenContainerError
        self._element(identifier, length)
        self._at += length
        return self._at < MOST_BYTES or bool(self._duration)

    def _is_enough(self) -> bool:
        """Whether the packets need not be read."""
        return self._track.has_picture and bool(self._duration)

    def _element(self, identifier: int, length: int) -> None:
        if identifier in BLOCKS:
            self._packet(length)
        elif length <= LARGEST_VALUE:
            self._file.seek(self._at)
            self._value(identifier, self._file.read(length))

    def _value(self, identifier: int, body: bytes) -> None:
        number = int.from_bytes(body, "big")
        if identifier == SCALE:
            self._scale = number or DEFAULT_SCALE
        elif identifier == DURATION:
            self._duration = _real(body)
        elif identifier == KIND:
            self._track.has_picture |= number == PICTURE
            self._track.has_sound |= number == SOUND
        elif identifier in (WIDTH, HEIGHT):
            self._size[identifier == HEIGHT] = self._size[identifier == HEIGHT] or number
        elif identifier == TIME:
            self._time = number

    def _packet(self, length: int) -> None:
        self._file.seek(self._at)
        relative = struct.unpack_from(">h", self._file.read(4), 1)[0]
        self._last = max(self._last, self._time + relative)
        self._packets.append(float(length))

    def result(self) -> Track:
        """What was found."""
        track = self._track
        if track.has_picture:
            track.show(*self._size)
        track.last((self._duration or self._last) * self._scale / NANOSECONDS)
        track.loudness = self._packets
        return track


def _number(data: bytes, at: int, *, keep_mark: bool) -> tuple[int | None, int]:
    """A number whose first byte says how long it is, and where it ends; None for an unknown length."""
    first = data[at]
    length = 9 - first.bit_length()
    if length > 8:
        raise BrokenContainerError
    end = at + length
    if end > len(data):
        raise IndexError
    value = int.from_bytes(data[at:end], "big")
    if keep_mark:
        return value, end
    value -= 1 << 7 * length
    return (None if value == (1 << 7 * length) - 1 else value), end


def _real(body: bytes) -> float:
    if len(body) not in (4, 8):
        return 0.0
    return float(struct.unpack(">f" if len(body) == 4 else ">d", body)[0])
