"""chatproject.server.extensions"""

import pytest

from chatproject.server.extensions import MAX_OFFERS, negotiate

pytestmark = pytest.mark.once

ANSWER = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
ANSWER_WITH_BITS = f"{ANSWER}; server_max_window_bits=12"


@pytest.mark.parametrize(
    "offer",
    [
        "permessage-deflate",
        "  permessage-deflate\t",
        "permessage-deflate; client_max_window_bits",
        "permessage-deflate;client_max_window_bits=8",
        "permessage-deflate; client_max_window_bits=15",
        'permessage-deflate; client_max_window_bits="10"',
        "permessage-deflate; client_no_context_takeover; server_no_context_takeover",
        "permessage-bzip2, permessage-deflate",
        "x-webkit-deflate-frame; no_context_takeover, permessage-deflate",
        'x-other; text="a, b; c", permessage-deflate',
        ", permessage-deflate,",
    ],
)
def test_a_valid_offer_is_answered_without_context_in_either_direction(offer: str) -> None:
    assert negotiate(offer) == ANSWER


@pytest.mark.parametrize("bits", [12, 13, 14, 15])
def test_a_client_that_limits_our_window_is_given_ours_if_it_is_within_the_limit(bits: int) -> None:
    assert negotiate(f"permessage-deflate; server_max_window_bits={bits}") == ANSWER_WITH_BITS


@pytest.mark.parametrize("bits", [8, 9, 10, 11])
def test_an_offer_of_a_smaller_window_than_ours_is_declined(bits: int) -> None:
    assert negotiate(f"permessage-deflate; server_max_window_bits={bits}") is None


@pytest.mark.parametrize(
    "offer",
    [
        "",
        ",",
        "permessage-bzip2",
        "permessage-deflates",
        "Permessage-Deflate",
        "permessage-deflate;",
        "permessage-deflate; unknown",
        "permessage-deflate; unknown=12",
        "permessage-deflate; client_no_context_takeover=1",
        "permessage-deflate; client_no_context_takeover=",
        'permessage-deflate; server_no_context_takeover=""',
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; client_max_window_bits; client_max_window_bits=12",
        "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; client_max_window_bits=16",
        "permessage-deflate; client_max_window_bits=",
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=012",
        "permessage-deflate; server_max_window_bits=+12",
        "permessage-deflate; server_max_window_bits=1_2",
        "permessage-deflate; server_max_window_bits=12.0",
        "permessage-deflate; server_max_window_bits=12=12",
        "permessage-deflate; server_max_window_bits=١٢",
        'permessage-deflate; server_max_window_bits="12',
        'x-other; text="a, permessage-deflate, b"',
        'x-other; text="a, permessage-deflate',
    ],
)
def test_an_invalid_or_unknown_offer_is_declined(offer: str) -> None:
    assert negotiate(offer) is None


def test_of_several_offers_the_first_acceptable_one_is_taken() -> None:
    offers = [
        "permessage-deflate; unknown",
        "permessage-deflate; server_max_window_bits=9",
        "permessage-deflate; server_max_window_bits=14",
        "permessage-deflate",
    ]
    assert negotiate(", ".join(offers)) == ANSWER_WITH_BITS


def test_offers_beyond_a_maximum_are_not_read() -> None:
    assert negotiate("x-other, " * (MAX_OFFERS - 1) + "permessage-deflate") == ANSWER
    assert negotiate("x-other, " * MAX_OFFERS + "permessage-deflate") is None
