"""The addresses under which files are read (`files/web/routes.py`)."""

from urllib.parse import quote

from files.models import Attachment
from files.storage import Variant

PICTURES = (Variant.SMALL, Variant.POSTER)


def of_file(file: Attachment) -> str:
    """The address of a file, which ends with its name."""
    return f"/files/{file.pk}/{quote(file.name, safe='')}"


def of_picture(file: Attachment) -> str:
    """The address of a small picture of a file; "" if there is none."""
    made = next((variant for variant in PICTURES if file.facts.get(variant.value)), None)
    if made is not None:
        return f"/files/{file.pk}/{made}/"
    return of_file(file) if file.kind == Attachment.Kind.IMAGE else ""
