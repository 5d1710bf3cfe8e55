"""Reads what the subprocess has answered, which nobody trusts."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from files.decoding.facts import UNKNOWN, Facts, RefusedError
from files.decoding.texts import LINES_CHARS, TEXT_BYTES
from files.decoding.track import LARGEST_SIDE, LONGEST_SECONDS

PICTURES = ("small", "large", "poster")
PICTURE_BYTES = 4 * 1024 * 1024
"""Largest thumbnail."""

SIGNATURES = {"image/jpeg": (0, b"\xff\xd8\xff"), "image/png": (0, b"\x89PNG"), "image/webp": (8, b"WEBP")}
BLUR = re.compile(r"\A[0-9a-f]{72}\Z")
TYPE = re.compile(r"\A[a-z0-9./+-]{3,100}\Z")

Side = Annotated[int, Field(gt=0, le=100 * LARGEST_SIDE)]
Bar = Annotated[int, Field(ge=0, le=100)]


class Answer(BaseModel):
    """What the subprocess may answer."""

    model_config = ConfigDict(strict=True, extra="forbid")

    kind: Literal["image", "video", "audio", "voice", "pdf", "text", "file"] = "file"
    type: Annotated[str, Field(pattern=TYPE)] = UNKNOWN
    width: Side | None = None
    height: Side | None = None
    seconds: Annotated[float, Field(gt=0, le=LONGEST_SECONDS)] | None = None
    blur: Annotated[str, Field(pattern=BLUR)] | None = None
    small: bool = False
    large: bool = False
    poster: bool = False
    clean: bool = False
    text: bool = False
    waveform: Annotated[list[Bar], Field(max_length=64)] = []
    lines: Annotated[str, Field(max_length=LINES_CHARS)] | None = None
    animated: bool = False
    refused: Literal["", "pixels"] = ""


def facts_of(answer: bytes, folder: Path) -> Facts:
    """What was found out, with the files in the folder; nothing if the answer makes no sense.

    Raises RefusedError.
    """
    try:
        read = Answer.model_validate_json(answer)
    except ValidationError:
        return Facts()
    if read.refused:
        raise RefusedError(read.refused)
    said = read.model_dump(exclude={*PICTURES, "clean", "text", "refused"})
    small, large, poster = (_picture(folder / name) if getattr(read, name) else None for name in PICTURES)
    clean = _clean(folder / "clean", read.type) if read.clean else None
    text = _text(folder / "text") if read.text else ""
    return Facts(**said, small=small, large=large, poster=poster, clean=clean, text=text)


def _text(path: Path) -> str:
    """A text that is no longer than it may be, and that any database can store."""
    if path.is_symlink() or not path.is_file():
        return ""
    with path.open("rb") as file:
        return file.read(TEXT_BYTES).decode(errors="ignore").replace("\0", "")


def _picture(path: Path) -> Path | None:
    return path if _is_of(path, "image/webp") and path.stat().st_size <= PICTURE_BYTES else None


def _clean(path: Path, media_type: str) -> Path | None:
    """A clean copy; of a picture it must be one of the same type."""
    if media_type in SIGNATURES and not _is_of(path, media_type):
        return None
    return path if path.is_file() and not path.is_symlink() else None


def _is_of(path: Path, media_type: str) -> bool:
    """Whether a file begins as one of a type does, and is no link to another one."""
    if path.is_symlink() or not path.is_file():
        return False
    at, signature = SIGNATURES[media_type]
    with path.open("rb") as file:
        return file.read(16)[at : at + len(signature)] == signature
