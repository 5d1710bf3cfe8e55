"""Pinning messages: who may, what everybody sees of it, and what remains of it."""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from chat.bus.events import RoomChanged
from chat.models import Message, Pin, Room
from chat.protocol.errors import Archived, Conflict, Forbidden, NotFound, RateLimited
from chat.protocol.limits import PINS_PER_MINUTE
from chat.protocol.shapes import RoomInfo
from chat.queries.pins import pins
from chat.queries.rooms import open_room
from chat.services import quotas
from chat.services.deleted_rooms import finish_deletions
from chat.services.memberships import join_room, leave_room, remove_member
from chat.services.messages import delete_message, edit_message, send_message
from chat.services.pins import pin
from chat.services.reactions import react
from chat.services.room_pins import MOST_PINS
from chat.services.rooms import archive_room, delete_room
from tests.harness.threads import at_once


def say(author: Any, room: Room, body: str = "hi", **more: Any) -> Message:
    return send_message(author, room_id=room.pk, key=uuid.uuid4(), body=body, **more)


def listed(reader: Any, room: Room) -> list[int]:
    return [message.id for message in pins(reader, room_id=room.pk).messages]


def count_of(room: Room) -> int:
    room.refresh_from_db()
    assert room.pin_count == Pin.objects.filter(room=room).count()
    return int(room.pin_count)


@pytest.fixture
def said(mina: Any, general: Any) -> Message:
    return say(mina, general)


# --- what everybody sees ----------------------------------------------------------------------------------------------


def test_a_pinned_message_says_who_pinned_it_and_the_room_counts_it(
    mina: Any, joon: Any, said: Message, general: Room
) -> None:
    pinned = pin(joon, message_id=said.pk, on=True)
    assert pinned.extras["pinned"]["by"] == joon.pk
    assert count_of(general) == 1
    assert RoomInfo.of(general).pins == 1
    assert listed(mina, general) == [said.pk]


def test_unpinning_leaves_no_trace_on_the_message(mina: Any, joon: Any, said: Message, general: Room) -> None:
    react(joon, message_id=said.pk, emoji="👍", on=True)
    pin(mina, message_id=said.pk, on=True)
    message = pin(joon, message_id=said.pk, on=False)
    assert set(message.extras) == {"reactions"}
    assert count_of(general) == 0
    assert listed(mina, general) == []


def test_repeating_it_changes_nothing(mina: Any, said: Message, general: Room) -> None:
    for on in (True, False):
        pin(mina, message_id=said.pk, on=on)
        general.refresh_from_db()
        before = general.revision
        pin(mina, message_id=said.pk, on=on)
        general.refresh_from_db()
        assert general.revision == before


def test_the_pins_pinned_last_come_first(mina: Any, joon: Any, general: Room) -> None:
    first, second, third = (say(mina, general, body) for body in ("a", "b", "c"))
    for message in (second, third, first):
        pin(joon, message_id=message.pk, on=True)
    assert listed(mina, general) == [first.pk, third.pk, second.pk]


def test_the_change_brings_the_mark_the_line_and_the_count(
    published_by: Callable[..., list[Any]], joon: Any, said: Message
) -> None:
    (change,) = published_by(lambda: pin(joon, message_id=said.pk, on=True))
    assert isinstance(change, RoomChanged)
    assert [item.id == said.pk for item in change.messages] == [True, False]
    assert [item.is_system for item in change.messages] == [False, True]
    assert change.info is not None
    assert '"pins":1' in change.info


def test_a_page_of_pins_fits_into_a_frame_and_the_next_one_continues(mina: Any, joon: Any, general: Room) -> None:
    messages = [say(mina, general, "x" * 10_000) for _ in range(10)]
    for message in messages:
        pin(joon, message_id=message.pk, on=True)
    found: list[int] = []
    before = None
    while True:
        page = pins(joon, room_id=general.pk, before=before)
        assert len(page.encode()) < 512 * 1024
        found += [message.id for message in page.messages]
        if not page.has_more:
            break
        before = found[-1]
    assert found == [message.pk for message in reversed(messages)]
    assert before is not None, "all fitted into one page, so nothing was tested"


def test_who_has_left_is_still_named_as_author_and_as_who_pinned_it(mina: Any, joon: Any, general: Room) -> None:
    by_joon, by_mina = say(joon, general), say(mina, general)
    pin(mina, message_id=by_joon.pk, on=True)
    pin(joon, message_id=by_mina.pk, on=True)
    leave_room(joon, room_id=general.pk)
    assert [user.username for user in pins(mina, room_id=general.pk).users] == ["joon"]
    assert [user.username for user in open_room(mina, room_id=general.pk).users] == ["joon"]


# --- who may, and when ------------------------------------------------------------------------------------------------


def test_every_member_pins_and_unpins_messages_of_everybody(mina: Any, joon: Any, said: Message, general: Room) -> None:
    pin(joon, message_id=said.pk, on=True)
    pin(mina, message_id=said.pk, on=False)
    assert count_of(general) == 0


def test_nobody_pins_in_a_room_that_is_not_theirs_or_reads_its_pins(
    mina: Any, stranger: Any, general: Room, founders: Room
) -> None:
    for room, error in ((general, Forbidden), (founders, NotFound)):
        message = say(mina, room)
        with pytest.raises(error):
            pin(stranger, message_id=message.pk, on=True)
        with pytest.raises(error):
            pins(stranger, room_id=room.pk)


def test_who_was_removed_reads_no_pins(mina: Any, joon: Any, said: Message, general: Room) -> None:
    pin(joon, message_id=said.pk, on=True)
    remove_member(mina, room_id=general.pk, user_id=joon.pk)
    with pytest.raises(Forbidden):
        pins(joon, room_id=general.pk)


def test_an_archived_room_keeps_its_pins_and_takes_no_new_ones(mina: Any, said: Message, general: Room) -> None:
    other = say(mina, general)
    pin(mina, message_id=said.pk, on=True)
    archive_room(mina, room_id=general.pk)
    for message, on in ((other, True), (said, False)):
        with pytest.raises(Archived):
            pin(mina, message_id=message.pk, on=on)
    assert listed(mina, general) == [said.pk]


def test_the_fifty_first_pin_is_refused_in_words(mina: Any, general: Room) -> None:
    with quotas.unlimited():
        for number in range(MOST_PINS):
            pin(mina, message_id=say(mina, general, str(number)).pk, on=True)
        one_more = say(mina, general)
        with pytest.raises(Conflict, match="50 pinned messages"):
            pin(mina, message_id=one_more.pk, on=True)
        assert count_of(general) == MOST_PINS
        pin(mina, message_id=listed(mina, general)[0], on=False)
        pin(mina, message_id=one_more.pk, on=True)
    assert count_of(general) == MOST_PINS


def test_a_person_pins_only_so_often(mina: Any, said: Message) -> None:
    for number in range(PINS_PER_MINUTE):
        pin(mina, message_id=said.pk, on=number % 2 == 0)
    with pytest.raises(RateLimited):
        pin(mina, message_id=said.pk, on=True)


def test_a_message_that_is_deleted_or_does_not_exist_cannot_be_pinned(mina: Any, said: Message) -> None:
    delete_message(mina, message_id=said.pk)
    with pytest.raises(Conflict, match="deleted"):
        pin(mina, message_id=said.pk, on=True)
    with pytest.raises(NotFound):
        pin(mina, message_id=said.pk + 1_000, on=True)


# --- what remains -----------------------------------------------------------------------------------------------------


def test_deleting_a_message_unpins_it_and_its_quotes_say_so(mina: Any, joon: Any, said: Message, general: Room) -> None:
    answer = say(joon, general, "yes", reply_to=said.pk)
    pin(joon, message_id=said.pk, on=True)
    pin(joon, message_id=answer.pk, on=True)
    delete_message(mina, message_id=said.pk)
    said.refresh_from_db()
    answer.refresh_from_db()
    assert said.extras == {}
    assert answer.extras["quote"]["deleted"]
    assert listed(mina, general) == [answer.pk]
    assert count_of(general) == 1


def test_an_edited_message_stays_pinned(mina: Any, said: Message, general: Room) -> None:
    pin(mina, message_id=said.pk, on=True)
    edit_message(mina, message_id=said.pk, body="better")
    assert [message.body for message in pins(mina, room_id=general.pk).messages] == ["better"]


def test_a_message_deleted_by_an_earlier_version_is_no_pin_any_more(mina: Any, said: Message, general: Room) -> None:
    other = say(mina, general)
    pin(mina, message_id=said.pk, on=True)
    Message.objects.filter(pk=said.pk).update(extras={}, body="", deleted_at=said.created_at)
    assert listed(mina, general) == []
    pin(mina, message_id=other.pk, on=True)
    general.refresh_from_db()
    assert general.pin_count == 1


def test_the_pins_of_a_deleted_room_are_removed(mina: Any, said: Message, general: Room) -> None:
    pin(mina, message_id=said.pk, on=True)
    archive_room(mina, room_id=general.pk)
    delete_room(mina, room_id=general.pk)
    finish_deletions()
    assert not Pin.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_pins_and_unpins_at_once_leave_the_count_of_the_rows(
    mina: Any, joon: Any, stranger: Any, general: Room
) -> None:
    join_room(stranger, room_id=general.pk)
    messages = [say(mina, general, str(number)) for number in range(4)]
    people = (mina, joon, stranger)
    outcomes = at_once(
        *(
            partial(pin, people[number % 3], message_id=message.pk, on=on)
            for number, message in enumerate(messages)
            for on in (True, False, True)
        )
    )
    assert all(isinstance(outcome, Message) for outcome in outcomes), outcomes
    assert count_of(general) == len(listed(mina, general))
    marked = [message.pk for message in Message.objects.filter(room=general) if "pinned" in message.extras]
    assert sorted(marked) == sorted(listed(mina, general))
