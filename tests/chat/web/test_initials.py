"""What stands for the picture of a person who has none."""

import json

import pytest

from chat.templatetags.people import initials
from tests.harness.services import BASE_DIR

pytestmark = pytest.mark.once

CASES = json.loads((BASE_DIR / "tests" / "harness" / "initials.json").read_text())


@pytest.mark.parametrize(("name", "expected"), CASES)
def test_initials_are_those_that_the_room_page_draws(name: str, expected: str) -> None:
    assert initials(name) == expected
