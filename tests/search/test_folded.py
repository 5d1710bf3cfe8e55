"""The short way of folding a text gives the same as the long one, and places lead back to the original."""

import sys

import pytest

from chat.unicode import fold
from search.folded import Folded, folded

pytestmark = pytest.mark.once


def test_every_character_is_folded_as_the_names_of_people_are() -> None:
    characters = (chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000)
    assert [one for one in characters if folded(f"가{one}") != fold(f"가{one}")] == []


@pytest.mark.parametrize(
    ("text", "sought", "place"),
    [
        ("Hello", "hello", (0, 5)),
        ("😀 Hello", "hello", (3, 5)),
        ("ＨＥＬＬＯ 회의", "회의", (6, 2)),
        ("㎏ 회의", "회의", (2, 2)),
        ("e\u0301te\u0301 회의", "회의", (6, 2)),
        ("\u1112\u116c\u110b\u1174", "회의", (0, 4)),
        ("회의\u1112\u116c\u110b\u1174", "회의", (0, 2)),
        ("ﷺ x", "x", (2, 1)),
    ],
)
def test_places_are_those_of_the_original_in_utf_16(text: str, sought: str, place: tuple[int, int]) -> None:
    found = Folded(text)
    at = found.text.index(sought)
    assert found.span(at, at + len(sought)) == place
