"""Sounds and videos of every kind, made without a codec: containers with packets that nothing decodes."""

import io
import math
import struct
import wave
from collections.abc import Sequence


def wav(seconds: float = 2.0, *, width: int = 2, rate: int = 8000) -> bytes:
    """A tone that becomes louder."""
    frames = round(seconds * rate)
    most = (1 << (8 * width - 1)) - 1
    values = (round(most * number / frames * math.sin(number)) for number in range(frames))
    made = io.BytesIO()
    with wave.open(made, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(width)
        sound.setframerate(rate)
        shift = 128 if width == 1 else 0
        sound.writeframes(b"".join((value + shift).to_bytes(width, "little", signed=width > 1) for value in values))
    return made.getvalue()


# --- MP4 ---


def box(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, name) + body


def mp4(
    *, seconds: float = 3.5, width: int = 640, height: int = 360, turned: bool = False, brand: bytes = b"isom"
) -> bytes:
    """A video, with its description at the end; with `width` 0 only its sound."""
    header = box(b"mvhd", bytes(12), struct.pack(">II", 1000, round(seconds * 1000)), bytes(80))
    tracks = [_mp4_track(b"soun", 0, 0, False)]
    if width:
        tracks.insert(0, _mp4_track(b"vide", width, height, turned))
    movie = box(b"moov", header, *tracks)
    return box(b"ftyp", brand, bytes(4), brand) + box(b"mdat", bytes(5000)) + movie


def _mp4_track(handler: bytes, width: int, height: int, turned: bool) -> bytes:
    one = 65_536
    matrix = [0, one, 0, -one, 0, 0, 0, 0, 1 << 30] if turned else [one, 0, 0, 0, one, 0, 0, 0, 1 << 30]
    sides = struct.pack(">II", width * one, height * one)
    head = box(b"tkhd", bytes(40), struct.pack(">9i", *matrix), sides)
    kind = box(b"hdlr", bytes(8), handler, bytes(13))
    sizes = [10 + number for number in range(100)]
    packets = box(b"stsz", struct.pack(">III", 0, 0, len(sizes)), struct.pack(f">{len(sizes)}I", *sizes))
    return box(b"trak", head, box(b"mdia", kind, box(b"minf", box(b"stbl", packets))))


# --- WebM ---

UNKNOWN_LENGTH = b"\x01\xff\xff\xff\xff\xff\xff\xff"


def element(identifier: int, *parts: bytes, is_open: bool = False) -> bytes:
    body = b"".join(parts)
    name = identifier.to_bytes((identifier.bit_length() + 7) // 8, "big")
    short = bytes((0x80 | len(body),)) if len(body) < 127 else (len(body) | 1 << 56).to_bytes(8, "big")
    return name + (UNKNOWN_LENGTH if is_open else short) + body


def webm(*, width: int = 0, height: int = 0, clusters: int = 3, duration: float | None = None) -> bytes:
    """A recording of a browser, of unknown length; without a width only its sound. A cluster takes a second."""
    info = element(0x1549A966, element(0x2AD7B1, (1_000_000).to_bytes(3, "big")), _duration(duration))
    kinds = [element(0xAE, element(0x83, b"\x02"))]
    if width:
        video = element(0xE0, element(0xB0, width.to_bytes(2, "big")), element(0xBA, height.to_bytes(2, "big")))
        kinds.insert(0, element(0xAE, element(0x83, b"\x01"), video))
    parts = [_cluster(1000 * number) for number in range(clusters)]
    segment = element(0x18538067, info, element(0x1654AE6B, *kinds), *parts, is_open=True)
    return element(0x1A45DFA3, element(0x4282, b"webm")) + segment


def _duration(duration: float | None) -> bytes:
    return b"" if duration is None else element(0x4489, struct.pack(">d", duration * 1000))


def _cluster(time: int) -> bytes:
    blocks = [
        element(0xA3, struct.pack(">BhB", 0x81, 20 * number, 0x80), bytes(20 + time // 50 + number))
        for number in range(50)
    ]
    return element(0x1F43B675, element(0xE7, time.to_bytes(4, "big")), *blocks, is_open=True)


# --- Ogg ---


def ogg(seconds: int = 4, *, head: bytes = b"OpusHead") -> bytes:
    """A recording in Opus, a page for each second."""
    pages = [_page([19], head.ljust(19, b"\0"), 0), _page([16], b"OpusTags".ljust(16, b"\0"), 0)]
    for second in range(seconds):
        sizes = [60 + 10 * second + number for number in range(50)]
        pages.append(_page(sizes, bytes(sum(sizes)), 48_000 * (second + 1)))
    return b"".join(pages)


def _page(sizes: Sequence[int], body: bytes, samples: int) -> bytes:
    return b"OggS\0\0" + struct.pack("<QIII", samples, 1, 0, 0) + bytes((len(sizes), *sizes)) + body
