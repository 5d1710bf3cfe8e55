"""What a file is, by its contents: the seam between uploads and whatever decodes files."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from files.models import Attachment

Kind = Attachment.Kind

HEAD_BYTES = 512
LINES_CHARS = 600
UNKNOWN = "application/octet-stream"


class RefusedError(Exception):
    """A file is not accepted. `reason` is one of `files.services.uploads.REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found out about a file.

    `small`, `large` and `poster` are files with pictures that were made of it, and `clean` one that takes its place,
    without what others must not learn; all of them are removed with the folder that `inspect` was given.
    `blur` are 72 hexadecimal digits: 4 x 3 colours.
    """

    kind: str = Kind.FILE.value
    type: str = UNKNOWN
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    blur: str | None = None
    small: Path | None = None
    large: Path | None = None
    poster: Path | None = None
    clean: Path | None = None
    waveform: Sequence[int] = field(default_factory=tuple)
    lines: str | None = None
    animated: bool = False

    def shown(self) -> dict[str, Any]:
        """The part that messages contain; what is absent has its default."""
        values: dict[str, Any] = {
            "width": self.width,
            "height": self.height,
            "seconds": self.seconds,
            "blur": self.blur,
            "small": self.small is not None,
            "large": self.large is not None,
            "poster": self.poster is not None,
            "waveform": list(self.waveform),
            "lines": self.lines,
            "animated": self.animated,
        }
        return {name: value for name, value in values.items() if value}


def inspect(path: Path, *, name: str, into: Path) -> Facts:
    """Find out what a file is, by its contents; `name` may only decide how text is shown.

    Pictures that are made of it are written into the folder `into`. What can't be recognised is no error. Raises
    RefusedError for what must not be sent.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    for signature, offset, kind, media_type in SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            width, height = _dimensions(path) if kind == Kind.IMAGE else (None, None)
            return Facts(kind=kind.value, type=media_type, width=width, height=height)
    return _text(path) or Facts()


SIGNATURES: list[tuple[bytes, int, Attachment.Kind, str]] = [
    (b"\x89PNG\r\n\x1a\n", 0, Kind.IMAGE, "image/png"),
    (b"\xff\xd8\xff", 0, Kind.IMAGE, "image/jpeg"),
    (b"GIF8", 0, Kind.IMAGE, "image/gif"),
    (b"WEBP", 8, Kind.IMAGE, "image/webp"),
    (b"ftypmp4", 4, Kind.VIDEO, "video/mp4"),
    (b"ftypisom", 4, Kind.VIDEO, "video/mp4"),
    (b"\x1a\x45\xdf\xa3", 0, Kind.VIDEO, "video/webm"),
    (b"ID3", 0, Kind.AUDIO, "audio/mpeg"),
    (b"OggS", 0, Kind.AUDIO, "audio/ogg"),
    (b"%PDF-", 0, Kind.PDF, "application/pdf"),
]


def _dimensions(path: Path) -> tuple[int | None, int | None]:
    try:
        with Image.open(path) as image:
            return image.size
    except Exception:  # noqa: BLE001 (whatever a library says of a broken picture)
        return None, None


def _text(path: Path) -> Facts | None:
    with path.open("rb") as file:
        head = file.read(LINES_CHARS * 4)
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data":
            return None
        text = head[: error.start].decode("utf-8")
    if "\0" in text:
        return None
    return Facts(kind=Kind.TEXT.value, type="text/plain", lines=text[:LINES_CHARS])
