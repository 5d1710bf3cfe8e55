"""What was found out about a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

UNKNOWN = "application/octet-stream"
PLAIN = "file"
"""The kind of a file that is neither shown nor played."""


class RefusedError(Exception):
    """A file is not accepted. `reason` is `pixels` for a picture that has too many to be decoded."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found out about a file.

    `small`, `large` and `poster` are files with pictures that were made of it, and `clean` one that takes its place,
    without what others must not learn. `text` is the beginning of a text, for the search. `blur` are 72 hexadecimal
    digits: 4 x 3 colours.
    """

    kind: str = PLAIN
    type: str = UNKNOWN
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    blur: str | None = None
    small: Path | None = None
    large: Path | None = None
    poster: Path | None = None
    clean: Path | None = None
    waveform: Sequence[int] = ()
    lines: str | None = None
    text: str = ""
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
