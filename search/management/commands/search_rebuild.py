"""`manage.py search_rebuild`: builds the index of messages again."""

import time
from typing import Any

from django.core.management.base import BaseCommand

from search.progress import progress
from search.rebuilding import rebuild

REPORT_SECONDS = 1.0


class Command(BaseCommand):
    """Can be interrupted: the server, or `manage.py work`, continues."""

    help = "Build the search index again while the site runs. Until it is complete, searches find only a part."

    def handle(self, *args: Any, **options: Any) -> None:
        began = reported = time.monotonic()
        for _step in rebuild():
            if time.monotonic() >= reported + REPORT_SECONDS:
                reported = time.monotonic()
                done, whole = progress()
                self.stdout.write(f"{done / max(1, whole):.0%} of {whole:,} changes")
                self.stdout.flush()
        done, _whole = progress()
        self.stdout.write(f"The index is complete: {done:,} changes in {time.monotonic() - began:.1f} s.")
