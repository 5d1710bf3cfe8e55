"""`manage.py resettwosteps`: lets somebody who lost their phone sign in with the password alone."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chat.models import User
from chat.services import two_steps


class Command(BaseCommand):
    """For the last administrator; anybody else is helped by an administrator."""

    help = "Remove the two-step sign-in of a person, who can then sign in with the password alone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        """Remove it, and say what happens next."""
        user = User.objects.filter(username=User.normalize_username(username)).first()
        if user is None:
            raise CommandError(f"Nobody has the username {username}.")
        two_steps.reset(None, user_id=user.pk)
        user.refresh_from_db()
        self.stdout.write(f"{user} can sign in with the password alone.")
        if user.rights_suspended:
            self.stdout.write("They have no rights in the administration until they set up two-step sign-in again.")
