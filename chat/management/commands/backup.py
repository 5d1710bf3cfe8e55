"""`manage.py backup`: writes the database and the uploads to files that only their owner can read."""

import contextlib
import os
import sqlite3
import subprocess
import tarfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone


class Command(BaseCommand):
    """Writes DIRECTORY/DATE-TIME.dump (PostgreSQL) or .sqlite3, and DATE-TIME-media.tar.gz (pictures) and
    DATE-TIME-files.tar.gz (files of messages) if there are some."""

    help = "Back up the database and the uploads while the site runs, to files that only their owner can read."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", type=Path, help="where to write the files; created if it does not exist")

    def handle(self, *args: Any, directory: Path, **options: Any) -> None:
        os.umask(0o077)
        directory.mkdir(parents=True, exist_ok=True)
        stamp = f"{timezone.now():%Y-%m-%d-%H%M%S}"
        dump, suffix = (dump_postgresql, "dump") if connection.vendor == "postgresql" else (copy_sqlite, "sqlite3")
        self._write(directory / f"{stamp}.{suffix}", dump)
        for folder in (settings.MEDIA_ROOT, settings.FILES_ROOT):  # after the database, which names what is in them
            if Path(folder).is_dir():
                self._write(directory / f"{stamp}-{Path(folder).name}.tar.gz", partial(pack, folder=folder))

    def _write(self, target: Path, write: Callable[[Path], None]) -> None:
        """Write to a temporary file first, so that a failed backup leaves no file that looks like a backup."""
        part = target.with_name(f"{target.name}.part")
        part.touch(mode=0o600, exist_ok=False)
        try:
            write(part)
            part.rename(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        self.stdout.write(str(target))


def dump_postgresql(target: Path) -> None:
    """Run `pg_dump`, with the password in the environment: any user of the machine can read a command line."""
    from django.db.backends.postgresql.client import DatabaseClient

    (_psql, *given), env = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    command = ["pg_dump", "--format=custom", f"--file={target}", *given]
    try:
        subprocess.run(command, env=os.environ | (env or {}), check=True)  # noqa: S603 (no input from outside)
    except FileNotFoundError:
        raise CommandError("There is no pg_dump. On Debian and Ubuntu: apt install postgresql-client") from None
    except subprocess.CalledProcessError as error:
        raise CommandError(f"pg_dump failed with exit code {error.returncode}.") from None


def copy_sqlite(target: Path) -> None:
    """Use SQLite's own backup, which is consistent during concurrent writes."""
    connection.ensure_connection()
    with contextlib.closing(sqlite3.connect(target)) as copy:
        connection.connection.backup(copy)


def pack(target: Path, *, folder: Path) -> None:
    """Pack a folder under its own name."""
    with tarfile.open(target, "w:gz") as archive:
        archive.add(folder, arcname=Path(folder).name)
