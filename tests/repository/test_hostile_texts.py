"""No text that anybody sends keeps the site busy."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.harness.hostile_meter import LENGTHS, Meter, budget_of, running_meter
from tests.harness.hostile_texts import MARKUP, PATTERNS, Pattern, patterns

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def meter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Meter]:
    with running_meter(tmp_path_factory.mktemp("meter")) as meter:
        yield meter


def too_slow(meter: Meter, entrance: str, some: list[Pattern]) -> list[tuple[float, Pattern]]:
    costs = [(meter.extra(entrance, one), one) for one in some]
    return [(cost, one) for cost, one in costs if cost > budget_of(entrance)]


def test_every_entrance_is_measured(meter: Meter) -> None:
    assert set(meter.entrances) == LENGTHS.keys()
    assert len(PATTERNS) >= 60
    assert len(MARKUP) >= 60


@pytest.mark.parametrize("entrance", LENGTHS)
def test_no_hostile_text_takes_longer_than_its_budget(meter: Meter, entrance: str) -> None:
    assert too_slow(meter, entrance, PATTERNS + (MARKUP if entrance == "body" else [])) == []


@settings(max_examples=150)
@given(patterns)
def test_no_body_of_a_new_pattern_takes_longer_than_its_budget(meter: Meter, pattern: Pattern) -> None:
    assert too_slow(meter, "body", [pattern]) == []


@settings(max_examples=150)
@given(patterns, st.sampled_from([entrance for entrance in LENGTHS if entrance != "body"]))
def test_no_field_of_a_new_pattern_takes_longer_than_its_budget(meter: Meter, pattern: Pattern, entrance: str) -> None:
    assert too_slow(meter, entrance, [pattern]) == []
