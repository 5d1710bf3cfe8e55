"""Cursors keep what they hold, whatever it is, and anything else is refused without harm."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.streams.cursor import (
    CURSOR_CHARS,
    CURSOR_ROOMS,
    EPOCH_BYTES,
    NUMBER_LIMIT,
    STAMP_BYTES,
    VERSION,
    Cursor,
    CursorError,
    UnknownVersionError,
)

pytestmark = pytest.mark.once

NUMBERS = st.integers(0, NUMBER_LIMIT - 1)
IDS = st.integers(1, NUMBER_LIMIT - 1)
CURSORS = st.builds(
    Cursor,
    epoch=st.binary(min_size=EPOCH_BYTES, max_size=EPOCH_BYTES),
    stamp=st.binary(min_size=STAMP_BYTES, max_size=STAMP_BYTES),
    me=NUMBERS,
    rooms=st.dictionaries(IDS, NUMBERS, max_size=50),
)
HEAD = bytes([VERSION]) + bytes(EPOCH_BYTES + STAMP_BYTES)


def text_of(packed: bytes) -> str:
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


@given(CURSORS)
def test_a_cursor_is_unpacked_as_it_was_packed(cursor: Cursor) -> None:
    text = cursor.pack()
    assert Cursor.unpack(text) == cursor
    assert text.replace("-", "").replace("_", "").isalnum()  # needs no escape in an address or a header


@given(CURSORS, CURSORS)
def test_different_cursors_have_different_texts(one: Cursor, other: Cursor) -> None:
    assert (one.pack() == other.pack()) is (one == other)


@given(st.one_of(st.text(), st.binary().map(text_of), st.binary().map(lambda tail: text_of(HEAD + tail))))
def test_any_other_text_is_refused_or_is_a_cursor_that_packs_to_the_same(text: str) -> None:
    try:
        cursor = Cursor.unpack(text)
    except CursorError:
        return
    assert Cursor.unpack(cursor.pack()) == cursor


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        HEAD,
        HEAD + b"\x80",  # a number without its end
        HEAD + b"\x80\x00",  # not the shortest form
        HEAD + b"\xff" * 7 + b"\x7f",  # too large
        HEAD + b"\x01\x01",  # a room without a revision
        HEAD + b"\x01\x00\x05",  # no step: the same room twice
        HEAD + b"\x00" + b"\x01\x01" * (CURSOR_ROOMS + 1),
    ],
)
def test_a_malformed_cursor_is_refused(packed: bytes) -> None:
    with pytest.raises(CursorError):
        Cursor.unpack(text_of(packed))


def test_a_giant_cursor_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(CursorError):
        Cursor.unpack("A" * (CURSOR_CHARS + 1))


def test_a_cursor_of_another_version_is_told_apart() -> None:
    with pytest.raises(UnknownVersionError):
        Cursor.unpack(text_of(bytes([VERSION + 1]) + HEAD[1:] + b"\x00"))


def test_a_cursor_of_a_hundred_rooms_is_short() -> None:
    rooms: dict[int, Any] = {room: 40_000 + room for room in range(1, 2_000, 20)}
    assert len(Cursor(bytes(EPOCH_BYTES), bytes(STAMP_BYTES), 500, rooms).pack()) < 600
