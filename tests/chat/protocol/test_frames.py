"""chatproject.server.frames"""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from chat.live.compressible import CompressibleText
from chatproject.server.deflate import deflate
from chatproject.server.frames import COMPRESS_FROM_BYTES, FrameCache, compressed_frame, text_frame, whole_text

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


def marked_as_compressed(frame: bytes) -> bytes:
    """The frame with the first reserved bit (RFC 7692 §6)."""
    return bytes([frame[0] | 0x40]) + frame[1:]


# --- compressed -------------------------------------------------------------------------------------------------------


def test_a_text_that_may_be_compressed_is_sent_as_one_compressed_frame() -> None:
    text = CompressibleText("방" * 1000)
    expected = marked_as_compressed(Frame(Opcode.TEXT, deflate(text.encode())).serialize(mask=False))
    assert compressed_frame(text) == expected


def test_a_text_is_compressed_once_whatever_is_sent_in_between() -> None:
    cache, text = FrameCache(compressed_frame), CompressibleText("x" * 1000)
    first = cache.frame(text)
    cache.frame(CompressibleText("y" * 1000))
    assert cache.frame(text) is first


@pytest.mark.parametrize(
    "text",
    [
        "x" * 1000,
        CompressibleText("x" * (COMPRESS_FROM_BYTES - 1)),
        CompressibleText("".join(map(chr, random.Random(1).choices(range(128), k=COMPRESS_FROM_BYTES + 10)))),
    ],
    ids=["not marked", "short", "incompressible"],
)
def test_a_text_that_may_not_be_compressed_or_would_not_shrink_is_sent_plain(text: str) -> None:
    assert compressed_frame(text) == text_frame(text)


def test_where_compression_was_not_agreed_on_a_marked_text_is_sent_plain() -> None:
    text = CompressibleText("x" * 1000)
    assert FrameCache().frame(text) == text_frame(str(text))


# --- read at once -----------------------------------------------------------------------------------------------------


def masked(payload: bytes, *, opcode: Opcode = Opcode.TEXT, fin: bool = True) -> bytes:
    """A frame as a browser sends it."""
    return Frame(opcode, payload, fin=fin).serialize(mask=True)


@given(st.text(max_size=400))
def test_a_whole_text_is_read_as_it_was_sent(text: str) -> None:
    assert whole_text(masked(text.encode())) == text


@pytest.mark.parametrize("length", [0, 1, 3, 4, 125, 126, 127, 255, 256, 65_535])
def test_a_whole_text_of_any_length_up_to_two_bytes_is_read(length: int) -> None:
    assert whole_text(masked(b"x" * length)) == "x" * length


@pytest.mark.parametrize(
    "received",
    [
        b"",
        b"\x81",
        masked(b"x" * 65_536),
        masked(b"bytes", opcode=Opcode.BINARY),
        masked(b"ping", opcode=Opcode.PING),
        masked(b"the beginning", fin=False),
        masked(b"the rest", opcode=Opcode.CONT),
        b"\xc1" + masked(b"compressed")[1:],
        masked(b"\xff is no UTF-8"),
        masked(b"\xed\xa0\x80 is half a character"),
        masked(b"two") + masked(b"frames"),
        masked(b"cut")[:-1],
        Frame(Opcode.TEXT, b"without a mask").serialize(mask=False),
        # As long as a masked frame would be whose length is read from the second byte alone.
        b"\x81\x05" + b"x" * 137,
        b"\x81\xff" + (119).to_bytes(8, "big") + b"mask" + b"x" * 119,
        b"\x81\xfe" + (5).to_bytes(2, "big") + b"mask" + b"short",
    ],
)
def test_all_other_frames_are_left_to_the_complete_parser(received: bytes) -> None:
    assert whole_text(received) is None


@given(st.text(max_size=400))
def test_a_whole_compressed_text_is_read_where_that_was_agreed_on(text: str) -> None:
    received = marked_as_compressed(masked(deflate(text.encode())))
    assert whole_text(received, 1600) == text
    assert whole_text(received) is None


def test_a_plain_text_is_read_where_compression_was_agreed_on() -> None:
    assert whole_text(masked(b"plain"), 5) == "plain"


@pytest.mark.parametrize(
    "received",
    [
        marked_as_compressed(masked(deflate(b"x" * 101))),
        marked_as_compressed(masked(b"\xff" * 20)),
        marked_as_compressed(masked(deflate(b"\xff is no UTF-8"))),
        marked_as_compressed(masked(deflate(b"bytes"), opcode=Opcode.BINARY)),
        marked_as_compressed(masked(deflate(b"the beginning"), fin=False)),
    ],
    ids=["larger than the limit", "corrupt", "not UTF-8", "binary", "a fragment"],
)
def test_other_compressed_frames_are_left_to_the_complete_parser(received: bytes) -> None:
    assert whole_text(received, 100) is None
