"""`manage.py demo`: adds a small team with two weeks of messages, and prints how to sign in."""

import os
import secrets
import zoneinfo
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from chat.demo import team
from chat.demo.cast import OTHERS, OWNER, SPACE_NAME
from chat.models import Space, User
from chat.protocol.errors import Conflict

LOCAL_TIME = Path("/etc/localtime")

# Without letters and digits that look alike, because people type this by hand.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS = 3
GROUP_LETTERS = 4


class Command(BaseCommand):
    """Creates the space with the demo in it. A second run changes nothing and prints the same sign-in."""

    help = "Add a small team with two weeks of messages to a fresh space, and print how to sign in."

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the demo if it does not exist, then print how to sign in."""
        if not team.is_here():
            if Space.objects.current() is not None or User.objects.exists():
                raise CommandError(
                    "This space belongs to people already, and the demo stays out of it. "
                    "Give it a place of its own: VAR_DIR=var/demo bin/run --demo"
                )
            try:
                team.create(kept_password(), datetime.now(local_zone()))
            except Conflict as error:
                raise CommandError(f"The demo was not created: {error}") from error
        self.stdout.write(self.sign_in())
        self.stdout.flush()  # `bin/dev` serves in this process, perhaps with its output in a file

    def sign_in(self) -> str:
        """Instructions for signing in."""
        password = password_file().read_text().strip() if password_file().is_file() else ""
        if authenticate(username=OWNER.username, password=password) is None:
            return (
                f"{SPACE_NAME} is here, and {OWNER.username} has a password that is not kept here. "
                f"Set another: var/venv/bin/python manage.py changepassword {OWNER.username}"
            )
        others = ", ".join(person.username for person in OTHERS)
        return (
            f"{SPACE_NAME} is here, six people and two weeks of talk. Sign in as\n"
            f"  username  {OWNER.username}\n"
            f"  password  {password}\n"
            f"and in a second browser as one of {others}, with the same password."
        )


def password_file() -> Path:
    """The file with the team's password."""
    return Path(settings.VAR_DIR) / "demo-password"


def kept_password() -> str:
    """The team's password. The first call generates it and stores it in a file that only its owner can read."""
    path = password_file()
    if not path.is_file():
        groups = ["".join(secrets.choice(LETTERS) for _ in range(GROUP_LETTERS)) for _ in range(GROUPS)]
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write("-".join(groups) + "\n")
    return path.read_text().strip()


def local_zone() -> tzinfo:
    """The time zone of this machine, on which the demo is most likely viewed; else that of the settings."""
    try:
        with LOCAL_TIME.open("rb") as file:
            return zoneinfo.ZoneInfo.from_file(file)
    except (OSError, ValueError):
        return timezone.get_default_timezone()
