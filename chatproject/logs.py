"""What is written to the log, and how much of it."""

import logging

from django.db.utils import InterfaceError, OperationalError


class Brief(logging.Filter):
    """Leaves the traceback away where it tells nothing: whoever sends nonsense could fill the disk with it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every record passes, without its traceback."""
        record.exc_info = None
        return True


class BriefOutages(logging.Filter):
    """Leaves the traceback away where a request failed because the database is away: it would be the same each time."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every record passes, such a one as a line that names the error."""
        if record.exc_info and isinstance(record.exc_info[1], (OperationalError, InterfaceError)):
            record.msg, record.args = f"{record.getMessage()} ({record.exc_info[0].__name__})", ()
            record.exc_info = None
        return True
