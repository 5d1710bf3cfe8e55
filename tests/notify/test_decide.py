"""notify/decide.py"""

import json
from typing import Any

import pytest

from notify.decide import Facts, decide, is_quiet
from tests.harness.services import BASE_DIR

pytestmark = pytest.mark.once

HARNESS = BASE_DIR / "tests" / "harness"
DECISIONS = json.loads((HARNESS / "notify_decisions.json").read_text())
QUIET_HOURS = json.loads((HARNESS / "quiet_hours.json").read_text())


@pytest.mark.parametrize(("facts", "channels"), [case[1:] for case in DECISIONS], ids=[case[0] for case in DECISIONS])
def test_facts_decide_on_the_channels(facts: dict[str, Any], channels: list[str]) -> None:
    assert sorted(decide(Facts(**facts))) == channels


@pytest.mark.parametrize(
    ("hours", "weekday", "minute", "quiet"), [case[1:] for case in QUIET_HOURS], ids=[case[0] for case in QUIET_HOURS]
)
def test_quiet_hours_begin_on_their_days_and_may_last_beyond_midnight(
    hours: dict[str, Any] | None, weekday: int, minute: int, quiet: bool
) -> None:
    assert is_quiet(hours, weekday=weekday, minute=minute) is quiet
