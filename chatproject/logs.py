"""Filters that keep the log short."""

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
    """Drops the tracebacks of requests that failed because the database is unavailable: they are always the same."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass; replace the traceback of such a failure by the name of the error."""
        if record.exc_info and isinstance(record.exc_info[1], (OperationalError, InterfaceError)):
            record.msg, record.args = f"{record.getMessage()} ({record.exc_info[0].__name__})", ()
            record.exc_info = None
        return True


class Seldom(logging.Filter):
    """Lets a message pass once in SELDOM_SECONDS, whatever its arguments: a pool logs every lost connection."""

    def __init__(self) -> None:
        super().__init__()
        self._passed_at: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Compare message texts without their arguments. There are few, because they are constants of the program."""
        passed_at = self._passed_at.get(str(record.msg))
        if passed_at is not None and record.created - passed_at < SELDOM_SECONDS:
            return False
        self._passed_at[str(record.msg)] = record.created
        return True
