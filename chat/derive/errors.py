"""Failures: descriptions that contain no text of people, and threads that survive them."""

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import DatabaseError, InterfaceError, connection

from chat.models.deriver_state import ERROR_CHARS

logger = logging.getLogger(__name__)

LOST_CONNECTION = (DatabaseError, InterfaceError)
"""The errors with which the database fails as a whole."""


def described(error: BaseException) -> str:
    """The type of an exception and where it was raised. Its text is left out: it may contain the text of a message."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"[:ERROR_CHARS]


@contextmanager
def survives_failures(what: str, *, pause: Callable[[], None]) -> Iterator[None]:
    """Log whatever is raised inside, close the thread's connection, and pause."""
    try:
        yield
    except LOST_CONNECTION as error:
        logger.warning("%s are waiting for the database: %s", what, described(error))
        connection.close()
        pause()
    except Exception as error:
        logger.error("%s failed: %s", what, described(error))  # noqa: TRY400 (a traceback shows texts)
        connection.close()
        pause()
