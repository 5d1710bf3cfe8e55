"""chatproject.logs: what would be said a thousand times is said once."""

import logging

from chatproject.logs import SELDOM_SECONDS, Seldom


def record(text: str, *, at: float) -> logging.LogRecord:
    made = logging.LogRecord("psycopg.pool", logging.WARNING, "", 0, text, (object(),), None)
    made.created = at
    return made


def test_a_message_passes_once_in_a_while_whatever_its_arguments() -> None:
    seldom = Seldom()
    passed = [at for at in range(100) if seldom.filter(record("discarding %s", at=1000.0 + at / 10))]
    assert passed == [0]
    assert seldom.filter(record("discarding %s", at=1000.0 + SELDOM_SECONDS))
    assert seldom.filter(record("error connecting in %r", at=1000.0))
