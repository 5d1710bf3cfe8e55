"""chatproject.logs: repeated messages are logged once."""

import logging

import pytest

from chatproject.logs import SELDOM_SECONDS, BriefRefusals, Seldom


def record(text: str, *, at: float) -> logging.LogRecord:
    made = logging.LogRecord("psycopg.pool", logging.WARNING, "", 0, text, (object(),), None)
    made.created = at
    return made


def test_a_message_passes_at_intervals_whatever_its_arguments() -> None:
    seldom = Seldom()
    passed = [at for at in range(100) if seldom.filter(record("discarding %s", at=1000.0 + at / 10))]
    assert passed == [0]
    assert seldom.filter(record("discarding %s", at=1000.0 + SELDOM_SECONDS))
    assert seldom.filter(record("error connecting in %r", at=1000.0))


@pytest.mark.parametrize(
    ("logger", "level", "keeps"),
    [
        ("django.request", logging.WARNING, False),
        ("django.security.RequestDataTooBig", logging.ERROR, False),
        ("django.security.DisallowedHost", logging.ERROR, False),
        ("django.request", logging.ERROR, True),
        ("chat.live.writer", logging.WARNING, True),
    ],
)
def test_a_refused_request_leaves_no_traceback(logger: str, level: int, keeps: bool) -> None:
    made = logging.LogRecord(logger, level, "", 0, "refused", (), (ValueError, ValueError(), None))
    assert BriefRefusals().filter(made)
    assert bool(made.exc_info) is keeps
