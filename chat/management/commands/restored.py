"""`manage.py restored`: to be run once after a backup was restored."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chat.models import Space
from chat.services.spaces import begin_epoch


class Command(BaseCommand):
    """Begins a new epoch, so that no browser goes on from what this database has forgotten."""

    help = "Tell browsers to forget what they know, after this database was restored from a backup."

    def handle(self, *args: Any, **options: Any) -> None:
        """Begin it."""
        if Space.objects.current() is None:
            raise CommandError("There is no space in this database.")
        begin_epoch()
        self.stdout.write("A new epoch has begun. Start the server processes now, or restart them.")
