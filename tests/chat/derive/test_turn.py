"""What a deriver is given in a turn, and what is left when a process dies or another one interferes."""

import uuid
from collections.abc import Sequence

import pytest
from django.db import connection

from chat.derive import turn
from chat.derive.comparing import current_epochs
from chat.derive.deriver import Change, Watch
from chat.derive.turn import CursorMovedError, take_turn
from chat.models import DeriverCursor, Message, Room, User
from chat.services.changes import room_transaction
from chat.services.memberships import leave_room
from chat.services.messages import delete_message, edit_message, send_message
from chat.services.system_lines import unwritten
from tests.harness.deriving import Copies, KilledError, at_statement, catch_up, copies, die, rebuilt, runner_of

pytestmark = pytest.mark.usefixtures("table")


def say(author: User, room: Room, *texts: str) -> list[Message]:
    return [send_message(author, room_id=room.pk, key=uuid.uuid4(), body=text) for text in texts]


def change_extras(message: Message) -> None:
    with room_transaction(message.room_id) as change:
        fresh = Message.objects.get(pk=message.pk)
        fresh.extras = {"note": 1}
        change.save_extras(fresh)


def cursor_of(room: Room) -> DeriverCursor:
    return DeriverCursor.objects.get_or_create(room=room, name="copies")[0]


def turns(deriver: Copies, room: Room) -> int:
    """Let a deriver catch up with a room; returns the number of turns."""
    for number in range(1, 100):
        room.refresh_from_db()
        if take_turn(deriver, room, cursor_of(room), epoch=1) >= room.revision:
            return number
    raise AssertionError("never caught up")


def test_new_edited_and_deleted_messages_and_changed_extras_are_told_apart(mina: User, general: Room) -> None:
    deriver = Copies()
    first, second, third = say(mina, general, "one", "two", "three")
    turns(deriver, general)
    deriver.given.clear()
    edit_message(mina, message_id=first.pk, body="one!")
    delete_message(mina, message_id=second.pk)
    change_extras(third)
    say(mina, general, "four")
    turns(deriver, general)
    assert deriver.given == [(Watch.TEXT, 1), (Watch.TEXT, 2), (Watch.EXTRAS, 3), (Watch.NEW, 4)]
    assert copies() == rebuilt()


def test_a_changed_text_counts_as_such_even_if_its_extras_changed_later(mina: User, general: Room) -> None:
    deriver = Copies()
    [message] = say(mina, general, "one")
    turns(deriver, general)
    edit_message(mina, message_id=message.pk, body="one!")
    change_extras(message)
    turns(deriver, general)
    assert deriver.given[-1] == (Watch.TEXT, 1)


@pytest.mark.parametrize(
    ("watches", "given"),
    [(Watch.NEW, [(Watch.NEW, 2)]), (Watch.TEXT, [(Watch.TEXT, 1)]), (Watch.EXTRAS, [])],
)
def test_a_deriver_is_given_only_what_it_watches(
    watches: Watch, given: list[tuple[Watch, int]], mina: User, general: Room
) -> None:
    class Some(Copies):
        pass

    Some.watches = watches
    deriver = Some()
    [first] = say(mina, general, "one")
    turns(deriver, general)
    deriver.given.clear()
    edit_message(mina, message_id=first.pk, body="one!")
    say(mina, general, "two")
    turns(deriver, general)
    assert deriver.given == given
    general.refresh_from_db()
    assert cursor_of(general).revision == general.revision


def test_changes_of_members_move_the_cursor_without_a_call(mina: User, joon: User, general: Room) -> None:
    deriver = Copies()
    turns(deriver, general)
    with unwritten():
        leave_room(joon, room_id=general.pk)
    assert turns(deriver, general) == 1
    assert deriver.given == []


def test_a_message_that_was_edited_while_the_deriver_was_behind_still_counts_as_new(
    mina: User, general: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "TURN_CHANGES", 3)
    deriver = Copies()
    messages = say(mina, general, *"abcdefgh")
    edit_message(mina, message_id=messages[1].pk, body="b!")
    assert turns(deriver, general) > 2
    assert {position for kind, position in deriver.given if kind == Watch.NEW} == set(range(1, 9))
    assert cursor_of(general).position == 8
    assert copies() == rebuilt()


def test_a_turn_ends_with_the_part_that_takes_too_long(
    mina: User, general: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "CHANGES_AT_ONCE", 2)
    say(mina, general, *"abcde")
    general.refresh_from_db()
    times = iter([0.0, 0.01, 0.06, 0.07])
    deriver = Copies()
    reached = take_turn(deriver, general, cursor_of(general), epoch=1, clock=lambda: next(times))
    assert [position for _kind, position in deriver.given] == [1, 2, 3, 4]
    assert (cursor_of(general).position, cursor_of(general).revision) == (4, reached)
    assert reached < general.revision


def test_a_deriver_that_changes_a_message_in_its_hands_skips_nothing(mina: User, general: Room) -> None:
    class Counting(Copies):
        def apply(self, room: Room, changes: Sequence[Change]) -> None:
            super().apply(room, changes)
            for change in changes:
                change.message.revision += 100

    say(mina, general, "one", "two")
    general.refresh_from_db()
    reached = take_turn(Counting(), general, cursor_of(general), epoch=1)
    assert reached == general.revision


def test_a_cursor_that_another_process_has_moved_is_left_alone(mina: User, general: Room) -> None:
    say(mina, general, "one")
    general.refresh_from_db()
    stale = cursor_of(general)
    turns(Copies(), general)
    moved, deriver = cursor_of(general).revision, Copies()
    with pytest.raises(CursorMovedError):
        take_turn(deriver, general, stale, epoch=1)
    assert (cursor_of(general).revision, deriver.given) == (moved, [])


def test_a_process_that_does_not_know_of_a_rewind_undoes_nothing(mina: User, general: Room) -> None:
    say(mina, general, "one")
    general.refresh_from_db()
    take_turn(Copies(), general, cursor_of(general), epoch=2)
    with pytest.raises(CursorMovedError):
        take_turn(Copies(), general, cursor_of(general), epoch=1)
    assert cursor_of(general).epoch == 2


def test_a_deriver_that_fails_leaves_neither_rows_nor_a_moved_cursor(mina: User, general: Room) -> None:
    class Failing(Copies):
        def apply(self, room: Room, changes: Sequence[Change]) -> None:
            super().apply(room, changes)
            raise ValueError

    say(mina, general, "one")
    general.refresh_from_db()
    with pytest.raises(ValueError):  # noqa: PT011 (raised above, without a text)
        take_turn(Failing(), general, cursor_of(general), epoch=1)
    assert (copies(), cursor_of(general).revision) == (set(), 0)


def history(author: User, room: Room) -> None:
    """Messages in a room, of which some changed."""
    messages = say(author, room, *"abcde")
    edit_message(author, message_id=messages[0].pk, body="a!")
    delete_message(author, message_id=messages[2].pk)


def statements_of_catching_up() -> int:
    """How many statements a process makes that catches up, when the deriver has run before in another room."""
    current_epochs(["copies"])
    runner = runner_of(Copies())
    with at_statement(0, die) as said:
        catch_up(runner)
    DeriverCursor.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM derived_by_tests")
    return len(said)


def test_rows_are_those_of_a_rebuild_after_a_kill_before_any_statement(
    mina: User, general: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "TURN_CHANGES", 4)
    monkeypatch.setattr(turn, "CHANGES_AT_ONCE", 2)
    history(mina, general)
    count = statements_of_catching_up()
    assert count > 20
    for number in range(1, count + 1):
        with pytest.raises(KilledError), at_statement(number, die):
            catch_up(runner_of(Copies()))
        edit_message(mina, message_id=Message.objects.get(position=2).pk, body=f"b {number}")
        catch_up(runner_of(Copies()))
        assert copies() == rebuilt(), number
        DeriverCursor.objects.all().delete()


def test_rows_are_those_of_a_rebuild_if_another_process_derives_between_any_two_statements(
    mina: User, general: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "TURN_CHANGES", 4)
    history(mina, general)
    message = Message.objects.get(position=2)
    count, between = statements_of_catching_up(), 0

    def interfere() -> None:
        """What happens while this process is frozen: in a transaction it would hold the cursor, and others wait."""
        nonlocal between
        if not connection.in_atomic_block:
            between += 1
            edit_message(mina, message_id=message.pk, body=f"b {between}")
            catch_up(runner_of(Copies()))

    for number in range(1, count + 1):
        runner = runner_of(Copies())
        with at_statement(number, interfere):
            catch_up(runner)
        catch_up(runner_of(Copies()))
        assert copies() == rebuilt(), number
        DeriverCursor.objects.all().delete()
    assert between > 5
