"""`manage.py restored`: run this once after restoring a backup."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chat.models import Space
from chat.services.spaces import begin_epoch


class Command(BaseCommand):
    """Starts a new epoch, so that browsers discard state that is newer than the backup."""

    help = "Make browsers discard their state after this database was restored from a backup."

    def handle(self, *args: Any, **options: Any) -> None:
        if Space.objects.current() is None:
            raise CommandError("There is no space in this database.")
        begin_epoch()
        self.stdout.write("A new epoch has begun. Now start or restart the server processes.")
