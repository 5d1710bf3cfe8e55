"""`manage.py token`: creates a token for a person or bot, and prints it."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from chat.models import User
from chat.models.token import Scope
from chat.protocol.errors import ChatError
from chat.services.tokens import create_token


class Command(BaseCommand):
    """For scripts on the server, and for administrators who set up a bot."""

    help = "Create a token for a person or bot, and print it: it is not shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--scopes", default="read,write", help=f"some of {','.join(Scope.values)}")
        parser.add_argument("--name", default="manage.py token", help="what will use it")
        parser.add_argument("--days", type=int, help="how long it is valid; without it, until it is revoked")
        parser.add_argument("--rooms", default="", help="ids of the only rooms in which it may be used: 3,14")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        """Create it, and print nothing else."""
        user = User.objects.active().filter(username=User.normalize_username(username)).first()
        if user is None:
            raise CommandError(f"Nobody has the username {username}.")
        days, rooms = options["days"], options["rooms"]
        try:
            ends = None if days is None else timezone.now() + timedelta(days=days)
            room_ids = [int(room) for room in rooms.split(",")] if rooms else None
        except (ValueError, OverflowError) as error:
            raise CommandError(str(error)) from error
        scopes = [scope.strip() for scope in options["scopes"].split(",")]
        try:
            _token, text = create_token(
                None, user_id=user.pk, name=options["name"], scopes=scopes, room_ids=room_ids, expires_at=ends
            )
        except ChatError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(text)
