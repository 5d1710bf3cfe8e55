"""Reads WAV files, which contain samples as they are."""

import wave
from typing import IO

from files.decoding.track import BrokenContainerError, Track

WINDOWS = 64
WINDOW_FRAMES = 2048
"""Of each part of a sound, the beginning is read."""


def wav(file: IO[bytes]) -> Track:
    """How long a sound is, and how loud."""
    file.seek(0)
    try:
        with wave.open(file) as sound:
            return _read(sound)
    except (wave.Error, EOFError) as error:
        raise BrokenContainerError from error


def _read(sound: wave.Wave_read) -> Track:
    frames, width, channels = sound.getnframes(), sound.getsampwidth(), sound.getnchannels()
    track = Track(has_sound=True)
    if not frames or not sound.getframerate():
        return track
    track.last(frames / sound.getframerate())
    loudness = []
    for window in range(min(WINDOWS, frames)):
        sound.setpos(window * frames // min(WINDOWS, frames))
        loudness.append(_loudness(sound.readframes(WINDOW_FRAMES), width, width * channels))
    track.loudness = loudness
    return track


def _loudness(samples: bytes, width: int, step: int) -> float:
    """The mean of the absolute values in the first channel, by the highest byte of each."""
    highest = samples[width - 1 :: step]
    if not highest:
        return 0.0
    if width == 1:  # the only width without a sign
        return sum(abs(value - 128) for value in highest) / len(highest)
    return sum(min(value, 256 - value) for value in highest) / len(highest)
