"""A lasting failure is logged as a state, not once for each occurrence."""

import logging
import sqlite3

import pytest
from django.db import OperationalError

from chat.live.outage import HELD_SECONDS, REPEAT_SECONDS, Outage, reason_of


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outage(clock: Clock, caplog: pytest.LogCaptureFixture) -> Outage:
    caplog.set_level(logging.INFO)
    return Outage("It fails", "It works", clock=clock)


def test_a_thousand_failures_are_one_line(outage: Outage, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(1000):
        outage.failed(OperationalError("gone"))
    assert [record.getMessage() for record in caplog.records] == ["It fails: OperationalError (gone; 1 failures)"]
    assert caplog.records[0].exc_info is None


def test_a_lasting_failure_is_logged_once_a_minute_with_its_count(
    outage: Outage, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(int(REPEAT_SECONDS) + 1):
        outage.failed(OperationalError("gone"))
        clock.now += 1
    assert len(caplog.records) == 2
    assert "61 failures" in caplog.messages[1]


def test_the_end_is_logged_once(outage: Outage, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    outage.failed(OperationalError("gone"))
    clock.now += 12
    outage.worked()
    outage.worked()
    assert caplog.messages[1:] == ["It works, 12 s after the first of 1 failures"]


def test_another_reason_is_logged_at_once(outage: Outage, caplog: pytest.LogCaptureFixture) -> None:
    outage.failed(OperationalError("gone"))
    outage.failed(sqlite_error("SQLITE_FULL"))
    assert "the disk is full" in caplog.messages[1]


def test_a_failure_lasts_until_a_success_or_a_pause_without_failures(outage: Outage, clock: Clock) -> None:
    outage.failed(OperationalError("gone"))
    clock.now += HELD_SECONDS - 1
    assert outage.reason == "OperationalError"
    outage.worked()
    assert outage.reason == ""
    outage.failed(OperationalError("gone"))
    clock.now += HELD_SECONDS + 1
    assert outage.reason == ""


def sqlite_error(name: str) -> OperationalError:
    """An error as Django raises it, with its cause."""
    cause = sqlite3.OperationalError("database or disk is full")
    cause.sqlite_errorcode = getattr(sqlite3, name)
    error = OperationalError(str(cause))
    error.__cause__ = cause
    return error


def test_the_reason_is_in_words_and_does_not_disclose_the_statement() -> None:
    class DiskFullError(Exception):
        sqlstate = "53100"

    error = OperationalError('could not extend file "base/16384/2608"')
    error.__cause__ = DiskFullError("could not extend file")
    assert reason_of(error) == reason_of(sqlite_error("SQLITE_FULL")) == "the disk is full"
    assert reason_of(sqlite_error("SQLITE_CANTOPEN")) == "the file cannot be opened"
    assert reason_of(OperationalError("password for 10.0.0.7")) == "OperationalError"
