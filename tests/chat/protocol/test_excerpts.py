"""The text without markup that lists of rooms show; JavaScript has the same rule (tests/js/lib/words.test.js)."""

import json

import pytest

from chat.protocol.excerpts import EXCERPT_CHARS, HTML_CHARS, excerpt, text_of
from chat.services.markup import render
from client.text import excerpt as excerpt_for_bots
from tests.harness.services import BASE_DIR

pytestmark = pytest.mark.once

CASES = json.loads((BASE_DIR / "tests" / "harness" / "excerpt_texts.json").read_text())


@pytest.mark.parametrize(("html", "text"), CASES)
def test_an_excerpt_has_no_markup_and_shows_nothing_that_is_hidden(html: str, text: str) -> None:
    assert excerpt("the body", html) == excerpt_for_bots(html) == text


def test_the_excerpt_of_a_text_without_markup_is_its_beginning() -> None:
    assert excerpt(" one\n\ntwo  three " + "x" * 10_000, None) == ("one two three " + "x" * 10_000)[:EXCERPT_CHARS]


def test_a_rendered_text_reads_without_its_signs() -> None:
    assert text_of(render("**굵게** `x < y` @mina")) == " 굵게 x < y @mina "


def test_an_excerpt_is_made_from_a_limited_part_of_the_html() -> None:
    assert excerpt("", render("*a*" + " " * HTML_CHARS + "x")) == "a"
