"""What is stored of a typed text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.models.message import BODY_CHARS
from chat.protocol.errors import ChatError, Invalid, TooLarge
from chat.services.text import clean_body, clean_line

pytestmark = pytest.mark.once


def test_every_kind_of_line_break_becomes_one() -> None:
    assert clean_body("a\r\nb\rc\nd") == "a\nb\nc\nd"


def test_space_at_the_end_is_dropped_and_indentation_kept() -> None:
    assert clean_body("\n\n  code\n    more  \n\n") == "  code\n    more"


def test_a_body_is_measured_after_it_was_tidied() -> None:
    assert len(clean_body("x" * BODY_CHARS + " \n ")) == BODY_CHARS


@pytest.mark.parametrize("body", ["", " ", "\n\t\r\n", "\u3000", "a\x00b"])
def test_a_blank_body_or_one_that_no_database_stores_is_refused(body: str) -> None:
    with pytest.raises(Invalid) as caught:
        clean_body(body)
    assert caught.value.field == "body"


def test_a_body_that_is_too_long_is_refused() -> None:
    with pytest.raises(TooLarge):
        clean_body("x" * (BODY_CHARS + 1))


@given(st.text(max_size=60))
def test_a_line_is_one_line(text: str) -> None:
    try:
        line = clean_line(text, field="name", limit=40, required=True)
    except ChatError:
        return
    assert line == line.strip()
    assert len(line.splitlines()) == 1
    assert 0 < len(line) <= 40


def test_a_line_may_be_empty_only_where_it_is_not_required() -> None:
    assert clean_line("  ", field="topic", limit=10, required=False) == ""
    with pytest.raises(Invalid):
        clean_line("  ", field="name", limit=10, required=True)
    with pytest.raises(TooLarge):
        clean_line("x" * 11, field="name", limit=10, required=True)
