"""What a client holds of a room is what the server holds, whatever is repeated, merged, lost or resumed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.events import ActStored, Gap, MessageArrived, RoomOpened
from client.protocol import ClientProtocol
from client.shapes import Fields, Message
from tests.client.simulated import JOON, ME, ROOM, Server, client, commands, connect, connect_and_open

pytestmark = pytest.mark.once


def held(protocol: ClientProtocol) -> dict[str, Any]:
    """What a client holds of the room, in the words of the server."""
    room = protocol.state.rooms[ROOM]
    return {
        "revision": room.revision,
        "messages": {message.position: message for message in room.timeline},
        "members": {user: member.left for user, member in room.members.items()},
        "unread": room.unread,
    }


def stored(server: Server, *, first: int = 1) -> dict[str, Any]:
    """What the server holds, from the message at position `first` on."""
    messages = [Message.of(message, room=ROOM) for message in server.messages.values() if message["position"] >= first]
    own = max((message.position for message in messages if message.author == ME["id"]), default=0)
    return {
        "revision": server.revision,
        "messages": {message.position: message for message in sorted(messages, key=lambda one: one.position)},
        "members": {user: member.get("left", False) for user, member in server.members.items()},
        "unread": len(server.messages) - own,
    }


steps = st.lists(
    st.tuples(
        st.sampled_from(["say", "say mine", "edit", "delete", "react", "join", "changes", "again", "cut", "reopen"]),
        st.integers(0, 50),
    ),
    max_size=60,
)


class Conversation:
    """A server, a client, and a connection that is cut from time to time."""

    def __init__(self) -> None:
        self.server = Server()
        self.protocol = client()
        self.sent: list[tuple[int, str]] = []
        self.reached = 0
        self.connect()

    def connect(self) -> None:
        """Connect; the client opens the room with what it has."""
        connect_and_open(self.protocol, self.server)
        self.reached = self.server.revision

    def step(self, what: str, number: int) -> None:
        """Do one of the steps."""
        position = number % len(self.server.messages) + 1 if self.server.messages else 0
        if what in ("say", "say mine"):
            self.server.say(ME["id"] if what == "say mine" else JOON["id"], f"Message {number}")
        elif what == "join":
            self.server.join({"id": 3, "username": "third", "name": "Third"}, left=number % 2 == 0)
        elif what == "changes" or what == "again":
            self.changes(since=self.reached if what == "changes" else max(0, self.reached - number))
        elif what == "cut":
            self.protocol.closed(None)
            self.connect()
        elif what == "reopen":
            self.protocol.sync.close(ROOM)
            self.protocol.open(ROOM)
            self.protocol.receive(self.server.opened(commands(self.protocol)[-1]))
            self.reached = self.server.revision
        elif position and not self.server.messages[position].get("deleted"):
            {"edit": self.server.edit, "react": self.server.react}.get(what, lambda at, _: self.server.delete(at))(
                position, f"{what} {number}"
            )

    def changes(self, *, since: int) -> None:
        """The server sends what it has to say, since a revision that the client has passed."""
        events = self.protocol.receive(self.server.changes(since))
        self.reached = self.server.revision
        assert not [event for event in events if isinstance(event, Gap)]


@given(steps)
def test_a_client_holds_what_the_server_holds_however_often_it_was_cut_off(done: list[tuple[str, int]]) -> None:
    conversation = Conversation()
    for what, number in done:
        conversation.step(what, number)
    conversation.changes(since=conversation.reached)
    assert held(conversation.protocol) == stored(conversation.server)


def test_a_gap_is_noticed_and_the_room_is_opened_again_from_what_is_held() -> None:
    server, protocol = Server(), client()
    connect_and_open(protocol, server)
    had = server.revision
    server.say(JOON["id"], "This one gets lost")
    lost_after = server.revision
    server.say(JOON["id"], "This one comes")
    assert Gap(ROOM, had, lost_after) in protocol.receive(server.changes(lost_after))
    [command] = commands(protocol)
    assert (command["type"], command["since"]) == ("open", had)
    events = protocol.receive(server.opened(command))
    assert [event.message.body for event in events if isinstance(event, MessageArrived)] == [
        "This one gets lost",
        "This one comes",
    ]
    assert held(protocol) == stored(server)


def test_changes_that_arrive_while_a_room_is_being_opened_are_taken_after_the_answer() -> None:
    server, protocol = Server(), client()
    protocol.open(ROOM)
    connect(protocol, server)
    [command] = commands(protocol)
    answer = server.opened(command)
    reached = server.revision
    server.say(JOON["id"], "Meanwhile")
    protocol.receive(server.changes(reached))
    assert protocol.state.rooms[ROOM].messages == {}
    assert RoomOpened(ROOM) in protocol.receive(answer)
    assert held(protocol) == stored(server)


def test_messages_sent_while_disconnected_are_received_with_their_authors() -> None:
    server, protocol = Server(), client()
    connect_and_open(protocol, server)
    protocol.closed(None)
    server.say(JOON["id"], "Are you there?")
    connect(protocol, server)
    [command] = commands(protocol)
    arrived = [event for event in protocol.receive(server.opened(command)) if isinstance(event, MessageArrived)]
    assert [(event.message.body, event.author and event.author.name) for event in arrived] == [
        ("Are you there?", "Joon")
    ]


def test_the_first_opening_announces_nothing() -> None:
    server, protocol = Server(), client()
    server.say(JOON["id"], "Long ago")
    protocol.open(ROOM)
    connect(protocol, server)
    [command] = commands(protocol)
    assert not [event for event in protocol.receive(server.opened(command)) if isinstance(event, MessageArrived)]


def opened_in_the_middle() -> tuple[Server, ClientProtocol]:
    """A room of 120 messages, of which a client holds the newest 50."""
    server, protocol = Server(), client()
    for number in range(120):
        server.say(JOON["id"], f"Message {number}")
    connect_and_open(protocol, server)
    return server, protocol


def test_a_change_of_a_message_before_the_window_is_left_out() -> None:
    server, protocol = opened_in_the_middle()
    reached = server.revision
    server.edit(3, "Edited")
    protocol.receive(server.changes(reached))
    assert held(protocol) == stored(server, first=71)


def test_pages_of_history_go_before_the_window_until_there_is_no_older_one() -> None:
    server, protocol = opened_in_the_middle()
    room = protocol.state.rooms[ROOM]
    assert (room.oldest, room.has_older) == (71, True)
    protocol.older(ROOM)
    protocol.receive(server.page(commands(protocol)[-1]))
    assert (room.oldest, room.has_older) == (1, False)
    assert held(protocol) == stored(server)


def test_a_message_that_changes_while_its_page_of_history_is_under_way_is_not_held_in_its_old_state() -> None:
    server, protocol = opened_in_the_middle()
    protocol.older(ROOM)
    page = server.page(commands(protocol)[-1])
    reached = server.revision
    server.edit(3, "Edited after the page was read")
    server.react(4, "🍵")
    protocol.receive(server.changes(reached))
    protocol.receive(page)
    assert held(protocol) == stored(server)


def test_a_window_that_grows_too_large_forgets_its_older_half() -> None:
    server, protocol = Server(), ClientProtocol(most_messages=40)
    connect_and_open(protocol, server)
    for _ in range(50):
        reached = server.revision
        server.say(JOON["id"], "And on")
        protocol.receive(server.changes(reached))
    room = protocol.state.rooms[ROOM]
    assert 20 <= len(room.messages) <= 40
    assert (room.newest, room.has_older) == (50, True)


def test_a_room_of_others_is_forgotten_at_the_next_hello() -> None:
    server, protocol = Server(), client()
    connect_and_open(protocol, server)
    protocol.closed(None)
    protocol.connecting()
    protocol.receive(json.dumps(json.loads(server.hello()[0]) | {"rooms": []}))
    assert protocol.state.rooms == {}
    assert commands(protocol) == []


def test_another_epoch_empties_everything() -> None:
    server, protocol = Server(), client()
    connect_and_open(protocol, server)
    protocol.closed(None)
    connect(protocol, Server(epoch="two"))
    assert protocol.state.rooms[ROOM].revision is None
    assert commands(protocol) == []


def test_unread_counts_what_counts_and_not_system_lines() -> None:
    server, protocol = Server(), client()
    connect_and_open(protocol, server)
    said: list[Fields] = [
        {**server.say(JOON["id"], "Hello"), "counted": 1},
        {**server.say(JOON["id"], "joined"), "kind": "system", "counted": 1},
        {**server.say(JOON["id"], "And on"), "counted": 2},
    ]
    changes = {"type": "changes", "room": ROOM, "since": 2, "revision": server.revision, "messages": said}
    protocol.receive(json.dumps(changes))
    room = protocol.state.rooms[ROOM]
    assert room.unread == 2
    protocol.receive(json.dumps({"type": "read", "room": ROOM, "last_read": 2, "unread": 1}))
    assert room.unread == 1
    line = {**server.say(ME["id"], ""), "kind": "system", "counted": 2}
    protocol.receive(json.dumps({**changes, "since": 5, "revision": server.revision, "messages": [line]}))
    assert room.unread == 1, "what somebody did does not mark the room as read"


# --- the person's own reactions ---------------------------------------------------------------------------------------


def mine(**fields: Any) -> str:
    return json.dumps({"type": "mine", "room": ROOM, "mine": [fields]})


def test_own_reactions_are_those_of_the_highest_revision_in_whatever_order_they_arrive() -> None:
    server, protocol = Server(), client()
    said = server.say(JOON["id"], "hi")
    connect_and_open(protocol, server)
    room = protocol.state.rooms[ROOM]
    for revision, reactions in [(9, ["👍"]), (8, ["🎉"]), (9, [])]:
        protocol.receive(mine(id=said["id"], revision=revision, reactions=reactions))
        assert room.own_reactions(said["id"]) == ("👍",)
    protocol.receive(mine(id=said["id"], revision=10))
    assert room.own_reactions(said["id"]) == ()


def test_an_answer_says_of_each_of_its_messages_which_reactions_are_own() -> None:
    server, protocol = Server(), client()
    one, two = server.say(JOON["id"], "one"), server.say(JOON["id"], "two")
    connect_and_open(protocol, server)
    protocol.receive(mine(id=one["id"], revision=one["revision"] + 5, reactions=["👍"]))
    act = protocol.react(two["id"], "🎉")
    [command] = commands(protocol)
    assert (command["type"], command["emoji"], command["on"]) == ("react", "🎉", True)
    message = {**two, "revision": 7, "extras": {"reactions": [{"emoji": "🎉", "count": 1, "users": [ME["id"]]}]}}
    own = {"id": two["id"], "revision": 7, "reactions": ["🎉"]}
    events = protocol.receive(server.reply(command, room=ROOM, message=message, mine=own))
    assert [event.act for event in events if isinstance(event, ActStored)] == [act]
    room = protocol.state.rooms[ROOM]
    assert [room.own_reactions(message["id"]) for message in (one, two)] == [("👍",), ("🎉",)]
    server.delete(2)
    server.revision = 20
    server.messages[2]["revision"] = server.text_revisions[2] = 20
    protocol.receive(server.changes(room.revision or 0))
    assert room.own_reactions(two["id"]) == ()


def test_a_message_without_reactions_and_a_poll_has_none_of_the_reader_in_whatever_form_its_change_comes() -> None:
    server, protocol = Server(), client()
    one, two, three = (server.say(JOON["id"], body) for body in ("one", "two", "three"))
    connect_and_open(protocol, server)
    for said in (one, two, three):
        protocol.receive(mine(id=said["id"], revision=10, reactions=["👍"], votes=[1]))
    room = protocol.state.rooms[ROOM]
    frame = {"type": "changes", "room": ROOM, "since": room.revision, "revision": 13}
    whole = [{**one, "revision": 11}, {**three, "revision": 13, "extras": {"poll": {"choices": []}}}]
    extras = [{"id": two["id"], "position": 2, "revision": 12, "extras": {}}]
    protocol.receive(json.dumps({**frame, "messages": whole, "extras": extras}))
    assert [room.own_reactions(said["id"]) for said in (one, two, three)] == [(), (), ("👍",)]
    assert [room.own_votes(said["id"]) for said in (one, three)] == [(), (1,)]


def test_own_votes_are_known_with_the_reactions() -> None:
    server, protocol = Server(), client()
    said = server.say(JOON["id"], "Lunch?")
    connect_and_open(protocol, server)
    protocol.receive(mine(id=said["id"], revision=9, reactions=["👍"], votes=[1, 3]))
    room = protocol.state.rooms[ROOM]
    assert (room.own_reactions(said["id"]), room.own_votes(said["id"])) == (("👍",), (1, 3))
    protocol.receive(mine(id=said["id"], revision=10))
    assert room.own_votes(said["id"]) == ()


# --- who has read -----------------------------------------------------------------------------------------------------


def reads(**positions: int | None) -> str:
    named = {str(ME["id"] if name == "me" else JOON["id"]): position for name, position in positions.items()}
    return json.dumps({"type": "reads", "room": ROOM, "reads": named})


def test_who_has_not_read_a_message_follows_from_the_positions_of_members() -> None:
    server, protocol = Server(), client()
    for body in ("one", "two"):
        server.say(ME["id"], body)
    connect_and_open(protocol, server)
    room = protocol.state.rooms[ROOM]
    one, two = room.timeline
    assert room.unread_by(two) == set(), "the server has sent no positions"
    protocol.receive(reads(me=2, joon=1))
    assert (room.unread_by(one), room.unread_by(two)) == (set(), {JOON["id"]})
    protocol.receive(reads(joon=0))
    assert room.reads == {ME["id"]: 2, JOON["id"]: 1}, "positions only increase"
    server.say(JOON["id"], "three")
    protocol.receive(server.changes(room.revision or 0))
    assert (room.unread_by(two), room.unread_by(room.timeline[-1])) == (set(), {ME["id"]})
    protocol.receive(reads(me=None))
    assert room.unread_by(room.timeline[-1]) == set()
