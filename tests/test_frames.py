"""chatproject.frames"""

import pytest
from websockets.frames import Frame, Opcode

from chatproject.frames import FrameCache, text_frame

pytestmark = pytest.mark.once


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 100_000])
def test_a_frame_is_what_another_implementation_makes_of_the_text(length: int) -> None:
    expected = Frame(Opcode.TEXT, b"x" * length).serialize(mask=False)
    assert text_frame("x" * length) == expected


def test_the_length_of_a_frame_counts_bytes_not_characters() -> None:
    assert text_frame("방" * 100) == Frame(Opcode.TEXT, "방".encode() * 100).serialize(mask=False)


def test_a_text_is_framed_once_for_all_that_ask() -> None:
    cache, text = FrameCache(), "x" * 1000
    assert cache.frame(text) is cache.frame(text)


def test_another_text_gets_its_own_frame() -> None:
    cache = FrameCache()
    for text in ("one", "two", "one", ""):
        assert cache.frame(text) == text_frame(text)


def test_a_text_that_cannot_be_encoded_leaves_the_cache_as_it_was() -> None:
    cache = FrameCache()
    cache.frame("before")
    for _ in range(2):
        with pytest.raises(UnicodeEncodeError):
            cache.frame("\ud800")
    assert cache.frame("before") == text_frame("before")
