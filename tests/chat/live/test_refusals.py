"""chat.live.refusals."""

import logging

import pytest

from chat.live import refusals as module
from chat.live.refusals import Reason, Refusals
from tests.harness.inprocess import until

pytestmark = pytest.mark.once


async def test_many_refusals_are_one_line_with_a_count_for_each_reason(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REPORT_SECONDS", 0.01)
    refusals = Refusals()
    for _ in range(1000):
        refusals.count(Reason.BODY)
    refusals.count(Reason.SLOW)
    await until(lambda: caplog.records)
    assert [record.getMessage().partition(": ")[2] for record in caplog.records] == [
        "1000 bodies over their limit, 1 requests that were sent too slowly"
    ]
    assert caplog.records[0].levelno == logging.WARNING

    refusals.count(Reason.SLOW)
    await until(lambda: len(caplog.records) == 2)
    assert caplog.records[1].getMessage().endswith(": 1 requests that were sent too slowly")


async def test_nothing_is_logged_where_nothing_was_refused(caplog: pytest.LogCaptureFixture) -> None:
    Refusals().report()
    assert caplog.records == []
