"""`manage.py search_rebuild`: builds the index of messages again."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Max

from chat.models import Message
from search.index import AlreadyBuildingError
from search.rebuilding import rebuild

REPORT_SECONDS = 1.0


class Command(BaseCommand):
    """Can be interrupted: the index that there was stays in use."""

    help = "Build the search index again while the site runs. Searches use the one that there is until it is complete."

    def handle(self, *args: Any, **options: Any) -> None:
        newest = Message.objects.aggregate(newest=Max("pk"))["newest"] or 1
        began = reported = time.monotonic()
        try:
            for message in rebuild():
                if time.monotonic() >= reported + REPORT_SECONDS:
                    reported = time.monotonic()
                    self._say(f"{min(1, message / newest):.0%}")
                if message >= newest:
                    self._say("All messages are read. The index is being completed.")
        except AlreadyBuildingError:
            raise CommandError("Another process is building the index.") from None
        self.stdout.write(f"The index is complete, after {time.monotonic() - began:.1f} s.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
