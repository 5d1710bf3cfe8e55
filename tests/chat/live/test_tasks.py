"""chat.live.tasks: work that goes on whatever happens, and says so briefly."""

import asyncio
import logging

import pytest
from django.db import OperationalError

from chat.live import tasks as module
from chat.live.tasks import Tasks
from tests.harness.inprocess import until


@pytest.fixture
def failures(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """What the work still raises, one after another, before it goes well."""
    monkeypatch.setattr(module, "RESTART_SECONDS", 0.001)
    return []


async def keep(failures: list[Exception]) -> None:
    """Do work that raises these failures before it ends."""

    async def work() -> None:
        if failures:
            raise failures.pop(0)
        done.set()

    done = asyncio.Event()
    Tasks(asyncio.get_running_loop()).keep("work", work)
    await until(done.is_set)


async def test_work_that_fails_is_begun_again_and_its_failure_logged(
    failures: list[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    failures += [RuntimeError("a fault"), ValueError("another")]
    await keep(failures)
    assert [record.exc_info is not None for record in caplog.records] == [True, True]


async def test_an_unavailable_database_is_logged_once_for_all_attempts(
    failures: list[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    failures += [OperationalError("gone\nand a long story")] * 3
    await keep(failures)
    [record] = caplog.records
    assert record.getMessage() == "The database does not answer: OperationalError (gone; 1 failures)"
    assert (record.levelno, record.exc_info) == (logging.WARNING, None)
