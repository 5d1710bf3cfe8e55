"""What a bot is given: each message once and in order, whatever comes twice, late, or in the order of its changes."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from client.bot_state import StateFile
from client.decoding import decode
from client.errors import ConnectionEndedError, StateError
from client.events import CursorGiven, Event
from client.feed import Feed
from client.happenings import Behind, Deleted, Edited, Happening, Hole, Joined, Left, Posted, Reacted, Unplaced
from client.shapes import Message
from tests.client.simulated import JOON, ME, ROOM, Server

pytestmark = pytest.mark.once


@pytest.fixture
def server() -> Server:
    return Server()


def begun(server: Server) -> Feed:
    """The feed of a bot that has just begun."""
    feed = Feed()
    feed.connecting()
    for text in server.hello():
        assert list(feed.take(decode(text))) == []
    return feed


def given(feed: Feed, event: Event | str, server: Server) -> Iterator[Happening]:
    """What a bot is given of an event. What it has to read before, it reads."""
    for happening in feed.take(decode(event) if isinstance(event, str) else event):
        if isinstance(happening, Behind):
            yield from given(feed, server.changes(happening.since), server)
        elif isinstance(happening, Hole):
            yield from feed.fill(happening, between(server, happening.after, happening.before))
        else:
            yield happening


def between(server: Server, after: int, before: int) -> list[Message]:
    """A part of the history."""
    return [Message.of(message, room=ROOM) for at, message in server.messages.items() if after < at < before]


def pages(server: Server, since: int, size: int) -> Iterator[str]:
    """What changed, in pages by revision, in which messages are whole, as streams catch up."""
    changed = sorted((m for m in server.messages.values() if m["revision"] > since), key=lambda m: m["revision"])
    for start in range(0, len(changed), size):
        page = changed[start : start + size]
        reached = page[-1]["revision"] if start + size < len(changed) else server.revision
        frame = {"type": "changes", "room": ROOM, "since": since, "revision": reached, "messages": page}
        yield json.dumps(frame)
        since = reached


def bodies(happenings: Iterable[Happening]) -> list[str]:
    return [happening.message.body for happening in happenings if isinstance(happening, Posted)]


# --- new messages -----------------------------------------------------------------------------------------------------


def test_a_bot_begins_with_the_present(server: Server) -> None:
    server.say(JOON["id"], "before")
    feed = begun(server)
    since = server.revision
    server.say(JOON["id"], "after")
    assert bodies(given(feed, server.changes(since), server)) == ["after"]


def test_a_frame_that_comes_again_gives_nothing(server: Server) -> None:
    feed = begun(server)
    server.say(JOON["id"], "one")
    server.edit(1, "one, edited")
    frame = server.changes(0)
    assert bodies(given(feed, frame, server)) == ["one, edited"]
    assert list(given(feed, frame, server)) == []


def test_an_overlapping_frame_gives_only_what_is_new(server: Server) -> None:
    feed = begun(server)
    server.say(JOON["id"], "one")
    list(given(feed, server.changes(0), server))
    server.say(JOON["id"], "two")
    assert bodies(given(feed, server.changes(0), server)) == ["two"]


def test_the_order_is_that_of_positions_although_the_first_message_changed_last(server: Server) -> None:
    feed = begun(server)
    since = server.revision
    for number in range(1, 8):
        server.say(JOON["id"], f"message {number}")
    server.edit(1, "message 1")
    server.edit(3, "message 3")
    happenings = [one for page in pages(server, since, 2) for one in given(feed, page, server)]
    assert bodies(happenings) == [f"message {number}" for number in range(1, 8)]
    assert len(happenings) == 7


def test_a_message_that_was_deleted_before_it_came_is_not_given(server: Server) -> None:
    feed = begun(server)
    server.say(JOON["id"], "one")
    server.delete(1)
    server.say(JOON["id"], "two")
    assert bodies(given(feed, server.changes(0), server)) == ["two"]


@pytest.mark.parametrize("seed", range(30))
def test_every_message_is_given_once_and_in_order_whatever_happens(seed: int, server: Server, tmp_path: Path) -> None:
    """People write, edit and delete; frames come in pages of any size, again, or not at all; the bot is restarted."""
    random, file = Random(seed), StateFile(tmp_path / "state")
    feed, heard = begun(server), list[int]()
    sent_up_to = server.revision
    for _ in range(150):
        act = random.random()
        positions = [position for position, message in server.messages.items() if not message.get("deleted")]
        if act < 0.5 or not positions:
            server.say(JOON["id"], "text")
        elif act < 0.6:
            server.edit(random.choice(positions), "edited")
        elif act < 0.65:
            server.delete(random.choice(positions))
        elif act < 0.7:
            file.save(feed)
            feed = file.load()
            feed.connecting()
            sent_up_to = random.randint(0, feed.places[ROOM].revision)
        else:
            for page in list(pages(server, sent_up_to, random.randint(1, 5))):
                if random.random() < 0.2:
                    break  # the connection ends
                heard += [one.message.position for one in given(feed, page, server) if isinstance(one, Posted)]
                sent_up_to = json.loads(page)["revision"]
    heard += [one.message.position for one in given(feed, server.changes(0), server) if isinstance(one, Posted)]
    assert heard == sorted(set(heard))
    left = {position for position, message in server.messages.items() if not message.get("deleted")}
    assert left <= set(heard)


# --- a crash ----------------------------------------------------------------------------------------------------------


def test_what_a_bot_was_doing_when_it_crashed_is_given_again_and_what_it_had_done_is_not(
    server: Server, tmp_path: Path
) -> None:
    file, feed = StateFile(tmp_path / "state"), begun(server)
    for number in range(3):
        server.say(JOON["id"], str(number))
    happenings = given(feed, server.changes(0), server)
    assert bodies([next(happenings)]) == ["0"]
    assert bodies([next(happenings)]) == ["1"]  # 0 is done
    file.save(feed)
    again = file.load()
    assert again.identity == feed.identity
    assert bodies(given(again, server.changes(0), server)) == ["1", "2"]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"version": 2}', '{"version": 1, "rooms": 3}'])
def test_a_file_that_is_no_state_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_text(text)
    with pytest.raises(StateError, match="state"):
        StateFile(path).load()


def test_the_file_is_replaced_only_if_something_changed(server: Server, tmp_path: Path) -> None:
    file, feed = StateFile(tmp_path / "state"), begun(server)
    file.save(feed)
    (tmp_path / "state").unlink()
    file.save(feed)
    assert not (tmp_path / "state").exists()
    list(feed.take(CursorGiven({}, "AB")))
    file.save(feed)
    assert file.load().cursor == "AB"
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


# --- what is missing --------------------------------------------------------------------------------------------------


def test_what_is_missing_is_read_first(server: Server) -> None:
    feed = begun(server)
    server.say(JOON["id"], "one")
    since = server.revision
    server.say(JOON["id"], "two")
    assert bodies(given(feed, server.changes(since), server)) == ["one", "two"]


def test_a_connection_on_which_something_is_missing_for_good_is_given_up(server: Server) -> None:
    feed = begun(server)
    server.say(JOON["id"], "one")
    since = server.revision
    server.say(JOON["id"], "two")
    with pytest.raises(ConnectionEndedError):
        list(feed.take(decode(server.changes(since))))


def test_a_bot_without_a_cursor_reads_what_it_missed_as_soon_as_it_is_connected(server: Server) -> None:
    feed = begun(server)
    server.say(JOON["id"], "one")
    feed.connecting()
    happenings = [one for text in server.hello() for one in given(feed, text, server)]
    assert bodies(happenings) == ["one"]


def test_a_bot_that_came_into_a_room_while_it_was_away_reads_when(server: Server) -> None:
    feed = Feed()
    feed.places[ROOM + 1] = begun(server).places[ROOM]
    feed.connecting()
    assert [one for text in server.hello() for one in feed.take(decode(text))] == [Unplaced(ROOM)]


def test_another_database_is_a_new_beginning(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    feed = begun(server)
    other = Server(epoch="two")
    other.say(JOON["id"], "before")
    feed.connecting()
    assert [one for text in other.hello() for one in feed.take(decode(text))] == []
    assert feed.places[ROOM].position == 1
    assert "another database" in caplog.text


# --- changes ----------------------------------------------------------------------------------------------------------


def test_an_edit_a_deletion_and_a_reaction_are_given_once(server: Server) -> None:
    feed = begun(server)
    for body in ("one", "two"):
        server.say(JOON["id"], body)
    list(given(feed, server.changes(0), server))
    since = server.revision
    server.edit(1, "one, edited")
    server.delete(2)
    happenings = list(given(feed, server.changes(since), server))
    assert [type(one) for one in happenings] == [Edited, Deleted]
    since = server.revision
    server.react(1, "👍")
    (reacted,) = given(feed, server.changes(since), server)
    assert isinstance(reacted, Reacted)
    assert list(given(feed, server.changes(0), server)) == []


def test_who_joins_and_leaves_is_given(server: Server) -> None:
    feed = begun(server)
    for code in ("joined", "left", "topic"):
        line: dict[str, Any] = {"code": code, "people": [ME["id"]]}
        server.say(ME["id"], "")
        position = len(server.messages)
        server.messages[position] |= {"kind": "system", "extras": {"system": line}}
    assert [type(one) for one in given(feed, server.changes(0), server)] == [Joined, Left]
