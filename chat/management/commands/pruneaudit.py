"""`manage.py pruneaudit`: removes old entries of the audit."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chat.protocol.errors import NotFound
from chat.services.audit_retention import MOST_DAYS, prune_audit


def days(text: str) -> int:
    """The number of days in an argument."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MOST_DAYS)) and 1 <= int(text) <= MOST_DAYS):
        raise argparse.ArgumentTypeError(f"must be a number of days from 1 to {MOST_DAYS}")
    return int(text)


class Command(BaseCommand):
    """Nothing else removes entries of the audit. Removing some adds an entry that says how many."""

    help = "Remove the entries of the audit that are older than a number of days, while the site runs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--keep", type=days, required=True, metavar="DAYS", help="how many days of it to keep")

    def handle(self, *args: Any, keep: int, **options: Any) -> None:
        """Remove the entries, and print how many."""
        try:
            count = prune_audit(keep_days=keep)
        except NotFound:
            raise CommandError("There is no space in this database.") from None
        self.stdout.write(f"{count} entries older than {keep} days were removed.")
