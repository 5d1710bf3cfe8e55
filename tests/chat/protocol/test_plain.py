"""The HTML of a text without markup: the same in Python and JavaScript (tests/js/net/decode.test.js)."""

import json

import pytest

from chat.protocol.plain import plain
from chat.services.markup import render
from tests.harness.services import BASE_DIR

pytestmark = pytest.mark.once

CASES = json.loads((BASE_DIR / "tests" / "harness" / "plain_texts.json").read_text())


@pytest.mark.parametrize(("body", "html"), CASES)
def test_a_text_without_markup_becomes_paragraphs_and_line_breaks(body: str, html: str) -> None:
    assert plain(body) == html


@pytest.mark.parametrize("body", [body for body, _html in CASES if body])
def test_a_text_without_links_is_rendered_as_plain_text(body: str) -> None:
    assert render(body) == plain(body)
