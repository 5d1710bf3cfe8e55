"""Examines one file, in the subprocess: everything that is found out, and the pictures that are made of it."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from files.decoding import posters
from files.decoding.facts import PLAIN, UNKNOWN
from files.decoding.kinds import HEAD_BYTES, Kind, kind_of
from files.decoding.media import played
from files.decoding.metadata import BrokenError, without_metadata
from files.decoding.pictures import LARGE, TooManyPixelsError, encoded, look, thumbnails
from files.decoding.texts import TEXT_BYTES, first_lines, searched

Answer = dict[str, Any]

VOICE = "voice-"
"""How the names of recordings begin that are shown as voice messages."""

LONGEST_VOICE_SECONDS = 3600


def examine(file: IO[bytes], folder: Path, *, name: str) -> Answer:
    """Find out what a file is. Writes pictures into the folder; the answer says which."""
    head = file.read(HEAD_BYTES)
    found = kind_of(head)
    answer: Answer = {"kind": found.kind, "type": found.type}
    if found.kind == "image":
        return _picture(file, folder, found)
    if found.kind == "text":
        text = searched(head + file.read(TEXT_BYTES - len(head)), head)
        return answer | {"lines": first_lines(head), **_write(folder, {"text": text.encode()})}
    if found.kind in ("video", "audio"):
        return answer | _played(file, found, name)
    return answer


def thumbnail(file: IO[bytes], folder: Path) -> Answer:
    """Make a small picture of a file that must be one."""
    found = kind_of(file.read(HEAD_BYTES))
    if found.kind != "image":
        return {"kind": PLAIN, "type": found.type}
    file.seek(0)
    data = file.read()
    try:
        looked = look(data, found.type)
    except TooManyPixelsError:
        return {"kind": PLAIN, "type": found.type, "refused": "pixels"}
    made = thumbnails(looked, len(data), always_small=True)
    _write(folder, {"small": made.small})
    width, height = looked.width, looked.height
    return {"kind": "image", "type": found.type, "width": width, "height": height, "blur": made.blur, "small": True}


def poster(file: IO[bytes], folder: Path, *, media_type: str) -> Answer:
    """Make a picture of a video. Writes it into the folder, unless there is none."""
    picture = posters.poster(file, media_type, LARGE)
    if picture is None:
        return {}
    return {"blur": picture.blur, **_write(folder, {"poster": encoded(picture.image)})}


def _picture(file: IO[bytes], folder: Path, found: Kind) -> Answer:
    file.seek(0)
    data = file.read()
    try:
        looked = look(data, found.type)
        made = thumbnails(looked, len(data))
    except TooManyPixelsError:
        return {"kind": PLAIN, "type": UNKNOWN, "refused": "pixels"}
    except Exception:  # noqa: BLE001 (whatever decoders raise for broken pictures)
        return _broken(data, folder, found)
    written = _write(folder, {"small": made.small, "large": made.large, "clean": looked.clean})
    return {
        "kind": found.kind,
        "type": found.type,
        "width": looked.width,
        "height": looked.height,
        "blur": made.blur,
        "animated": looked.is_animated,
        **written,
    }


def _broken(data: bytes, folder: Path, found: Kind) -> Answer:
    """A picture that cannot be decoded is a plain file, and loses its metadata nevertheless if it has the form."""
    clean = None
    with suppress(BrokenError):
        clean = without_metadata(data, found.type)
    return {"kind": PLAIN, "type": UNKNOWN, **_write(folder, {"clean": None if clean == data else clean})}


def _played(file: IO[bytes], found: Kind, name: str) -> Answer:
    said = played(file, found.type)
    kind, media_type = found
    if kind == "video" and said.is_sound:
        kind, media_type = "audio", found.type.replace("video/", "audio/").replace("quicktime", "mp4")
    if kind == "audio" and name.startswith(VOICE) and (said.seconds or 0) <= LONGEST_VOICE_SECONDS:
        kind = "voice"
    answer: Answer = {"kind": kind, "type": media_type, "seconds": said.seconds}
    if kind == "voice":
        return answer | {"waveform": list(said.waveform)}
    if kind == "video":
        return answer | {"width": said.width, "height": said.height}
    return answer


def _write(folder: Path, files: Mapping[str, bytes | None]) -> Answer:
    """Write files, and return which."""
    for name, data in files.items():
        if data is not None:
            (folder / name).write_bytes(data)
    return {name: True for name, data in files.items() if data is not None}
