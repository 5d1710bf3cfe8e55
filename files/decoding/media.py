"""What a sound or video file says of itself: how long it is, its size, and how loud it is in the course of time.

The containers are read here, without decoding what is in them. Compressed sound has no loudness before it is decoded,
but codecs for speech spend more bytes on what is loud, so the sizes of its packets show where somebody speaks.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import IO

from files.decoding.matroska import matroska
from files.decoding.mp4 import mp4
from files.decoding.ogg import ogg
from files.decoding.track import BrokenContainerError, Track
from files.decoding.wav import wav

READERS: dict[str, Callable[[IO[bytes]], Track]] = {
    "video/mp4": mp4,
    "video/quicktime": mp4,
    "audio/mp4": mp4,
    "video/webm": matroska,
    "audio/ogg": ogg,
    "audio/wav": wav,
}

BARS = 64
FULL = 100
OUTLIERS = 3
"""The quietest parts do not count: the first packets are small whatever they contain."""


@dataclass(frozen=True, slots=True)
class Played:
    """What a file says of itself."""

    seconds: float | None = None
    width: int | None = None
    height: int | None = None
    is_sound: bool = False
    waveform: Sequence[int] = field(default_factory=tuple)


def played(file: IO[bytes], media_type: str) -> Played:
    """What a file of this type says of itself: nothing, if it is broken."""
    reader = READERS.get(media_type)
    if reader is None:
        return Played(is_sound=media_type.startswith("audio/"))
    try:
        track = reader(file)
    except (BrokenContainerError, struct.error, IndexError, OverflowError):
        return Played(is_sound=media_type.startswith("audio/"))
    return Played(
        seconds=track.seconds,
        width=track.width,
        height=track.height,
        is_sound=track.has_sound and not track.has_picture,
        waveform=() if track.has_picture else bars(track.loudness),
    )


def bars(loudness: Sequence[float]) -> list[int]:
    """At most 64 numbers from 0 to 100 for the course of time; none if it is all the same."""
    count = min(BARS, len(loudness))
    if count < 2:
        return []
    edges = [number * len(loudness) // count for number in range(count + 1)]
    means = [sum(loudness[a:b]) / (b - a) for a, b in pairwise(edges)]
    least, *_others, most = sorted(means)[OUTLIERS if count == BARS else 0 :]
    if most - least <= most / 20:
        return []
    return [round(FULL * max(0.0, mean - least) / (most - least)) for mean in means]
