"""Reads Ogg files: pages with packets of one sound, which say how many samples there are up to their end."""

import struct
from typing import IO

from files.decoding.track import BrokenContainerError, Track

MOST_PAGES = 100_000
OPUS_RATE = 48_000
NO_SAMPLES = 0xFFFFFFFFFFFFFFFF
CONTINUED = 255
FIRST_BYTES = 32


def ogg(file: IO[bytes]) -> Track:
    """How long an Opus or Vorbis sound is, and the sizes of its packets."""
    track, rate, samples = Track(has_sound=True), 0, 0
    packets: list[float] = []
    unfinished, at = 0, 0
    for _number in range(MOST_PAGES):
        file.seek(at)
        head = file.read(27)
        if len(head) < 27:
            break
        if head[:4] != b"OggS":
            raise BrokenContainerError
        table = file.read(head[26])
        if not at:
            rate = _rate(file.read(FIRST_BYTES))
        at += 27 + len(table) + sum(table)
        granule = struct.unpack_from("<Q", head, 6)[0]
        samples = samples if granule == NO_SAMPLES else granule
        for length in table:
            unfinished += length
            if length < CONTINUED:
                packets.append(float(unfinished))
                unfinished = 0
    if rate:
        track.last(samples / rate)
    track.loudness = packets[2:]  # the first ones say what follows
    return track


def _rate(first: bytes) -> int:
    """Samples a second, by the first packet; 0 if they are not known."""
    if first.startswith(b"OpusHead"):
        return OPUS_RATE
    if first.startswith(b"\x01vorbis"):
        return int(struct.unpack_from("<I", first, 12)[0])
    return 0
