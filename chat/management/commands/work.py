"""`manage.py work`: the background work of a site with Redis, in a process of its own."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from chat.derive.background import Background


class Command(BaseCommand):
    """Any number of them may run: one derives, and takes over within seconds from one that ended."""

    help = "Do the background work of the site until SIGTERM. A site without Redis does it in its server process."

    def handle(self, *args: Any, **options: Any) -> None:
        """Work until a signal, then finish what is in progress."""
        ended = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ended.set())
        background = Background()
        self.stdout.write("Working")
        self.stdout.flush()
        background.start()
        ended.wait()
        background.stop()
        background.join()
