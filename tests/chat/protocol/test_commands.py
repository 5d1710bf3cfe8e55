"""What a client may ask: a frame is a command, or the refusal of one, or no command at all; nothing else happens."""

import json
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.protocol import commands
from chat.protocol.commands import COMMANDS, LARGEST_INTEGER, BadFrameError, RefusedCommandError, parse

pytestmark = pytest.mark.once

KEY = str(uuid.uuid4())

WHOLE: dict[str, dict[str, Any]] = {
    "open": {"room": 1, "since": 5, "limit": 20},
    "close": {"room": 1},
    "history": {"room": 1, "before": 10},
    "send": {"room": 1, "key": KEY, "body": "hi", "reply_to": 3},
    "direct": {"people": [1, 2], "key": KEY, "body": "hi"},
    "edit": {"message": 1, "body": "hi"},
    "delete": {"message": 1},
    "versions": {"message": 1},
    "react": {"message": 1, "emoji": "👍", "on": True},
    "vote": {"message": 1, "choices": [1, 2]},
    "close_poll": {"message": 1},
    "remove_preview": {"message": 1, "url": "https://example.com/"},
    "search": {"query": "from:@mina hello", "limit": 5},
    "report": {"message": 1, "reason": "spam", "note": "Posted twice."},
    "pin": {"message": 1, "on": True},
    "pins": {"room": 1},
    "read": {"room": 1, "position": 3},
    "follow": {"room": 1, "on": True},
    "join": {"room": 1},
    "leave": {"room": 1},
    "typing": {"room": 1, "on": True},
    "me": {"since": 5},
    "set_item": {"kind": "favourite", "key": "1", "value": True},
    "mentions_read": {"room": 1, "positions": [3, 5]},
    "show_people": {"people": [3, 7]},
    "presence": {"state": "away"},
    "set_status": {},
    "ping": {},
}


def frame(type_: str, **fields: Any) -> str:
    return json.dumps({"type": type_, **fields})


def refusal(text: str) -> RefusedCommandError:
    with pytest.raises(RefusedCommandError) as caught:
        parse(text)
    return caught.value


def test_the_examples_here_cover_every_command() -> None:
    assert set(WHOLE) == set(COMMANDS)


@pytest.mark.parametrize("type_", WHOLE)
def test_a_whole_command_is_taken(type_: str) -> None:
    command = parse(frame(type_, ref=7, **WHOLE[type_]))
    assert isinstance(command, COMMANDS[type_])
    assert command.ref == 7
    for name, value in WHOLE[type_].items():
        assert getattr(command, name) == (uuid.UUID(value) if value == KEY else value)


@pytest.mark.parametrize("type_", WHOLE)
def test_a_field_that_the_server_does_not_know_is_ignored(type_: str) -> None:
    assert parse(frame(type_, **WHOLE[type_], colour="red")) == parse(frame(type_, **WHOLE[type_]))


@pytest.mark.parametrize(
    ("type_", "field"),
    [
        (type_, field)
        for type_, fields in WHOLE.items()
        for field in fields
        if field not in ("since", "limit", "reply_to", "note") and type_ != "mentions_read"
    ],
)
def test_what_a_command_needs_must_be_there(type_: str, field: str) -> None:
    rest = {name: value for name, value in WHOLE[type_].items() if name != field}
    error = refusal(frame(type_, ref="a", **rest))
    assert (error.ref, error.error.code) == ("a", "invalid")
    assert error.error.field == (None if type_ == "history" and field == "before" else field)


@pytest.mark.parametrize(
    ("type_", "field", "value"),
    [
        ("open", "room", "1"),
        ("open", "room", 0),
        ("open", "room", -1),
        ("open", "room", 1.0),
        ("open", "room", True),
        ("open", "room", None),
        ("open", "room", [1]),
        ("open", "room", LARGEST_INTEGER + 1),
        ("open", "since", -1),
        ("open", "limit", 0),
        ("open", "limit", 101),
        ("send", "key", "no uuid"),
        ("send", "key", 7),
        ("send", "body", 7),
        ("send", "body", None),
        ("send", "reply_to", 0),
        ("send", "poll", {}),
        ("send", "poll", ["a", "b"]),
        ("send", "poll", {"choices": ["a"]}),
        ("send", "poll", {"choices": ["a"] * 11}),
        ("send", "poll", {"choices": ["a", 1]}),
        ("send", "poll", {"choices": ["a", "b"], "hidden": 1}),
        ("send", "poll", {"choices": ["a", "b"], "closes_at": 1_900_000_000}),
        ("send", "poll", {"choices": ["a", "b"], "closes_at": "x" * 41}),
        ("vote", "choices", None),
        ("vote", "choices", 1),
        ("vote", "choices", [0]),
        ("vote", "choices", [11]),
        ("vote", "choices", [True]),
        ("vote", "choices", [1] * 11),
        ("read", "position", "1"),
        ("typing", "on", 1),
        ("typing", "on", "true"),
        ("edit", "message", {}),
        ("direct", "people", []),
        ("direct", "people", [1] * 13),
        ("direct", "people", 1),
        ("me", "since", -1),
        ("me", "since", None),
        ("set_item", "kind", 1),
        ("set_item", "kind", "x" * 17),
        ("set_item", "key", 1),
        ("set_item", "key", "1" * 65),
        ("report", "reason", 1),
        ("report", "note", "x" * 501),
        ("mentions_read", "positions", []),
        ("mentions_read", "positions", [1] * 101),
        ("mentions_read", "room", 0),
        ("show_people", "people", [0]),
        ("show_people", "people", [1] * 301),
        ("show_people", "people", "1"),
        ("presence", "state", "gone"),
        ("presence", "state", None),
        ("set_status", "emoji", "x" * 33),
        ("set_status", "text", 7),
        ("set_status", "until", "tomorrow"),
        ("set_status", "until", "2026-01-31T09:30:00"),
    ],
)
def test_a_field_of_another_kind_is_refused_by_name(type_: str, field: str, value: Any) -> None:
    error = refusal(frame(type_, ref=1, **{**WHOLE[type_], field: value}))
    assert (error.ref, error.error.code, error.error.field) == (1, "invalid", field)
    assert str(error.error)


def test_positions_of_mentions_are_those_in_a_room() -> None:
    assert str(refusal(frame("mentions_read", positions=[1])).error) == "Positions need a room."


@pytest.mark.parametrize("given_", [{}, {"before": 1, "after": 2}, {"before": 1, "after": 2, "around": 3}])
def test_a_page_of_history_has_one_direction(given_: dict[str, int]) -> None:
    error = refusal(frame("history", room=1, **given_))
    assert error.error.code == "invalid"
    assert str(error.error) == "Set exactly one of before, after and around."


def test_the_defaults_of_a_page() -> None:
    command = parse(frame("open", room=1))
    assert isinstance(command, commands.Open)
    assert (command.since, command.limit, command.ref) == (None, 50, None)


@pytest.mark.parametrize("ref", [0, -5, LARGEST_INTEGER, "", "x" * 64, "한글"])
def test_a_ref_is_an_integer_or_a_short_text(ref: Any) -> None:
    assert parse(frame("ping", ref=ref)).ref == ref


@pytest.mark.parametrize("ref", ["x" * 65, 1.5, True, [], {}, LARGEST_INTEGER + 1, -LARGEST_INTEGER - 1])
def test_any_other_ref_is_refused_and_not_repeated(ref: Any) -> None:
    error = refusal(frame("ping", ref=ref))
    assert (error.ref, error.error.field) == (None, "ref")


def test_a_type_that_the_server_does_not_know_is_answered() -> None:
    error = refusal(frame("dance", ref=4))
    assert (error.ref, error.error.code) == (4, "unknown_command")


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "hello", "null", "1", '"open"', "[]", '[{"type":"ping"}]', "{}", '{"type":null}', '{"type":1}'),
        *('{"type":["ping"]}', '{"type":"ping"', '{"type":"ping"}}', "{'type':'ping'}", '{"type":"ping","ref":NaN}'),
        *("[" * 100_000, '{"type":"ping","x":' + "[" * 500 + "]" * 500 + "}", '{"type":"ping","x":"\\ud800"}'),
        *('{"type":"ping","ref":' + "9" * 5000 + "}", "\ufeff{}", '{"type":"ping"}\x00'),
    ],
)
def test_what_is_no_command_at_all_is_a_bad_frame(text: str) -> None:
    with pytest.raises(BadFrameError):
        parse(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from(sorted({field for whole in WHOLE.values() for field in whole} | {"ref"}))


@given(st.sampled_from(sorted(COMMANDS)), st.dictionaries(fields, json_values, max_size=6))
def test_whatever_the_fields_hold_a_command_is_taken_or_refused(type_: str, given_: dict[str, Any]) -> None:
    taken_or_refused(frame(type_, **given_))


@given(json_values)
def test_whatever_the_json_holds_nothing_else_happens(value: Any) -> None:
    taken_or_refused(json.dumps(value))


@given(st.text())
def test_whatever_the_text_is_nothing_else_happens(text: str) -> None:
    taken_or_refused(text)


def taken_or_refused(text: str) -> None:
    try:
        command = parse(text)
    except BadFrameError:
        return
    except RefusedCommandError as refused:
        error = refused.error
    else:
        assert command.type in COMMANDS
        return
    assert error.code in ("invalid", "unknown_command")
    assert str(error)
