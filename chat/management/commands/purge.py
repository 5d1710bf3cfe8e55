"""`manage.py purge`: removes the remaining contents of deleted rooms at once."""

from typing import Any

from django.core.management.base import BaseCommand

from chat.models import Room
from chat.services.deleted_rooms import finish_deletions
from chat.services.room_polls import forget_polls_of_deleted_messages
from chat.services.versions import forget_texts_of_deleted_messages


class Command(BaseCommand):
    """Does at once what a running server does within a minute."""

    help = "Remove the messages of deleted rooms that are still stored. A running server does this automatically."

    def handle(self, *args: Any, **options: Any) -> None:
        """Remove the contents, and print the number of rooms found."""
        count = Room.deleted.count()
        finish_deletions()
        forget_texts_of_deleted_messages()
        forget_polls_of_deleted_messages()
        self.stdout.write(f"{count} deleted rooms had remaining contents." if count else "Nothing was left.")
