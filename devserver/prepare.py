"""Brings the database of `bin/dev` up to date."""

import sys

import django
from django.core.management import CommandError, call_command
from django.db import connections


def prepare() -> None:
    """Migrate, and add the demo team to a space without people."""
    django.setup()
    call_command("migrate", verbosity=0)
    try:
        call_command("demo")
    except CommandError as error:
        sys.stderr.write(f"dev: {error}\n")  # somebody signed up here before the demo came
    connections.close_all()
