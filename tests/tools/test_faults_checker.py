"""faults.checker and frame_checks: each broken promise is found, and a kept one is not."""

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

import pytest

from client.decoding import decode_answer, decode_fields, encode
from client.events import Event
from client.protocol import ClientProtocol
from client.shapes import Message
from faults.checker import (
    Stored,
    check_acts,
    check_faults,
    check_outboxes,
    check_pins,
    check_places,
    check_privacy,
    check_rooms,
    check_sightings,
)
from faults.crowd import Revocation, Stage
from faults.frame_checks import FrameChecks
from faults.history import Act, History
from faults.run import LOST_CONNECTIONS, tracebacks

MINA, JOON, STRANGER = 1, 2, 3
ROOM = 10
AT = "2026-01-01T00:00:00Z"
KEYS = {position: str(uuid.UUID(int=position)) for position in range(1, 10)}


@dataclass
class Tab:
    """What the checks read of a client."""

    history: History
    user: int = MINA
    outbox: list[Act] = field(default_factory=list)
    mine: set[int] = field(default_factory=set)


def row(position: int, **changed: Any) -> dict[str, Any]:
    """A message of Mina as the database has it."""
    return {
        "id": 100 + position,
        "room_id": ROOM,
        "author_id": MINA,
        "position": position,
        "revision": position + 2,
        "key": uuid.UUID(KEYS[position]),
        "kind": "text",
        "body": f"body {position}",
        "html": f"<p>body {position}</p>",
        "reply_to_id": None,
        "edited_at": None,
        "deleted_at": None,
        "extras": {},
        **changed,
    }


def shape(position: int, **changed: Any) -> dict[str, Any]:
    """The same message as the wire has it."""
    return {
        "id": 100 + position,
        "room": ROOM,
        "position": position,
        "revision": position + 2,
        "key": KEYS[position],
        "author": MINA,
        "created_at": AT,
        "kind": "text",
        "body": f"body {position}",
        "html": f"<p>body {position}</p>",
        "reply_to": None,
        "edited_at": None,
        "deleted": False,
        **changed,
    }


def stored(*rows: dict[str, Any], **room: Any) -> Stored:
    """A database with one room, Mina and Joon in it."""
    members = {
        (ROOM, user): {"room_id": ROOM, "user_id": user, "revision": user, "left_at": None} for user in (MINA, JOON)
    }
    counts = {"message_count": len(rows), "revision": len(rows) + 2, "settings_revision": 0, "pin_count": 0}
    stored_room = {"id": ROOM, **counts, **room}
    return Stored({ROOM: stored_room}, {one["id"]: one for one in rows}, members)


def stage(**changed: Any) -> Stage:
    room = {"id": ROOM, "kind": "private", "members": [MINA, JOON]}
    return Stage(people=[], cookie="", rooms=[room], **changed)


def held(message: dict[str, Any] | None) -> Message | None:
    """A message as a client holds it."""
    return None if message is None else Message.of(message, room=ROOM)


def sent(position: int, *, acked: dict[str, Any] | None = None, refused: str = "") -> History:
    """Mina said something, and this became of it."""
    history = History("mina", MINA)
    history.acts.append(
        Act("send", ROOM, key=KEYS[position], body=f"body {position}", acked=held(acked), refused=refused)
    )
    return history


def saw(user: int, *frames: dict[str, Any] | Event, at: float = 1.0) -> History:
    """Somebody got these frames on one connection."""
    history = History(f"person {user}", user)
    for frame in frames:
        history.note(at, 1, "frame", frame if isinstance(frame, Event) else decode_fields(frame))
    return history


def room(**changed: Any) -> dict[str, Any]:
    """The room as its reader has it."""
    described = {"id": ROOM, "slug": "room", "name": "Room", "kind": "private", "revision": 2, "message_count": 0}
    return described | changed


def answer_to_open(revision: int, *messages: dict[str, Any], **command: Any) -> Event:
    """What somebody who opened the room was answered."""
    reply = {"room": room(), "revision": revision, "reset": "since" not in command, "messages": list(messages)}
    return decode_answer(1, {"type": "open", "room": ROOM, **command}, reply)


def excerpt(position: int, **changed: Any) -> dict[str, Any]:
    """The same message as an excerpt."""
    return {
        "id": 100 + position,
        "position": position,
        "revision": position + 2,
        "author": {"id": MINA, "username": "mina", "name": "Mina"},
        "created_at": AT,
        "kind": "text",
        "text": f"body {position}",
        "deleted": False,
    } | changed


def changes(since: int, revision: int, *messages: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "changes",
        "room": ROOM,
        "since": since,
        "revision": revision,
        "messages": list(messages),
        "members": [],
    }


class Watched:
    """A client that has opened the room, and what was found fault with."""

    def __init__(self, revision: int, *messages: dict[str, Any]) -> None:
        self.protocol = ClientProtocol()
        self.checks = FrameChecks()
        self.faults: list[str] = []
        self.protocol.open(ROOM)
        self.protocol.connecting()
        user = {"id": JOON, "username": "joon", "name": "Joon"}
        self.take({"type": "hello", "epoch": "one", "user": user, "rooms": [ROOM]})
        self.open(revision, *messages, reset=True)

    def take(self, frame: dict[str, Any]) -> None:
        """Take a frame."""
        events = self.protocol.receive(encode(frame))
        self.faults += self.checks.faults_in(events, self.protocol)

    def open(self, revision: int, *messages: dict[str, Any], reset: bool = False) -> None:
        """Take the answer to the `open` that was sent last."""
        [command] = [json.loads(text) for text in self.protocol.outgoing()]
        answer = {"room": room(), "revision": revision, "reset": reset, "messages": list(messages)}
        self.take({"type": "reply", "ref": command["ref"], "ok": True} | answer)

    def ack(self, message: dict[str, Any]) -> None:
        """Say something, and take the ack."""
        ref = self.protocol.ask({"type": "send", "room": ROOM, "key": message["key"], "body": message["body"]})
        self.take({"type": "reply", "ref": ref, "ok": True, "message": message})


# --- the database ----------------------------------------------------------------------------------------------------


def test_a_correct_room_is_no_problem() -> None:
    assert list(check_rooms(stored(row(1), row(2)))) == []


def test_a_key_stored_twice_is_found() -> None:
    assert "stored 2 times" in next(check_rooms(stored(row(1), row(2, key=uuid.UUID(KEYS[1])))))


def test_a_hole_in_the_positions_is_found() -> None:
    assert "positions" in next(check_rooms(stored(row(1), row(3))))


def test_a_count_that_is_not_the_last_position_is_found() -> None:
    assert "the count says 3" in next(check_rooms(stored(row(1), row(2), message_count=3, revision=9)))


def test_a_revision_taken_twice_is_found() -> None:
    assert "taken twice" in next(check_rooms(stored(row(1), row(2, revision=3))))


def test_a_change_ahead_of_its_room_is_found() -> None:
    assert "at revision 3, and something in it at 4" in next(check_rooms(stored(row(1), row(2), revision=3)))


def test_a_pin_that_only_the_message_or_only_the_table_has_is_found() -> None:
    pinned = row(1, extras={"pinned": {"by": MINA, "at": AT}})
    kept = stored(pinned, row(2), pin_count=1)
    kept.pinned = {101}
    assert list(check_pins(kept)) == []
    lost = stored(pinned, row(2), pin_count=1)
    assert [sentence.partition(":")[2] for sentence in check_pins(lost)] == [
        " messages [101] are marked as pinned without a pin, or not marked",
        " counts 1 pins, and has 0",
    ]
    unmarked = stored(row(1), row(2))
    unmarked.pinned = {102}
    assert len(list(check_pins(unmarked))) == 2


# --- what was sent ---------------------------------------------------------------------------------------------------


def test_an_acked_message_that_is_stored_is_no_problem() -> None:
    assert list(check_acts([sent(1, acked=shape(1))], stored(row(1)), stage())) == []


def test_an_acked_message_that_is_not_stored_is_found() -> None:
    assert "not stored" in next(check_acts([sent(2, acked=shape(2))], stored(row(1)), stage()))


def test_an_ack_with_the_message_of_another_key_is_found() -> None:
    found = list(check_acts([sent(2, acked=shape(1))], stored(row(1), row(2)), stage()))
    assert "acked with a message that is another" in found[0]


def test_an_acked_message_with_another_text_is_found() -> None:
    assert "another text" in next(check_acts([sent(1, acked=shape(1))], stored(row(1, body="?")), stage()))


@pytest.mark.parametrize(
    ("kind", "answer", "found"),
    [
        ("edit", {"body": "asked for"}, []),
        ("edit", {"body": "another"}, ["another text than was asked for"]),
        ("delete", {"deleted": True}, []),
        ("delete", {"deleted": False}, ["was to be deleted"]),
    ],
)
def test_an_edit_or_deletion_acked_with_something_else_is_found(
    kind: Any, answer: dict[str, Any], found: list[str]
) -> None:
    history = History("mina", MINA)
    history.acts.append(Act(kind, ROOM, message=101, body="asked for", acked=held(shape(1, **answer))))
    problems = list(check_acts([history], stored(row(1)), stage()))
    assert len(problems) == len(found)
    assert all(sentence in problem for sentence, problem in zip(found, problems, strict=True))


def test_an_act_that_was_neither_answered_nor_kept_is_found() -> None:
    history = sent(1)
    client = Tab(history, outbox=list(history.acts))
    assert list(check_outboxes([client])) == []
    client.outbox.clear()
    assert "1 acts without an answer, 0 in its outbox" in next(check_outboxes([client]))


def test_somebody_who_does_not_know_of_a_room_of_theirs_is_found() -> None:
    client = Tab(History("joon", JOON), user=JOON, mine={ROOM, 99})
    assert list(check_places([client], stored(row(1)))) == []
    client.mine.clear()
    assert "has other rooms than the database: [10]" in next(check_places([client], stored(row(1))))


def test_a_refused_message_that_is_stored_is_found() -> None:
    lost = Revocation(MINA, ROOM, 2, began=0.0, done=0.0, deadline=3.0)
    history = sent(1, refused="forbidden")
    assert "refused (forbidden) and is stored" in next(check_acts([history], stored(row(1)), stage(revocations=[lost])))


def test_a_refusal_to_somebody_who_kept_their_place_is_found() -> None:
    assert "for no reason" in next(check_acts([sent(1, refused="forbidden")], stored(), stage()))


def test_a_refusal_to_somebody_who_was_removed_is_no_problem() -> None:
    lost = Revocation(MINA, ROOM, 2, began=0.0, done=0.0, deadline=3.0)
    assert list(check_acts([sent(1, refused="not_found")], stored(), stage(revocations=[lost]))) == []


# --- what was seen ---------------------------------------------------------------------------------------------------


def test_the_same_state_seen_by_two_is_no_problem() -> None:
    histories = [saw(user, changes(2, 3, shape(1))) for user in (MINA, JOON)]
    assert list(check_sightings(histories, stored(row(1)))) == []


def test_a_message_seen_in_another_place_than_it_is_stored_is_found() -> None:
    assert "where it is not stored" in next(
        check_sightings([saw(JOON, changes(2, 3, shape(1)))], stored({**row(1), "position": 2}))
    )


def test_two_contents_of_one_revision_are_found() -> None:
    histories = [saw(MINA, changes(2, 3, shape(1))), saw(JOON, changes(2, 3, shape(1, body="other")))]
    assert "saw another message 101" in next(check_sightings(histories, stored(row(1))))


def test_changes_that_go_back_on_one_connection_are_found() -> None:
    frames = [changes(2, 4, shape(2)), changes(2, 3, shape(1))]
    assert "went back to revision 3" in next(check_sightings([saw(JOON, *frames)], stored(row(1), row(2))))


def test_a_room_opened_behind_what_an_earlier_connection_saw_is_found() -> None:
    history = saw(JOON, changes(2, 4, shape(2)))
    for number, revision in ((2, 4), (3, 3)):
        history.note(1.0, number, "reply", answer_to_open(revision))
    assert list(check_sightings([history], stored(row(1), row(2)))) == ["person 2: room 10 went back to revision 3"]


def test_what_a_client_found_fault_with_is_found() -> None:
    history = History("joon", JOON)
    history.note(1.0, 1, "fault", "a gap")
    assert list(check_faults([history])) == ["joon: a gap"]


def test_an_excerpt_is_of_a_stored_message_and_has_its_text() -> None:
    def problems(**changed: Any) -> list[str]:
        activity = {"type": "activity", "room": ROOM, "message_count": 1, "last_message": excerpt(1) | changed}
        histories = [saw(JOON, changes(2, 3, shape(1))), saw(JOON, activity)]
        return list(check_sightings(histories, stored(row(1))))

    assert problems() == []
    assert problems(text="another") == ["person 2 saw another excerpt of message 101 than its text begins with"]
    assert problems(position=2) == ["person 2 saw an excerpt of message 101 where it is not stored"]


def test_the_excerpt_of_a_message_with_markup_is_its_text_without_it() -> None:
    marked = shape(1, body="**one** ||two||", html='<p><strong>one</strong> <span class="spoiler">two</span></p>')

    def problems(text: str) -> list[str]:
        activity = {"type": "activity", "room": ROOM, "message_count": 1, "last_message": excerpt(1, text=text)}
        return list(check_sightings([saw(JOON, changes(2, 3, marked), activity)], stored(row(1))))

    assert problems("one ▒▒▒") == []
    assert problems("**one** ||two||") == ["person 2 saw another excerpt of message 101 than its text begins with"]


# --- who may see what ------------------------------------------------------------------------------------------------


def test_a_member_who_sees_a_message_is_no_problem() -> None:
    assert list(check_privacy([saw(JOON, changes(2, 3, shape(1)))], stage())) == []


def test_a_message_seen_by_a_stranger_is_found_in_any_frame() -> None:
    for frame in (
        changes(2, 3, shape(1)),
        decode_answer(1, {"type": "send"}, {"message": shape(1)}),
        answer_to_open(3, shape(1)),
        {"type": "activity", "room": ROOM, "message_count": 1, "last_message": excerpt(1)},
        {"type": "rooms", "rooms": [room(last_message=excerpt(1))]},
        {"type": "room", "room": room(last_message=excerpt(1))},
    ):
        assert "was never in it" in next(check_privacy([saw(STRANGER, frame)], stage()))


def test_a_message_from_after_a_removal_is_found_and_one_from_before_is_not() -> None:
    lost = Revocation(JOON, ROOM, 3, began=0.0, done=0.1, deadline=3.0)
    histories = [saw(JOON, changes(2, 3, shape(1))), saw(JOON, changes(3, 4, shape(2)))]
    found = list(check_privacy(histories, stage(revocations=[lost])))
    assert len(found) == 1
    assert "message 102" in found[0]


def test_a_person_invited_again_may_see_messages_of_the_time_between() -> None:
    lost = Revocation(JOON, ROOM, 3, began=0.0, done=0.1, deadline=3.0)
    back = stage(revocations=[lost], returns=[(JOON, ROOM, 0.5)])
    assert list(check_privacy([saw(JOON, changes(3, 4, shape(2)), at=0.6)], back)) == []
    assert "message 102" in next(check_privacy([saw(JOON, changes(3, 4, shape(2)), at=0.4)], back))


def test_what_is_said_between_two_stays_of_somebody_is_secret_until_the_second() -> None:
    lost = [
        Revocation(JOON, ROOM, revision, began, done=began, deadline=9.0) for revision, began in ((3, 0.0), (5, 2.0))
    ]
    back = stage(revocations=lost, returns=[(JOON, ROOM, 1.0), (JOON, ROOM, 3.0)])
    assert list(check_privacy([saw(JOON, changes(3, 4, shape(2)), at=1.5)], back)) == []
    assert "message 104" in next(check_privacy([saw(JOON, changes(5, 6, shape(4)), at=2.5)], back))
    assert list(check_privacy([saw(JOON, changes(5, 6, shape(4)), at=3.5)], back)) == []


def test_a_frame_received_too_long_after_access_ended_is_found() -> None:
    lost = Revocation(JOON, 0, 0, began=0.0, done=0.1, deadline=3.0)
    assert list(check_privacy([saw(JOON, changes(2, 3, shape(1)), at=2.9)], stage(revocations=[lost]))) == []
    late = list(check_privacy([saw(JOON, changes(2, 3, shape(1)), at=3.5)], stage(revocations=[lost])))
    assert "3.4 s after its access ended" in late[0]


# --- what servers say ------------------------------------------------------------------------------------------------


TRACEBACK = "a line\nTraceback (most recent call last):\n  File x\n{}: it is away\n"


def test_a_traceback_is_found_in_any_log() -> None:
    for logs in (["", TRACEBACK.format("ValueError")], [TRACEBACK.format("ValueError"), "fine\n" * 100]):
        assert tracebacks(logs, LOST_CONNECTIONS) == ["the log has a traceback: ValueError: it is away"]


def test_a_lost_connection_is_excused_only_where_the_scenario_cut_one() -> None:
    log = TRACEBACK.format("redis.exceptions.ConnectionError")
    assert tracebacks([log], LOST_CONNECTIONS) == []
    assert len(tracebacks([log], None)) == 1


# --- what one client sees --------------------------------------------------------------------------------------------


def test_changes_in_order_are_no_fault() -> None:
    joon = Watched(3, shape(1))
    joon.take(changes(3, 4, shape(2)))
    assert joon.faults == []
    assert joon.protocol.state.rooms[ROOM].newest == 2


def test_changes_after_a_gap_are_a_fault() -> None:
    joon = Watched(3, shape(1))
    joon.take(changes(4, 5, shape(3)))
    assert joon.faults == ["room 10: changes since 4, and held only 3"]


def test_a_hole_in_what_is_seen_is_a_fault() -> None:
    joon = Watched(3, shape(1))
    joon.take(changes(3, 5, shape(3)))
    assert joon.faults == ["room 10: positions [2] are missing at revision 5"]


def test_an_ack_may_run_ahead_of_the_changes() -> None:
    joon = Watched(3, shape(1))
    joon.ack(shape(3))
    joon.protocol.outgoing()
    joon.take(changes(3, 4, shape(2)))
    assert joon.faults == []


def test_an_open_that_goes_back_is_a_fault() -> None:
    joon = Watched(4, shape(1), shape(2))
    joon.protocol.closed(None)
    joon.protocol.connecting()
    joon.take({"type": "hello", "epoch": "one", "user": {"id": JOON, "username": "j", "name": "J"}, "rooms": [ROOM]})
    joon.open(3)
    assert joon.faults == ["room 10: opened at revision 3, and held 4 already"]


def test_two_messages_at_one_position_are_a_fault() -> None:
    joon = Watched(3, shape(1))
    joon.ack(shape(1, id=999))
    assert joon.faults == ["room 10: messages 101 and 999 both at position 1"]


def test_a_message_twice_in_one_frame_is_a_fault() -> None:
    joon = Watched(3, shape(1))
    joon.take(changes(3, 5, shape(2), shape(2, revision=5)))
    assert joon.faults == ["room 10: a message twice in the changes to revision 5"]


def test_rooms_that_are_not_mine_and_errors_without_a_command_are_faults() -> None:
    joon = Watched(3, shape(1))
    joon.take({"type": "rooms", "rooms": [room(id=99)], "more": False})
    joon.take({"type": "error", "error": {"code": "invalid"}})
    assert [fault.split(":")[0] for fault in joon.faults] == [
        "rooms [99] were described, and are not mine",
        "an error that no command asked for",
    ]


@pytest.mark.parametrize(
    ("attachments", "problems"),
    [([{"id": "a"}, {"id": "b"}], 0), ([{"id": "b"}, {"id": "a"}], 1), ([{"id": "a"}], 1), ([], 1)],
)
def test_a_message_carries_the_files_it_was_sent_with_in_their_order(
    attachments: list[dict[str, str]], problems: int
) -> None:
    history = sent(1, acked=shape(1))
    history.acts[0].files = ("a", "b")
    found = list(check_acts([history], stored(row(1, extras={"attachments": attachments})), stage()))
    assert ["carries other files" in sentence for sentence in found] == [True] * problems


def test_files_of_a_deleted_message_are_not_expected() -> None:
    history = sent(1, acked=shape(1))
    history.acts[0].files = ("a",)
    assert not list(check_acts([history], stored(row(1, deleted_at=AT, body="")), stage()))
