"""What the readers of containers return."""

from collections.abc import Sequence
from dataclasses import dataclass, field

LONGEST_SECONDS = 7 * 24 * 3600
LARGEST_SIDE = 20_000


class BrokenContainerError(ValueError):
    """The file does not have the form of its type."""


@dataclass(slots=True)
class Track:
    """The first picture and sound of a file. `loudness` are numbers of any scale at equal distances of time."""

    seconds: float | None = None
    width: int | None = None
    height: int | None = None
    has_picture: bool = False
    has_sound: bool = False
    loudness: Sequence[float] = field(default_factory=list)

    def last(self, seconds: float) -> None:
        """Note how long it is, unless that is nonsense."""
        if 0 < seconds <= LONGEST_SECONDS:
            self.seconds = round(seconds, 2)

    def show(self, width: int, height: int) -> None:
        """Note the size of the picture, unless that is nonsense."""
        self.has_picture = True
        if 0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE:
            self.width, self.height = width, height
