"""The names under which the two sizes of a picture are stored. A row holds the name of the small one."""

from typing import NamedTuple

from django.db.models.fields.files import FieldFile


class Sizes(NamedTuple):
    """Width and height of the two sizes in pixels, by which their names end."""

    large: int
    small: int

    @property
    def large_ending(self) -> str:
        return f"-{self.large}.webp"

    @property
    def small_ending(self) -> str:
        return f"-{self.small}.webp"


PORTRAIT = Sizes(large=256, small=96)
EMOJI = Sizes(large=128, small=64)


def large_name(small: str) -> str:
    """The name of the large picture, or its URL if the URL of the small one is given."""
    for sizes in (PORTRAIT, EMOJI):
        if small.endswith(sizes.small_ending):
            return small.removesuffix(sizes.small_ending) + sizes.large_ending
    return small


def large_url(small: FieldFile) -> str:
    """The URL of the large picture; an empty string if there is none."""
    return large_name(small.url) if small else ""
