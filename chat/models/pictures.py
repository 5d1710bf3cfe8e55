"""The names under which the two sizes of a picture are stored. A row holds the name of the small one."""

from django.db.models.fields.files import FieldFile

SMALL_ENDING = "-96.webp"
LARGE_ENDING = "-256.webp"


def large_name(small: str) -> str:
    """The name of the large picture, or its URL if the URL of the small one is given."""
    return small.removesuffix(SMALL_ENDING) + LARGE_ENDING if small.endswith(SMALL_ENDING) else small


def large_url(small: FieldFile) -> str:
    """The URL of the large picture; an empty string if there is none."""
    return large_name(small.url) if small else ""
