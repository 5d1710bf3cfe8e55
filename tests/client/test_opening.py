"""How a bot opens its rooms on a socket."""

import json
from typing import Any

import pytest

from client.codes import RATE_LIMITED
from client.decoding import decode
from client.events import Opened
from client.feed import Feed, Place
from client.opening import OPENED_AT_ONCE, Opening
from client.protocol import HEARTBEAT_SECONDS, HELLO_SECONDS, SILENCE_SECONDS
from tests.client.simulated import ME, ROOM, Clock, Server, refusal

pytestmark = pytest.mark.once


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server() -> Server:
    return Server()


def connected(clock: Clock, server: Server, feed: Feed | None = None, *, rooms: int = 1) -> Opening:
    """A connection after `hello`, with this many rooms."""
    feed = feed or Feed()
    feed.connecting(opens_rooms=True)
    opening = Opening(feed, clock)
    hello = {"type": "hello", "epoch": server.epoch, "user": ME, "rooms": [*range(ROOM, ROOM + rooms)]}
    opening.take(decode(json.dumps(hello)))
    summaries = [server.summary() | {"id": ROOM + number} for number in range(rooms)]
    opening.take(decode(json.dumps({"type": "rooms", "rooms": summaries, "more": False})))
    return opening


def sent(opening: Opening) -> list[dict[str, Any]]:
    return [json.loads(text) for text in opening.outgoing()]


def test_a_new_bot_opens_its_rooms_from_now_on(clock: Clock, server: Server) -> None:
    (command,) = sent(connected(clock, server))
    assert (command["type"], command["room"], command["since"]) == ("open", ROOM, server.revision)


def test_a_bot_that_was_here_opens_its_rooms_from_where_it_was(clock: Clock, server: Server) -> None:
    feed = Feed(epoch=server.epoch)
    feed.places[ROOM] = Place(1, 0)
    opening = connected(clock, server, feed, rooms=2)
    assert [command.get("since") for command in sent(opening)] == [1, None]


def test_in_another_database_it_begins_anew(clock: Clock, server: Server) -> None:
    feed = Feed(epoch="another")
    feed.places[ROOM] = Place(1_000, 0)
    (command,) = sent(connected(clock, server, feed))
    assert command["since"] == server.revision


def test_many_rooms_are_opened_a_few_at_a_time(clock: Clock, server: Server) -> None:
    opening = connected(clock, server, rooms=50)
    commands, replies = sent(opening), 0
    assert len(commands) == OPENED_AT_ONCE
    while commands:
        command = commands.pop(0)
        assert isinstance(opening.take(decode(server.opened(command))), Opened)
        replies += 1
        commands += sent(opening)
    assert replies == 50


def test_a_room_that_could_not_be_opened_is_opened_later(clock: Clock, server: Server) -> None:
    opening = connected(clock, server)
    (command,) = sent(opening)
    assert opening.take(decode(refusal(command, RATE_LIMITED, retry_after=9))) is None
    assert sent(opening) == []
    assert opening.due_at == clock.now + 9
    clock.now += 9
    (again,) = sent(opening)
    assert {**again, "ref": 0} == {**command, "ref": 0}


def test_a_room_that_is_not_the_bots_is_not_opened_again(clock: Clock, server: Server) -> None:
    opening = connected(clock, server)
    (command,) = sent(opening)
    opening.take(decode(refusal(command, "not_found")))
    clock.now += 20
    assert [command["type"] for command in sent(opening)] == []


def test_a_silent_connection_is_pinged_and_then_dead(clock: Clock, server: Server) -> None:
    opening = connected(clock, server)
    (command,) = sent(opening)
    opening.take(decode(server.opened(command)))
    clock.now += HEARTBEAT_SECONDS
    (ping,) = sent(opening)
    assert ping["type"] == "ping"
    opening.take(decode(server.reply(ping, rooms={})))
    clock.now += HEARTBEAT_SECONDS
    assert [command["type"] for command in sent(opening)] == ["ping"]
    clock.now += SILENCE_SECONDS
    assert opening.is_dead


def test_a_connection_without_hello_is_dead(clock: Clock) -> None:
    opening = Opening(Feed(), clock)
    assert not opening.is_dead
    clock.now += HELLO_SECONDS
    assert opening.is_dead
