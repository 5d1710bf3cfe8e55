"""A client over its connections: what it sends when, and what it makes of what comes back."""

import json
import math

import pytest

from client.codes import EPOCH_CHANGED
from client.errors import BadFrameError
from client.events import ActRefused, ActStored, Disconnected, Event, Gap, Refused
from client.protocol import SILENCE_SECONDS, ClientProtocol
from client.requests import REPLY_SECONDS
from client.shapes import Presence, Status
from tests.client.simulated import (
    JOON,
    ME,
    ROOM,
    Clock,
    Server,
    client,
    commands,
    connect,
    connect_and_open,
    refusal,
)

pytestmark = pytest.mark.once


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def live(clock: Clock, server: Server) -> ClientProtocol:
    """A client with a connection."""
    protocol = client(clock)
    connect(protocol, server)
    return protocol


def pass_time(clock: Clock, protocol: ClientProtocol, seconds: float) -> list[Event]:
    """Move the clock, and wake the client whenever something is due."""
    end, events = clock.now + seconds, list[Event]()
    while protocol.due_at <= end and not protocol.is_dead:
        clock.now = max(clock.now, protocol.due_at)
        events += protocol.wake()
    clock.now = end
    return events


def stored(events: list[Event]) -> list[int]:
    """The positions at which acts were stored."""
    return [event.message.position for event in events if isinstance(event, ActStored) and event.message]


# --- the outbox ------------------------------------------------------------------------------------------------------


def test_what_is_said_before_there_is_a_connection_is_sent_after_hello(clock: Clock, server: Server) -> None:
    protocol = client(clock)
    act = protocol.say(ROOM, "Good morning!")
    assert commands(protocol) == []
    connect(protocol, server)
    [command] = commands(protocol)
    ref = command.pop("ref")
    assert isinstance(ref, int)
    assert command == {"type": "send", "room": ROOM, "key": act.key, "body": "Good morning!"}


def test_messages_are_sent_one_at_a_time_in_order(live: ClientProtocol, server: Server) -> None:
    for body in ("one", "two"):
        live.say(ROOM, body)
    [first] = commands(live)
    events = live.receive(server.reply(first, room=ROOM, message=server.say(ME["id"], "one", key=first["key"])))
    assert (first["body"], stored(events)) == ("one", [1])
    assert [command["body"] for command in commands(live)] == ["two"]


def test_a_message_whose_ack_was_lost_is_sent_again_with_its_key_before_those_behind_it(
    live: ClientProtocol, server: Server
) -> None:
    for body in ("one", "two"):
        live.say(ROOM, body)
    [first] = commands(live)
    server.say(ME["id"], "one", key=first["key"])
    live.closed(None)
    connect(live, server)
    [again] = commands(live)
    assert (again["key"], again["body"]) == (first["key"], "one")
    live.receive(server.reply(again, room=ROOM, message=server.say(ME["id"], "one", key=again["key"])))
    assert [command["body"] for command in commands(live)] == ["two"]
    assert len(server.messages) == 1


def test_rate_limited_is_waited_for_as_long_as_the_server_asks(
    live: ClientProtocol, clock: Clock, server: Server
) -> None:
    live.say(ROOM, "Too fast")
    [command] = commands(live)
    live.receive(refusal(command, "rate_limited", retry_after=3))
    pass_time(clock, live, 2.9)
    assert commands(live) == []
    pass_time(clock, live, 0.2)
    assert [again["key"] for again in commands(live)] == [command["key"]]


def test_unavailable_is_tried_again_after_waits_that_grow(live: ClientProtocol, clock: Clock) -> None:
    live.say(ROOM, "Is there anybody?")
    waits = []
    for _ in range(8):
        [command] = [command for command in commands(live) if command["type"] == "send"]
        live.receive(refusal(command, "unavailable"))
        waits.append(live.outbox.due_at - clock.now)
        pass_time(clock, live, waits[-1])
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (0.25, 10.0)


@pytest.mark.parametrize("code", ["archived", "forbidden", "not_found", "invalid", "too_large", "conflict"])
def test_any_other_refusal_of_a_message_is_final_and_the_next_is_sent(live: ClientProtocol, code: str) -> None:
    act = live.say(ROOM, "one")
    live.say(ROOM, "two")
    [command] = commands(live)
    events = live.receive(refusal(command, code))
    assert [(event.act, event.refusal.code) for event in events if isinstance(event, ActRefused)] == [(act, code)]
    assert [next_one["body"] for next_one in commands(live)] == ["two"]


def test_a_deletion_of_what_is_not_there_is_done(live: ClientProtocol) -> None:
    act = live.delete(90)
    [command] = commands(live)
    assert ActStored(act, None) in live.receive(refusal(command, "not_found"))


def test_another_epoch_sends_nothing_that_was_meant_for_the_one_before(live: ClientProtocol, server: Server) -> None:
    act = live.say(ROOM, "For the old database")
    live.closed(None)
    live.connecting()
    commands(live)
    other = json.loads(Server(epoch="two").hello()[0])
    refused = [event for event in live.receive(json.dumps(other)) if isinstance(event, ActRefused)]
    assert [(event.act, event.refusal.code) for event in refused] == [(act, EPOCH_CHANGED)]
    assert commands(live) == []


# --- the connection --------------------------------------------------------------------------------------------------


def test_a_connection_without_hello_is_dead_after_15_seconds(clock: Clock) -> None:
    protocol = client(clock)
    protocol.connecting()
    pass_time(clock, protocol, 14.9)
    assert not protocol.is_dead
    pass_time(clock, protocol, 0.2)
    assert protocol.is_dead


def test_a_ping_goes_out_every_25_seconds_and_any_frame_answers_for_the_connection(
    live: ClientProtocol, clock: Clock, server: Server
) -> None:
    for _ in range(4):
        pass_time(clock, live, 24.9)
        assert commands(live) == []
        pass_time(clock, live, 0.1)
        [ping] = commands(live)
        assert ping["type"] == "ping"
        live.receive(server.reply(ping, rooms={}))
    assert not live.is_dead


def test_a_connection_on_which_nothing_follows_a_ping_is_dead(live: ClientProtocol, clock: Clock) -> None:
    pass_time(clock, live, 25 + SILENCE_SECONDS - 0.1)
    assert not live.is_dead
    pass_time(clock, live, 0.2)
    assert live.is_dead


def test_a_command_without_a_reply_counts_as_unavailable(live: ClientProtocol, clock: Clock, server: Server) -> None:
    ref = live.ask({"type": "leave", "room": ROOM})
    pass_time(clock, live, REPLY_SECONDS - 1)
    live.receive(server.hello()[1])  # the connection works
    refused = [event for event in pass_time(clock, live, 1.1) if isinstance(event, Refused)]
    assert [(event.ref, event.refusal.code) for event in refused] == [(ref, "unavailable")]


def test_commands_under_way_end_with_their_connection(live: ClientProtocol) -> None:
    ref = live.ask({"type": "leave", "room": ROOM})
    events = live.closed(None)
    assert [(event.ref, event.refusal.code) for event in events if isinstance(event, Refused)] == [
        (ref, "disconnected")
    ]
    assert live.ask({"type": "leave", "room": ROOM}) is None


def test_waits_between_attempts_grow_and_begin_again_after_a_connection_that_lasted(
    live: ClientProtocol, clock: Clock, server: Server
) -> None:
    def wait() -> float:
        [ended] = [event for event in live.closed(None) if isinstance(event, Disconnected)]
        return math.inf if ended.retry_in is None else ended.retry_in

    waits = [wait() for _ in range(8)]
    assert (waits[0], waits[-1]) == (0.25, 10.0)
    connect(live, server)
    pass_time(clock, live, 11)
    assert wait() == 0.25


def test_a_server_that_restarts_is_reconnected_to_within_the_delay_that_it_named(live: ClientProtocol) -> None:
    live.receive('{"type":"restarting","delay":8}')
    live.closed(4012)
    assert live.reconnect_delay == 4


def test_a_client_waits_as_long_as_a_full_server_asks(live: ClientProtocol) -> None:
    live.closed(None, retry_after=30)
    assert live.reconnect_delay == 30.25


def test_a_frame_that_is_no_frame_of_the_protocol_is_an_error(live: ClientProtocol) -> None:
    for text in ("", "[]", "{", '{"type":"changes"}', '{"type":"reply","ref":1,"ok":false}', '{"no":"type"}'):
        with pytest.raises(BadFrameError):
            live.receive(text)


def test_events_of_types_that_this_client_does_not_know_are_passed_on(live: ClientProtocol) -> None:
    [event] = live.receive('{"type":"of next year","room":1}')
    assert not isinstance(event, Gap)


# --- rooms -----------------------------------------------------------------------------------------------------------


def test_a_room_that_is_closed_is_not_opened_again(clock: Clock, server: Server) -> None:
    protocol = client(clock)
    connect_and_open(protocol, server)
    protocol.close(ROOM)
    assert [command["type"] for command in commands(protocol)] == ["close"]
    protocol.closed(None)
    connect(protocol, server)
    assert commands(protocol) == []


def test_a_room_that_may_not_be_opened_is_given_up_and_one_that_cannot_be_is_tried_again(
    clock: Clock, server: Server
) -> None:
    for code, is_tried_again in (("forbidden", False), ("not_found", False), ("unavailable", True)):
        protocol = client(clock)
        protocol.open(ROOM)
        connect(protocol, server)
        [command] = commands(protocol)
        protocol.receive(refusal(command, code))
        pass_time(clock, protocol, 3)
        assert [again["type"] for again in commands(protocol)] == ["open"] * is_tried_again


def test_a_room_that_is_behind_at_two_pings_is_opened_again(clock: Clock, server: Server) -> None:
    protocol = client(clock)
    connect_and_open(protocol, server)
    had = server.revision
    server.say(JOON["id"], "This frame gets lost")
    for sent in (["ping"], ["ping", "open"]):
        protocol.probe()
        [ping] = commands(protocol)
        protocol.receive(server.reply(ping, rooms={str(ROOM): server.revision}))
        assert [ping["type"], *(command["type"] for command in commands(protocol))] == sent
    assert protocol.state.rooms[ROOM].revision == had


def test_typing_ends_by_itself(clock: Clock, server: Server) -> None:
    protocol = client(clock)
    connect_and_open(protocol, server)
    protocol.receive(json.dumps({"type": "typing", "room": ROOM, "user": JOON["id"], "on": True}))
    assert protocol.state.typists(ROOM) == {JOON["id"]}
    clock.now += 10.1
    assert protocol.state.typists(ROOM) == set()


def test_the_people_who_are_shown_are_kept_up_to_date_on_all_connections(clock: Clock, server: Server) -> None:
    protocol = client(clock)
    connect(protocol, server)
    protocol.show([JOON["id"], ME["id"]])
    [shown] = commands(protocol)
    assert shown["people"] == [ME["id"], JOON["id"]]
    protocol.receive(server.reply(shown, people=[{"user": ME["id"], "state": "here"}, {"user": JOON["id"]}]))
    joon = {"user": JOON["id"], "state": "away", "status": {"text": "Tea"}}
    protocol.receive(json.dumps({"type": "presence", "people": [joon]}))
    assert protocol.state.people == {1: Presence(1, "here"), 2: Presence(2, "away", Status(text="Tea"))}
    protocol.closed(None)
    connect(protocol, server)
    assert [command["type"] for command in commands(protocol)] == ["show_people"]
