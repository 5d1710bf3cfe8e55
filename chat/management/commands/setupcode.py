"""`manage.py setupcode`: prints the code to enter on the first page of a new site."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chat.models import Space
from chat.services.setup_code import setup_code


class Command(BaseCommand):
    """Prints the setup code, as long as there is no space."""

    help = "Print the setup code, which the first page of a new site requires."

    def handle(self, *args: Any, **options: Any) -> None:
        if Space.objects.current() is not None:
            raise CommandError("The space is there already: nobody needs a setup code any more.")
        self.stdout.write(setup_code())
