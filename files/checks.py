"""System checks of the settings of files."""

from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.checks import Error, register


@register
def check_storage(**_options: Any) -> list[Error]:
    """Files are sent by nginx from a folder, or stored in a bucket, which needs a library."""
    found = []
    if settings.FILES_S3_BUCKET and settings.FILES_ACCEL_LOCATION:
        hint = "Unset FILES_ACCEL_LOCATION: nginx can't read what is in the bucket."
        found.append(Error("FILES_S3_BUCKET and FILES_ACCEL_LOCATION exclude each other.", hint=hint, id="files.E001"))
    if settings.FILES_S3_BUCKET and find_spec("storages") is None:
        hint = "Run pip install -r requirements-s3.txt."
        found.append(Error("FILES_S3_BUCKET needs django-storages and boto3.", hint=hint, id="files.E002"))
    if settings.FILES_ACCEL_LOCATION and not _is_location(settings.FILES_ACCEL_LOCATION):
        hint = "Write it as in nginx: /sarangbang-files/."
        found.append(Error("FILES_ACCEL_LOCATION is not a location.", hint=hint, id="files.E003"))
    return found


def _is_location(text: str) -> bool:
    return len(text) > 2 and text.startswith("/") and text.endswith("/") and text.isascii() and text.isprintable()
