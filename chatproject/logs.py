"""What is written to the log, and how much of it."""

import logging

from django.db.utils import InterfaceError, OperationalError

SELDOM_SECONDS = 10.0


class BriefRefusals(logging.Filter):
    """Drops the tracebacks of refused requests, so that invalid requests cannot fill the disk."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        is_refusal = record.name == "django.request" and record.levelno < logging.ERROR
        if is_refusal or record.name.startswith("django.security."):
            record.exc_info = None
        return True


class BriefOutages(logging.Filter):
    """Drops the traceback of a request that failed because the database is unavailable: it is the same each time."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass; one of such a failure names the error instead."""
        if record.exc_info and isinstance(record.exc_info[1], (OperationalError, InterfaceError)):
            record.msg, record.args = f"{record.getMessage()} ({record.exc_info[0].__name__})", ()
            record.exc_info = None
        return True


class Seldom(logging.Filter):
    """Lets a message pass once in SELDOM_SECONDS, whatever its arguments: a pool logs one for each lost connection."""

    def __init__(self) -> None:
        super().__init__()
        self._passed_at: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Compare message texts without arguments; they are constants of the program, so there are few."""
        passed_at = self._passed_at.get(str(record.msg))
        if passed_at is not None and record.created - passed_at < SELDOM_SECONDS:
            return False
        self._passed_at[str(record.msg)] = record.created
        return True
