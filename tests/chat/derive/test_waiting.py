"""The order of visits: what a room waits for, whatever other rooms do."""

import pytest

from chat.derive.waiting import WaitingRooms

pytestmark = pytest.mark.once

HOT, QUIET = 1, 2


@pytest.fixture
def waiting() -> WaitingRooms:
    return WaitingRooms()


def take_all(waiting: WaitingRooms) -> list[int]:
    taken = []
    while waiting:
        taken.append(waiting.take())
    return taken


def test_rooms_are_visited_in_the_order_of_their_changes_and_once(waiting: WaitingRooms) -> None:
    waiting.add_recent([3, 1])
    waiting.add_recent([2, 3])
    assert take_all(waiting) == [3, 1, 2]


def test_a_recent_change_waits_for_one_room_with_a_backlog_however_many_have_one(waiting: WaitingRooms) -> None:
    backlogs = range(100, 300)
    for room_id in backlogs:
        waiting.add_unfinished(room_id)
    for _ in range(50):
        waiting.add_recent([QUIET])
        taken = [waiting.take(), waiting.take()]
        assert QUIET in taken
        [other] = set(taken) - {QUIET}
        waiting.add_unfinished(other)


def test_a_room_that_changes_all_the_time_waits_behind_the_others_after_a_visit(waiting: WaitingRooms) -> None:
    waiting.add_recent([HOT])
    for number in range(2, 50):
        waiting.add_recent([HOT, number])
        assert waiting.take() == HOT
        waiting.add_unfinished(HOT)
        waiting.add_recent([HOT])
        assert waiting.take() == number


def test_a_backlog_gets_every_second_visit_beside_any_number_of_recent_changes(waiting: WaitingRooms) -> None:
    waiting.add_unfinished(HOT)
    taken = []
    for number in range(100, 200):
        waiting.add_recent([number, number + 1000])
        taken.append(waiting.take())
        if taken[-1] == HOT:
            waiting.add_unfinished(HOT)
    assert taken.count(HOT) == 50


def test_backlogs_are_visited_in_turn(waiting: WaitingRooms) -> None:
    for room_id in (5, 6, 7):
        waiting.add_unfinished(room_id)
    taken = []
    for _ in range(6):
        taken.append(waiting.take())
        waiting.add_unfinished(taken[-1])
    assert taken == [5, 6, 7, 5, 6, 7]


def test_a_room_that_a_comparison_found_does_not_keep_a_recent_change_of_its_own_waiting(
    waiting: WaitingRooms,
) -> None:
    waiting.add_found([*range(100, 300), QUIET])
    waiting.add_recent([QUIET])
    assert waiting.take() == QUIET
    assert QUIET not in waiting


def test_a_room_that_waits_already_is_not_found_again(waiting: WaitingRooms) -> None:
    waiting.add_recent([HOT])
    waiting.add_unfinished(QUIET)
    waiting.add_found([QUIET, HOT, 3])
    assert sorted(take_all(waiting)) == [HOT, QUIET, 3]


def test_no_room_waits_after_a_process_has_lost_its_lease(waiting: WaitingRooms) -> None:
    waiting.add_recent([HOT])
    waiting.add_found([QUIET])
    waiting.clear()
    assert not waiting
