"""How many files, and how large ones, a person may send. Administrators change what is a setting of the space."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from chat.models.space_settings import Section, Whole, register
from chat.protocol.errors import RateLimited
from chat.services.quotas import HOUR, MINUTE, Quota

MEGABYTE = 1024 * 1024
PART_BYTES = MEGABYTE
"""Largest part of an upload: a larger one would make others wait."""

UNFINISHED_PER_PERSON = 40
"""Most files of a person that are being uploaded, or are uploaded and not sent."""

KEPT_HOURS = 24
"""How long a file is kept that nobody sends."""

FILE_MEGABYTES = register(
    Whole(
        name="file_megabytes",
        section=Section.LIMITS,
        label=_("Largest file in megabytes"),
        help_text=_("Files that were sent already stay."),
        read_default=lambda: max(1, settings.MAX_FILE_BYTES // MEGABYTE),
        minimum=1,
        maximum=10_000,
    )
)
PERSON_FILES_MEGABYTES = register(
    Whole(
        name="person_files_megabytes",
        section=Section.LIMITS,
        label=_("Space for the files of a person in megabytes"),
        help_text=_("0 for no limit. Deleted files do not count."),
        read_default=lambda: 10_000,
        minimum=0,
        maximum=10_000_000,
    )
)
SPACE_FILES_MEGABYTES = register(
    Whole(
        name="space_files_megabytes",
        section=Section.LIMITS,
        label=_("Space for all files in megabytes"),
        help_text=_("0 for no limit but that of the disk."),
        read_default=lambda: 0,
        minimum=0,
        maximum=1_000_000_000,
    )
)

UPLOADS = Quota(
    burst=300,
    seconds=HOUR,
    sentence=_("You have uploaded many files in a short time. Try again in a few minutes."),
)
PARTS = Quota(burst=1_200, seconds=MINUTE, sentence=RateLimited.sentence)
"""Parts of uploads, cancelled uploads, and questions about them."""
