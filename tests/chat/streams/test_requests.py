"""What a request for events may ask for, and that everything else is refused before it costs anything."""

import json
from typing import Any

import pytest

from chat.protocol.errors import Invalid, TooLarge
from chat.streams.cursor import CURSOR_CHARS, Cursor
from chat.streams.formats import EVENT_STREAM, JSON_LINES
from chat.streams.requests import ROOMS_ASKED, FeedRequest, NotAcceptableError, parse_request
from tests.harness.feeds import scope_of

pytestmark = pytest.mark.once

CURSOR = Cursor(b"epochs", b"stmp", 3, {1: 41}).pack()


def parsed(accept: str = "*/*", body: bytes = b"", headers: dict[str, str] | None = None, **query: Any) -> FeedRequest:
    return parse_request(scope_of(None, accept=accept, headers=headers, **query), body)


@pytest.mark.parametrize(
    ("accept", "format_"),
    [
        ("text/event-stream", EVENT_STREAM),
        ("application/x-ndjson", JSON_LINES),
        ("application/json, text/event-stream", None),
        ("text/html, text/event-stream;q=0.9", EVENT_STREAM),
        ("application/json", None),
        ("*/*", None),
        ("", None),
    ],
)
def test_the_media_type_chooses_the_kind(accept: str, format_: Any) -> None:
    assert parsed(accept).format is format_


def test_another_media_type_is_not_acceptable() -> None:
    with pytest.raises(NotAcceptableError):
        parsed("text/html")


def test_rooms_are_named_with_revisions_or_without() -> None:
    assert parsed(rooms="1:41,7").rooms == {1: 41, 7: None}
    assert parsed(rooms="").rooms == {}
    assert parsed().rooms is None


def test_a_body_asks_for_the_same_as_an_address() -> None:
    body = json.dumps({"rooms": "1:41,7", "cursor": CURSOR, "wait": 30}).encode()
    assert parsed(body=body) == parsed(rooms="1:41,7", cursor=CURSOR, wait=30)


def test_a_body_says_whose_events_it_expects_and_who_reads_them() -> None:
    request = parsed(body=b'{"user": 7, "shared": true, "single": true}')
    assert (request.user, request.is_shared, request.is_single) == (7, True, True)
    assert (parsed().user, parsed().is_shared, parsed().is_single) == (None, False, False)


@pytest.mark.parametrize("body", ['{"user": "7"}', '{"user": true}', '{"shared": 1}', '{"single": "yes"}'])
def test_other_values_of_these_are_refused(body: str) -> None:
    with pytest.raises(Invalid):
        parsed(body=body.encode())


def test_the_last_event_id_is_the_cursor_of_an_event_stream() -> None:
    given = {"last-event-id": CURSOR}
    assert parsed("text/event-stream", headers=given).cursor == Cursor.unpack(CURSOR)
    assert parsed("application/json", headers=given).cursor is None


@pytest.mark.parametrize(
    "query",
    [
        {"rooms": "a"},
        {"rooms": "1:"},
        {"rooms": "1:2:3"},
        {"rooms": ","},
        {"rooms": "-1"},
        {"rooms": "١"},
        {"rooms": "9" * 17},
        {"wait": "61"},
        {"wait": "-1"},
        {"wait": "1.5"},
        {"wait": "²"},
        {"cursor": "no cursor"},
        {"cursor": "AQ"},
    ],
)
def test_what_is_malformed_is_invalid(query: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        parsed(**query)


def test_a_body_may_have_commands_for_the_connection() -> None:
    asked = parsed(body=b'{"commands": [{"type": "open", "ref": 1, "room": 3, "since": 41}]}')
    assert asked.commands == ('{"type": "open", "ref": 1, "room": 3, "since": 41}',)
    assert asked.rooms == {}


@pytest.mark.parametrize(
    "commands", [{}, [1], ["open"], [{}], [{"type": "send"}], [{"type": ["open"]}], [{"type": "open"}] * 51]
)
def test_other_commands_are_invalid(commands: Any) -> None:
    with pytest.raises(Invalid):
        parsed(body=json.dumps({"commands": commands}).encode())


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"rooms": 1}', b'{"wait": true}', b'{"wait": [1]}', b"[" * 5_000])
def test_a_malformed_body_is_invalid(body: bytes) -> None:
    with pytest.raises(Invalid):
        parsed(body=body)


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "A" * (CURSOR_CHARS + 1)},
        {"rooms": ",".join(map(str, range(1, ROOMS_ASKED + 2)))},
        {"rooms": "1" * 100_000},
    ],
)
def test_what_is_over_a_limit_is_too_large(query: dict[str, Any]) -> None:
    with pytest.raises(TooLarge):
        parsed(**query)
