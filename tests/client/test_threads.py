"""Threads in the client: opened like rooms, resumed after a reconnection, and gone with their room."""

import json
from typing import Any

import pytest

from client.events import ThreadsChanged
from client.protocol import ClientProtocol
from client.shapes import Threads
from tests.client.simulated import ME, ROOM, client, commands

pytestmark = pytest.mark.once

THREAD = 31
SUMMARY = {"id": ROOM, "slug": "a", "name": "A", "kind": "public", "revision": 1, "message_count": 1}
OF_THREAD = {**SUMMARY, "id": THREAD, "slug": None, "name": "", "kind": "thread", "parent": ROOM, "parent_message": 90}


def give(protocol: ClientProtocol, type_: str, **fields: Any) -> list[Any]:
    return protocol.receive(json.dumps({"type": type_, **fields}))


def greet(protocol: ClientProtocol) -> None:
    protocol.connecting()
    give(protocol, "hello", epoch="one", user=ME, rooms=[ROOM], limits={}, me=0)
    give(protocol, "rooms", rooms=[{**SUMMARY, "threads": {"unread": 2}}], more=False)


def opened(protocol: ClientProtocol) -> None:
    protocol.open(THREAD)
    (command,) = [command for command in commands(protocol) if command["type"] == "open"]
    give(protocol, "reply", ref=command["ref"], ok=True, room={**OF_THREAD, "follows": True}, revision=1, reset=True)


@pytest.fixture
def protocol() -> ClientProtocol:
    made = client()
    greet(made)
    return made


def test_a_thread_is_resumed_after_a_reconnection_though_hello_does_not_name_it(protocol: ClientProtocol) -> None:
    opened(protocol)
    protocol.closed(1006)
    greet(protocol)
    wanted = {"type": "open", "room": THREAD, "since": 1}
    assert any(wanted.items() <= command.items() for command in commands(protocol))
    assert protocol.state.rooms[THREAD].summary.follows


def test_a_thread_ends_with_its_room(protocol: ClientProtocol) -> None:
    opened(protocol)
    give(protocol, "room_removed", room=ROOM, reason="removed")
    assert protocol.state.rooms == {}
    assert protocol.sync.rooms == {}


def test_what_is_unread_in_threads_is_kept_at_the_room(protocol: ClientProtocol) -> None:
    room = protocol.state.rooms[ROOM]
    assert room.summary.threads == Threads(unread=2)
    (event,) = give(protocol, "threads", room=ROOM, unread=1, mentions=1)
    assert isinstance(event, ThreadsChanged)
    assert room.summary.threads == Threads(unread=1, mentions=1)
    opened(protocol)
    give(protocol, "follow", room=THREAD, follows=False, last_read=1, unread=0)
    assert not protocol.state.rooms[THREAD].summary.follows
    assert protocol.state.rooms[THREAD].summary.last_read == 1


def test_a_reply_names_the_message_of_its_thread(protocol: ClientProtocol) -> None:
    protocol.say(ROOM, "hi", thread=90, also_in_room=True)
    (command,) = [command for command in commands(protocol) if command["type"] == "send"]
    assert (command["room"], command["thread"], command["also_in_room"]) == (ROOM, 90, True)
