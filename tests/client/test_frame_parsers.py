"""Streams of both formats, cut anywhere."""

import json
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.errors import BadFrameError
from client.events import Closed, CursorGiven, Frame, Typing
from client.frame_parsers import LINE_BYTES, EventParser, FrameParser, LineParser

pytestmark = pytest.mark.once

TYPING = {"type": "typing", "room": 7, "user": 2, "on": True}
FRAMES = [TYPING, {"type": "news", "text": "사랑방\u2028\r\n"}, {"type": "closed", "code": 4012}]
EVENTS = b"retry: 2000\n\n: \n\n" + b"".join(
    f"data: {json.dumps(frame, ensure_ascii=False)}\n\nid: cursor{number}\n\n".encode()
    for number, frame in enumerate(FRAMES)
)
LINES = b"\n" + b"".join(
    f'{json.dumps(frame, ensure_ascii=False)}\n{{"type": "cursor", "cursor": "cursor{number}"}}\n'.encode()
    for number, frame in enumerate(FRAMES)
)
STREAMS = [(EventParser, EVENTS), (LineParser, LINES), (EventParser, EVENTS.replace(b"\n", b"\r\n"))]


def read(parser: FrameParser, pieces: list[bytes]) -> list[Frame]:
    return [frame for piece in pieces for frame in parser.feed(piece)]


@pytest.mark.parametrize(("parser", "stream"), STREAMS)
@given(cuts=st.sets(st.integers(0, len(EVENTS))))
def test_frames_and_cursors_come_in_order_however_the_stream_is_cut(
    parser: Callable[[], FrameParser], stream: bytes, cuts: set[int]
) -> None:
    ends = [0, *sorted(cuts), len(stream) + len(EVENTS)]
    frames = read(parser(), [stream[start:end] for start, end in pairwise(ends)])
    assert [frame.cursor for frame in frames if isinstance(frame, CursorGiven)] == ["cursor0", "cursor1", "cursor2"]
    typing, news, closed = (frame for frame in frames if not isinstance(frame, CursorGiven))
    assert isinstance(typing, Typing)
    assert news.fields == FRAMES[1]
    assert isinstance(closed, Closed)
    assert closed.code == 4012


@pytest.mark.parametrize("parser", [EventParser, LineParser])
@pytest.mark.parametrize("text", [b"{", b"3", b'{"type": "changes"}'])
def test_what_is_no_frame_is_an_error(parser: Callable[[], FrameParser], text: bytes) -> None:
    line = b"data: " + text if parser is EventParser else text
    with pytest.raises(BadFrameError):
        read(parser(), [line + b"\n\n"])


@pytest.mark.parametrize("parser", [EventParser, LineParser])
def test_a_line_without_end_is_an_error_before_it_costs_memory(parser: Callable[[], FrameParser]) -> None:
    with pytest.raises(BadFrameError):
        read(parser(), [b"x" * 65_536] * (LINE_BYTES // 65_536 + 1))


def test_an_event_without_end_is_an_error_too() -> None:
    with pytest.raises(BadFrameError):
        read(EventParser(), [b"data: " + b"x" * 65_536 + b"\n"] * (LINE_BYTES // 65_536 + 1))
