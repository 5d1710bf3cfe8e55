"""faults.feature_checks: each broken promise about threads, polls, direct messages and statuses is found."""

import uuid
from typing import Any

import pytest

from client.decoding import decode_answer
from client.events import Refused
from client.shapes import Refusal
from faults.checker import check_privacy, threads_of
from faults.crowd import Revocation, Stage
from faults.feature_checks import check_single_sends, check_votes
from faults.history import History
from tests.tools.test_faults_checker import JOON, MINA, ROOM, changes, row, saw, shape, stored

THREAD = 20
POLL = 101
KEY = str(uuid.UUID(int=1))
COPY = uuid.uuid5(uuid.UUID(KEY), "room")


def acked(command: dict[str, Any], message: dict[str, Any], **more: Any) -> History:
    """Mina sent a single command, and it was acked with this message."""
    history = History("mina", MINA)
    history.note(1.0, 1, "reply", decode_answer(1, command, {"room": message["room"], "message": message, **more}))
    return history


# --- threads and direct messages -------------------------------------------------------------------------------------

REPLY = {"type": "send", "room": ROOM, "thread": 109, "key": KEY, "body": "body 1", "also_in_room": True}
ROOMS: dict[int, dict[str, Any]] = {
    ROOM: {"id": ROOM, "parent_message_id": None, "direct_key": None},
    THREAD: {"id": THREAD, "parent_message_id": 109, "direct_key": None},
    30: {"id": 30, "parent_message_id": None, "direct_key": f"{MINA}-{JOON}"},
}


def replied(*rows: dict[str, Any]) -> list[str]:
    history = acked(REPLY, shape(1, room=THREAD))
    return list(check_single_sends([history], {one["id"]: one for one in rows}, ROOMS))


def test_an_acked_reply_is_stored_once_and_so_is_its_copy() -> None:
    reply, copy = row(1, room_id=THREAD), row(2, key=COPY)
    assert replied(reply, copy) == []
    assert [problem.partition(": ")[2] for problem in replied(reply)] == [f"key {KEY}: {COPY} is stored 0 times"]
    assert "stored 2 times" in replied(reply, copy, row(3, key=COPY))[0]
    assert "not stored" in replied(copy)[0]


def test_a_reply_in_the_thread_of_another_message_is_found() -> None:
    assert "in that of None" in replied(row(1), row(2, key=COPY))[0]


@pytest.mark.parametrize(("people", "problems"), [([JOON], 0), ([99], 1)])
def test_a_direct_message_is_in_the_room_of_its_people(people: list[int], problems: int) -> None:
    command = {"type": "direct", "people": people, "key": KEY, "body": "body 1"}
    history = acked(command, shape(1, room=30))
    assert len(list(check_single_sends([history], {101: row(1, room_id=30)}, ROOMS))) == problems


# --- votes -----------------------------------------------------------------------------------------------------------


def voted(*votes: tuple[list[int], int | None]) -> History:
    """Mina voted in the poll; an ack has a revision, and None stands for an ack that never came."""
    history = History("mina", MINA)
    for number, (choices, revision) in enumerate(votes):
        command = {"type": "vote", "message": POLL, "choices": choices}
        mine = {"id": POLL, "revision": revision, "votes": choices}
        answer = {"room": ROOM, "message": shape(1), "mine": mine}
        lost = Refused(number, command, Refusal("disconnected"))
        history.note(1.0, 1, "reply", lost if revision is None else decode_answer(number, command, answer))
    return history


@pytest.mark.parametrize(
    ("votes", "held", "problems"),
    [
        ([([1], 3)], {1}, 0),
        ([([1], 3)], set(), 1),
        ([([1], 3)], {1, 2}, 1),
        ([([2], 4), ([1], 3)], {2}, 0),
        ([([1], 3), ([2], None)], {2}, 0),
        ([([1], 3), ([2], None)], {1}, 0),
        ([([1], 3), ([2], None)], set(), 1),
        ([([2], None)], set(), 0),
        ([], {1}, 1),
    ],
)
def test_the_votes_of_a_person_are_those_of_the_last_ack_or_of_one_that_was_lost(
    votes: list[tuple[list[int], int | None]], held: set[int], problems: int
) -> None:
    stored_votes = {(POLL, MINA): held} if held else {}
    assert len(list(check_votes([voted(*votes)], stored_votes, {POLL: {}}))) == problems


def test_votes_in_a_deleted_poll_are_not_expected() -> None:
    assert list(check_votes([voted(([1], 3))], {}, {})) == []


# --- who may see what ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("at", "returned", "problems"), [(2.9, None, 0), (3.1, None, 1), (3.1, 3.0, 0)])
def test_a_thread_ends_for_whoever_is_removed_from_its_room(at: float, returned: float | None, problems: int) -> None:
    kept = stored(row(1))
    kept.rooms = {ROOM: {"id": ROOM, "parent_id": None}, THREAD: {"id": THREAD, "parent_id": ROOM}}
    lost = Revocation(JOON, ROOM, 9, began=0.0, done=0.1, deadline=3.0)
    returns = [] if returned is None else [(JOON, ROOM, returned)]
    room = {"id": ROOM, "kind": "private", "members": [MINA, JOON]}
    stage = Stage(people=[], cookie="", rooms=[room], revocations=[lost], returns=returns)
    history = saw(JOON, {**changes(2, 3, shape(1, room=THREAD)), "room": THREAD}, at=at)
    assert len(list(check_privacy([history], stage, threads_of(kept)))) == problems


def test_a_thread_seen_by_a_stranger_to_its_room_is_found() -> None:
    room = {"id": ROOM, "kind": "private", "members": [MINA]}
    stage = Stage(people=[], cookie="", rooms=[room])
    history = saw(JOON, {**changes(2, 3, shape(1, room=THREAD)), "room": THREAD})
    assert "was never in it" in next(check_privacy([history], stage, {THREAD: ROOM}))
