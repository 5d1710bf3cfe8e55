"""Which rooms are behind, and what a rewind does."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.derive.comparing import current_epochs, rooms_behind
from chat.models import AuditEntry, DerivedRoom, DeriverCursor, DeriverState, Room, User
from chat.models.audit import Action
from chat.protocol.errors import Forbidden, NotFound
from chat.queries.derivers import progress_of
from chat.services.deleted_rooms import finish_deletions
from chat.services.deriving import rewind
from chat.services.messages import send_message
from chat.services.rooms import archive_room, delete_room
from tests.harness.deriving import Copies, catch_up, copies, rebuilt, runner_of

pytestmark = pytest.mark.usefixtures("table")


class Others(Copies):
    name = "others"


def say(author: User, room: Room, text: str = "hi") -> None:
    send_message(author, room_id=room.pk, key=uuid.uuid4(), body=text)


def behind(*names: str) -> set[int]:
    return set(rooms_behind(current_epochs(names or ["copies"]), most=100))


def caught_up(*derivers: Copies) -> None:
    """Catch up, and note it."""
    runner = runner_of(*derivers)
    catch_up(runner)
    runner.compare()


def test_a_room_is_behind_from_a_change_until_all_derivers_have_caught_up(
    mina: User, general: Room, founders: Room
) -> None:
    assert behind() == {general.pk, founders.pk}
    caught_up(Copies())
    assert behind() == set()
    say(mina, founders)
    assert behind() == {founders.pk}
    caught_up(Copies())
    assert behind() == set()


def test_every_room_is_behind_for_a_new_deriver(mina: User, general: Room, founders: Room) -> None:
    caught_up(Copies())
    assert behind("copies", "others") == {general.pk, founders.pk}
    caught_up(Copies(), Others())
    assert behind("copies", "others") == set()


def test_one_query_compares_for_any_number_of_derivers(mina: User, general: Room) -> None:
    epochs = current_epochs(["copies", "others"])
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert rooms_behind(epochs, most=100)
    assert len(queries) == 1


def test_a_comparison_finds_at_most_so_many_rooms(mina: User, general: Room, founders: Room) -> None:
    assert len(rooms_behind(current_epochs(["copies"]), most=1)) == 1


def test_a_deleted_room_is_no_longer_compared_and_leaves_nothing(mina: User, general: Room) -> None:
    say(mina, general)
    caught_up(Copies())
    archive_room(mina, room_id=general.pk)
    delete_room(mina, room_id=general.pk)
    assert behind() == set()
    finish_deletions()
    assert not DeriverCursor.objects.filter(room_id=general.pk).exists()
    assert not DerivedRoom.objects.filter(room_id=general.pk).exists()


def test_a_rewind_of_a_room_derives_it_again(keeper: User, mina: User, general: Room, founders: Room) -> None:
    say(mina, general, "one")
    caught_up(Copies())
    rewind(keeper, name="copies", room_id=general.pk)
    assert behind() == {general.pk}
    deriver = Copies()
    caught_up(deriver)
    assert [position for _kind, position in deriver.given] == [1]
    assert copies() == rebuilt()


def test_a_rewind_derives_all_rooms_again(keeper: User, mina: User, general: Room, founders: Room) -> None:
    say(mina, general, "one")
    say(mina, founders, "two")
    caught_up(Copies(), Others())
    rewind(keeper, name="copies")
    assert behind("copies", "others") == {general.pk, founders.pk}
    deriver, other = Copies(), Others()
    caught_up(deriver, other)
    assert (len(deriver.given), other.given) == (2, [])
    assert behind("copies", "others") == set()


def test_a_rewind_is_for_superusers_and_audited(keeper: User, clerk: User, general: Room) -> None:
    current_epochs(["copies"])
    with pytest.raises(Forbidden):
        rewind(clerk, name="copies")
    with pytest.raises(NotFound):
        rewind(keeper, name="unknown")
    with pytest.raises(NotFound):
        rewind(keeper, name="copies", room_id=0)
    rewind(keeper, name="copies", room_id=general.pk)
    [entry] = AuditEntry.objects.filter(action=Action.DERIVER_REWOUND)
    assert (entry.actor, entry.target_name, entry.room_id) == (keeper, "copies", general.pk)


def test_progress_is_the_number_of_rooms_behind_and_the_time_of_the_oldest_change(
    mina: User, general: Room, founders: Room
) -> None:
    caught_up(Copies())
    state = DeriverState.objects.get(name="copies")
    assert progress_of(state) == (0, None)
    say(mina, general, "one")
    say(mina, general, "two")
    first: Any = general.messages.order_by("position").first()
    assert progress_of(state) == (1, first.created_at)
    DeriverState.objects.update(epoch=2)
    state.refresh_from_db()
    assert progress_of(state).rooms_behind == 2
