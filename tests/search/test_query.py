"""How a query is divided into terms: the same in Python and JavaScript (tests/js/lib/query.test.js)."""

import json

import pytest

from search.query import terms
from tests.harness.services import BASE_DIR

pytestmark = pytest.mark.once

CASES = json.loads((BASE_DIR / "tests" / "harness" / "queries.json").read_text())


@pytest.mark.parametrize(("query", "expected"), CASES)
def test_a_query_is_divided_into_words_phrases_and_operators(query: str, expected: list[list[object]]) -> None:
    found = [[term.kind, term.value, query[term.start : term.end], term.is_negated] for term in terms(query)]
    assert found == expected
