"""What can go wrong, by the codes of the wire."""

import re

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy

from chat.protocol import errors, events, shapes
from chat.protocol.errors import ERRORS, CloseCode, RateLimited

pytestmark = pytest.mark.once


def test_every_error_has_a_code_of_its_own_and_a_sentence() -> None:
    subclasses = set(errors.ChatError.__subclasses__())
    assert set(ERRORS.values()) == subclasses
    for code, error in ERRORS.items():
        assert error.code == code
        assert re.fullmatch(r"[a-z_]+", code)
        assert str(error().message).endswith(".")


def test_every_close_code_is_one_that_daphne_can_send() -> None:
    assert all(code == 1000 or 3000 <= code <= 4999 for code in CloseCode)
    assert len({int(code) for code in CloseCode}) == len(CloseCode)


def test_an_error_is_answered_in_the_language_of_its_reader() -> None:
    error = errors.NotFound()
    with translation.override("en"):
        english = shapes.Error.of(error).message
    with translation.override("ko"):
        korean = shapes.Error.of(error).message
    assert english == "This does not exist, or you may not see it."
    assert re.search("[가-힣]", korean)


def test_what_an_error_does_not_have_is_left_out_on_the_wire() -> None:
    bare = events.ErrorEvent(error=shapes.Error.of(errors.Archived()))
    assert "field" not in bare.encode()
    assert "retry_after" not in bare.encode()
    full = events.Refusal(ref=1, error=shapes.Error.of(RateLimited(field="x", retry_after=1.5)))
    assert '"field":"x","retry_after":1.5' in full.encode()


@pytest.mark.parametrize("error", ERRORS.values())
def test_a_sentence_may_be_replaced(error: type[errors.ChatError]) -> None:
    assert str(error(gettext_lazy("Just so."))) == "Just so."
