"""`manage.py search_rebuild`: builds the index of messages again."""

import time
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Max

from chat.models import Message
from search.rebuilding import rebuild

REPORT_SECONDS = 1.0


class Command(BaseCommand):
    """Can be interrupted: the server, or `manage.py work`, continues."""

    help = "Build the search index again while the site runs. Until it is complete, searches find only a part."

    def handle(self, *args: Any, **options: Any) -> None:
        newest = Message.objects.aggregate(newest=Max("pk"))["newest"] or 1
        began = reported = time.monotonic()
        for message in rebuild():
            if time.monotonic() >= reported + REPORT_SECONDS:
                reported = time.monotonic()
                self.stdout.write(f"{min(1, message / newest):.0%}")
                self.stdout.flush()
        self.stdout.write(f"The index is complete, after {time.monotonic() - began:.1f} s.")
