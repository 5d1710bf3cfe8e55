"""Events as dicts of the channel layer: the layout that processes of other versions know, and what they may send."""

from dataclasses import replace
from typing import Any

import msgpack
import pytest

from chat.bus import events
from chat.bus.encoding import EVENT_CLASSES, DecodeError, EncodedEvent, decode, encode
from tests.harness.bus_events import EXAMPLES

pytestmark = pytest.mark.once

LAYOUTS: list[EncodedEvent] = [
    {
        "type": "room.changed",
        "room": 3,
        "since": 4,
        "revision": 6,
        "count": 2,
        "counted": 1,
        "messages": [[9, 6, 2, 7, 1, '{"body":"안녕"}', 5, "{}"]],
        "authors": [[7, False, '{"name":"미나"}']],
        "members": [[7, 5, "owner", False, "{}"]],
        "info": '{"name":"x"}',
        "reactors": [[7, 6, '{"reactions":["👍"]}']],
    },
    {"type": "room.typing", "room": 3, "user": 7, "text": "{}"},
    {"type": "room.read", "room": 3, "user": 7, "position": 2},
    {"type": "room.deleted", "room": 3},
    {"type": "user.changed", "user": 7, "since": 1, "revision": 2, "items": [["draft", "3", 2, '{"value":"안"}']]},
    {
        "type": "user.control",
        "kind": "joined",
        "user": 7,
        "room": 3,
        "revision": 5,
        "role": "member",
        "notify": "all",
        "last_read": 2,
        "counted_read": 1,
        "summary": '{"id":3}',
        "muted_until": 1893456000.5,
    },
    {"type": "user.control", "kind": "removed", "user": 7, "room": 3, "revision": 5, "reason": "removed"},
    {"type": "user.control", "kind": "read", "user": 7, "room": 3, "last_read": 2, "counted_read": 1, "unread": 4},
    {"type": "user.control", "kind": "threads", "user": 7, "room": 3, "unread": 2, "mentions": 1, "follow": "{}"},
    {"type": "user.control", "kind": "signed_out", "user": 7, "credential": "session:key"},
    {"type": "user.control", "kind": "deactivated", "user": 7},
    {"type": "user.control", "kind": "check", "user": 7},
    {"type": "space.changed"},
    {"type": "presence.reported", "process": "another", "people": [[7, "here"]], "is_whole": True, "asks": True},
    {"type": "presence.status", "user": 7, "version": 2, "status": '{"text":"안녕"}'},
]
"""The dicts of EXAMPLES without their origin. To change one breaks deployments: add a class of events instead."""

PAIRS = list(zip(EXAMPLES, LAYOUTS, strict=True))
ADDED_LATER = {"reactors": (), "muted_until": 0}
"""Names that an earlier version does not send, with what they mean then."""

NAMES_TO_MISS = [(layout, name) for layout in LAYOUTS for name in layout if name not in ADDED_LATER]


def sent(encoded: EncodedEvent) -> Any:
    """What a layer delivers."""
    return msgpack.unpackb(msgpack.packb(encoded))


def name_of(value: object) -> str:
    return str(value.get("kind", value["type"])) if isinstance(value, dict) else str(value)


def test_there_is_an_example_of_every_class_of_events() -> None:
    assert [type(event) for event in EXAMPLES] == list(EVENT_CLASSES)
    assert {value for value in vars(events).values() if hasattr(value, "TYPE")} == set(EVENT_CLASSES)


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_an_event_crosses_the_layer_unchanged(event: events.Event) -> None:
    assert decode(sent(encode(event, origin="a process"))) == event


@pytest.mark.parametrize(("event", "layout"), PAIRS, ids=name_of)
def test_every_event_keeps_its_layout_on_the_layer(event: events.Event, layout: EncodedEvent) -> None:
    assert sent(encode(event, origin="a process")) == {**layout, "origin": "a process"}


def test_events_are_addressed_to_their_room_to_their_person_or_to_all_processes() -> None:
    groups = [event.group for event in EXAMPLES]
    assert groups == ["room.3"] * 4 + ["user.7"] * 8 + ["space"] + ["presence"] * 2


def test_a_change_read_with_all_items_is_not_published_as_such() -> None:
    changed = events.PersonChanged(7, since=1, revision=2, items=())
    assert encode(replace(changed, reset=True), origin="a process") == encode(changed, origin="a process")


@pytest.mark.parametrize("layout", LAYOUTS, ids=name_of)
def test_names_that_a_later_version_added_are_ignored(layout: EncodedEvent) -> None:
    assert decode({**layout, "later": 1}) == decode(layout)


@pytest.mark.parametrize(("layout", "missing"), NAMES_TO_MISS, ids=name_of)
def test_an_event_that_lacks_a_name_cannot_be_decoded(layout: EncodedEvent, missing: str) -> None:
    with pytest.raises(DecodeError):
        decode({name: value for name, value in layout.items() if name != missing})


@pytest.mark.parametrize("name", ADDED_LATER)
def test_a_name_that_was_added_later_may_be_absent(name: str) -> None:
    (layout,) = [layout for layout in LAYOUTS if name in layout]
    decoded = decode({key: value for key, value in layout.items() if key != name})
    assert getattr(decoded, name) == ADDED_LATER[name]


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "room.reacted"},
        {"type": ["room.changed"]},
        {"kind": "of another version"},
        {"messages": None},
        {"messages": 5},
        {"messages": [5]},
        {"messages": [[]]},
        {"messages": [[1] * 9]},
        {"members": [[1] * 6]},
        {"reactors": None},
        {"reactors": [[1] * 4]},
    ],
    ids=str,
)
def test_an_event_of_an_unknown_type_or_layout_cannot_be_decoded(changed: dict[str, Any]) -> None:
    with pytest.raises(DecodeError):
        decode(LAYOUTS[0] | changed)
