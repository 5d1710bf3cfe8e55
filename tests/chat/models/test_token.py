"""The form of tokens, which scanners for secrets recognise."""

import hashlib
import math

import pytest

from chat.models.token import ALPHABET, IS_A_TOKEN, RANDOM_CHARS, digest_of, is_well_formed, new_token

pytestmark = pytest.mark.once


def test_a_token_says_whether_it_is_one_of_a_person_or_a_bot() -> None:
    assert new_token(is_bot=False).startswith("srbp_")
    assert new_token(is_bot=True).startswith("srbb_")


def test_a_token_has_the_form_that_scanners_look_for() -> None:
    tokens = {new_token(is_bot=False) for _time in range(100)}
    assert len(tokens) == 100
    assert all(IS_A_TOKEN.fullmatch(token) and is_well_formed(token) for token in tokens)
    assert math.log2(len(ALPHABET)) * RANDOM_CHARS > 200


def test_a_mistyped_token_is_recognised_by_its_checksum() -> None:
    token = new_token(is_bot=False)
    other = "a" if token[10] != "a" else "b"
    assert not is_well_formed(token[:10] + other + token[11:])


@pytest.mark.parametrize("text", ["", "srbp_", "x" * 200, "srbp_" + "한" * 42, "srbp_" + "a" * 42, "\0"])
def test_a_text_of_another_form_is_no_token(text: str) -> None:
    assert not is_well_formed(text)


def test_a_digest_is_all_that_is_stored() -> None:
    assert digest_of("srbp_a") == hashlib.sha256(b"srbp_a").hexdigest()
