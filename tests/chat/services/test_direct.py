"""Direct rooms: one for each set of people, created with the first message, and closed while nobody can write there."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from chat.bus.events import MemberJoined, RoomChanged
from chat.derive.closed_rooms import UpdateClosedRooms
from chat.derive.due_runner import DueRunner
from chat.derive.mentions import Mentions
from chat.handlers import handle
from chat.models import Membership, Message, PersonItem, Room, User
from chat.models.room import MOST_IN_DIRECT_ROOM
from chat.protocol.commands import SetItem
from chat.protocol.errors import ChatError, Conflict, Forbidden, Held, Invalid, NotFound, RateLimited
from chat.protocol.limits import NEW_DIRECT_ROOMS_PER_HOUR
from chat.protocol.shapes import RoomInfo
from chat.queries.direct import title_of
from chat.queries.mentions import unread_positions
from chat.queries.rooms import open_room, room_summaries
from chat.services import quotas
from chat.services.blocks import set_block
from chat.services.changes import room_transaction
from chat.services.deleted_rooms import finish_deletions
from chat.services.direct import room_between, send_direct, update_rooms
from chat.services.erasure import STEPS, erase, erase_some
from chat.services.item_kinds import BLOCKED_PEOPLE, HIDDEN_ROOMS
from chat.services.memberships import invite_member, join_room, leave_room, remove_member, set_role
from chat.services.messages import edit_message, send_message
from chat.services.people import activate_user, deactivate_user, update_profile
from chat.services.person_items import set_item
from chat.services.rooms import archive_room, update_room
from tests.harness import deriving
from tests.harness.space import set_space
from tests.harness.threads import at_once


def write(author: Any, *people: Any, body: str = "hi", key: uuid.UUID | None = None) -> Message:
    return send_direct(author, people=[person.pk for person in people], key=key or uuid.uuid4(), body=body)


def room_of(message: Message) -> Room:
    return Room.objects.get(pk=message.room_id)


def people_of(room: Room) -> set[User]:
    return {membership.user for membership in room.memberships.current()}


# --- creating ---------------------------------------------------------------------------------------------------------


def test_the_first_message_creates_the_room_and_the_answer_finds_it(mina: Any, joon: Any) -> None:
    first = write(mina, joon)
    answer = write(joon, mina, body="hello")
    room = room_of(first)
    assert (room.kind, room.name, first.position) == ("direct", "", 1)
    assert (answer.room_id, answer.position) == (room.pk, 2)
    assert people_of(room) == {mina, joon}
    assert set(room.memberships.values_list("role", flat=True)) == {"member"}


def test_another_set_of_people_is_another_room(mina: Any, joon: Any, stranger: Any) -> None:
    rooms = {write(mina, *people).room_id for people in [(joon,), (stranger,), (joon, stranger), (mina,)]}
    assert len(rooms) == 4
    assert write(stranger, joon, mina).room_id in rooms
    assert write(mina, mina).room_id == room_between([mina.pk])


@pytest.mark.django_db(transaction=True)
def test_two_who_write_to_each_other_at_the_same_moment_meet_in_one_room(mina: Any, joon: Any) -> None:
    sent = at_once(*[partial(write, mina, joon), partial(write, joon, mina)] * 2)
    assert len({message.room_id for message in sent}) == 1
    assert sorted(message.position for message in sent) == [1, 2, 3, 4]
    assert Room.objects.filter(kind="direct").count() == 1


def test_everybody_in_it_is_sent_the_room_before_its_first_message(
    mina: Any, joon: Any, published_by: Callable[..., list[Any]]
) -> None:
    published = published_by(lambda: write(mina, joon))
    events = [event for event in published if isinstance(event, MemberJoined | RoomChanged)]
    assert [type(event) for event in events] == [MemberJoined, MemberJoined, RoomChanged, RoomChanged]
    joined = [event for event in events if isinstance(event, MemberJoined)]
    assert {event.user for event in joined} == {mina.pk, joon.pk}
    assert '"people":[{' in joined[0].summary


def test_a_resent_key_stores_nothing_twice(mina: Any, joon: Any, stranger: Any) -> None:
    key = uuid.uuid4()
    assert write(mina, joon, key=key).pk == write(mina, joon, key=key).pk
    with pytest.raises(Conflict):
        write(mina, stranger, key=key)
    assert room_between([mina.pk, stranger.pk]) is None


def test_what_can_be_no_message_creates_no_room(mina: Any, joon: Any) -> None:
    with pytest.raises(Invalid):
        write(mina, joon, body=" ")
    assert not Room.objects.exists()


def test_only_active_people_can_be_written_to_for_the_first_time(mina: Any, joon: Any, stranger: Any) -> None:
    User.objects.filter(pk=stranger.pk).update(is_active=False)
    for people in ([stranger.pk], [10**9], [joon.pk, stranger.pk]):
        with pytest.raises(NotFound) as refused:
            send_direct(mina, people=people, key=uuid.uuid4(), body="hi")
        assert refused.value.field == "people"
    assert not Room.objects.exists()


def test_a_group_is_limited(mina: Any) -> None:
    people = User.objects.bulk_create(User(username=f"u{number}") for number in range(MOST_IN_DIRECT_ROOM))
    with pytest.raises(Invalid):
        write(mina, *people)
    assert len(people_of(room_of(write(mina, *people[1:])))) == MOST_IN_DIRECT_ROOM


def test_the_rooms_that_one_person_starts_in_an_hour_are_limited(mina: Any, joon: Any) -> None:
    write(mina, joon)
    people = User.objects.bulk_create(User(username=f"u{number}") for number in range(NEW_DIRECT_ROOMS_PER_HOUR))
    for person in people[1:]:
        write(mina, person)
    with pytest.raises(RateLimited):
        write(mina, people[0])
    assert Room.objects.count() == NEW_DIRECT_ROOMS_PER_HOUR
    assert write(mina, joon).position == 2


def test_direct_rooms_have_a_limit_of_their_own(
    mina: Any, joon: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "DIRECT_ROOMS_PER_PERSON", 1)
    write(mina, joon)
    with pytest.raises(Conflict):
        write(joon, joon)
    quotas.check_place(joon)


def test_a_guest_begins_conversations_only_with_people_of_their_rooms(
    mina: Any, joon: Any, stranger: Any, general: Any
) -> None:
    guest = User.objects.create(username="dana", is_guest=True)
    assert write(guest, guest).position == 1
    with pytest.raises(NotFound):
        write(guest, mina)
    invite_member(mina, room_id=general.pk, user_id=guest.pk)
    assert people_of(room_of(write(guest, mina, joon))) == {guest, mina, joon}
    with pytest.raises(NotFound):
        write(guest, mina, stranger)
    write(stranger, guest)


def test_a_new_person_begins_few_conversations_and_can_answer_in_all(mina: Any, joon: Any, stranger: Any) -> None:
    set_space(newcomer_hours=24, newcomer_direct=1)
    User.objects.filter(pk__in=[joon.pk, stranger.pk]).update(date_joined=timezone.now() - timedelta(days=2))
    write(mina, joon)
    with pytest.raises(Conflict, match="new"):
        write(mina, stranger)
    answered = write(stranger, mina)
    assert write(mina, stranger).room_id == answered.room_id


def test_no_conversation_begins_with_a_message_that_would_be_held(mina: Any, joon: Any) -> None:
    set_space(blocked_words_act="hold", blocked_words=["plumbus"])
    with pytest.raises(Forbidden):
        write(mina, joon, body="a plumbus")
    assert not Room.objects.exists()
    write(mina, joon)
    with pytest.raises(Held):
        write(mina, joon, body="a plumbus")


def test_the_conversation_with_an_erased_person_stays_with_another_name(
    mina: Any, joon: Any, stranger: Any, keeper: Any, django_capture_on_commit_callbacks: Any
) -> None:
    pair, group = room_of(write(mina, joon)), room_of(write(mina, joon, stranger))
    with django_capture_on_commit_callbacks(execute=True):
        erase(joon, user_id=joon.pk, own_messages="keep")
    args: Any = {"user": joon.pk, "own_messages": "keep", "step": STEPS[0], "after": None}
    while args is not None:
        with django_capture_on_commit_callbacks(execute=True):
            args = erase_some(args)
    for room, closed in ((pair, "deactivated"), (group, "")):
        opened = open_room(mina, room_id=room.pk)
        assert opened.room.closed == closed
        assert joon.name not in [person.name for person in opened.room.people]
        assert len(opened.room.people) == (2 if room == pair else 3)


# --- what it is -------------------------------------------------------------------------------------------------------


def test_it_is_called_by_the_names_of_the_others(mina: Any, joon: Any, stranger: Any) -> None:
    room = room_of(write(mina, joon, stranger))
    assert title_of(room, mina) == f"{joon.name}, {stranger.name}"
    assert title_of(room_of(write(mina, mina)), mina) == mina.name
    assert [person.id for person in RoomInfo.of(room).people] == sorted([mina.pk, joon.pk, stranger.pk])


def test_a_new_name_is_sent_with_the_room(mina: Any, joon: Any, published_by: Callable[..., list[Any]]) -> None:
    write(mina, joon)
    (changed,) = [
        event
        for event in published_by(lambda: update_profile(joon, display_name="Jun", time_zone=""))
        if isinstance(event, RoomChanged)
    ]
    assert '"name":"Jun"' in (changed.info or "")


def test_nobody_changes_who_is_in_it_or_what_it_is(mina: Any, joon: Any, stranger: Any, keeper: Any) -> None:
    room = room_of(write(mina, joon))
    acts: list[tuple[Callable[..., object], type[ChatError]]] = [
        (partial(leave_room, mina), Forbidden),
        (partial(remove_member, mina, user_id=mina.pk), Forbidden),
        (partial(remove_member, keeper, user_id=joon.pk), Forbidden),
        (partial(set_role, keeper, user_id=joon.pk, role="owner"), Forbidden),
        (partial(invite_member, mina, user_id=stranger.pk), Forbidden),
        (partial(invite_member, keeper, user_id=stranger.pk), Forbidden),
        (partial(join_room, stranger), NotFound),
        (partial(update_room, keeper, name="Two"), Forbidden),
        (partial(archive_room, mina), Forbidden),
        (partial(archive_room, keeper), Forbidden),
    ]
    for act, refusal in acts:
        with pytest.raises(refusal):
            act(room_id=room.pk)
    assert people_of(room) == {mina, joon}


def test_it_is_in_no_directory_and_unknown_to_others(mina: Any, joon: Any, stranger: Any) -> None:
    room = room_of(write(mina, joon))
    assert not Room.objects.listed_for(mina).exists()
    assert not Room.objects.visible_to(stranger).exists()
    with pytest.raises(NotFound):
        open_room(stranger, room_id=room.pk)


def test_the_names_of_many_are_read_by_one_query(
    mina: Any, joon: Any, stranger: Any, django_assert_num_queries: Any
) -> None:
    write(mina, joon)
    with django_assert_num_queries(3):
        room_summaries([mina])
    write(mina, stranger)
    write(mina, joon, stranger)
    with django_assert_num_queries(3):
        summaries = room_summaries([mina])[mina.pk]
    assert {len(summary.people) for summary in summaries} == {2, 3}
    assert {summary.may for summary in summaries} == {("post", "react", "pin", "mention_all")}


def test_a_deleted_room_leaves_its_people_free_to_begin_anew(mina: Any, joon: Any) -> None:
    first = room_of(write(mina, joon))
    with room_transaction(first.pk) as change:
        change.delete()
    assert finish_deletions()
    assert write(mina, joon).room_id != first.pk


# --- hiding -----------------------------------------------------------------------------------------------------------


def test_a_person_hides_a_conversation_and_only_that(mina: Any, joon: Any, general: Any) -> None:
    room = room_of(write(mina, joon))
    item = set_item(mina, kind="hidden", key=str(room.pk), value={"position": 1})
    assert item.value == {"position": 1}
    with pytest.raises(Invalid):
        set_item(mina, kind="hidden", key=str(general.pk), value={"position": 1})
    for wrong in ({}, {"position": -1}, {"position": "1"}, {"position": True}, True):
        with pytest.raises(Invalid):
            set_item(mina, kind="hidden", key=str(room.pk), value=wrong)


def test_hidden_conversations_and_blocked_people_are_limited(mina: Any, joon: Any, stranger: Any) -> None:
    for kind, most in (("hidden", HIDDEN_ROOMS), ("blocks", BLOCKED_PEOPLE)):
        PersonItem.objects.bulk_create(
            PersonItem(user=mina, kind=kind, key=f"9{number:09}", value=True, size=4, revision=number + 1)
            for number in range(most - 1)
        )
    rooms = [str(write(mina, *people).room_id) for people in [(joon,), (stranger,)]]
    User.objects.filter(pk=mina.pk).update(revision=HIDDEN_ROOMS)
    set_item(mina, kind="hidden", key=rooms[0], value={"position": 1})
    with pytest.raises(Conflict):
        set_item(mina, kind="hidden", key=rooms[1], value={"position": 1})
    set_block(mina, user_id=joon.pk, on=True)
    with pytest.raises(Conflict):
        set_block(mina, user_id=stranger.pk, on=True)


# --- closing ----------------------------------------------------------------------------------------------------------


def may_write(author: Any, room: Room) -> bool:
    try:
        send_message(author, room_id=room.pk, key=uuid.uuid4(), body="hi")
    except Forbidden:
        return False
    return True


def test_with_a_deactivated_person_one_can_only_read(
    mina: Any, joon: Any, keeper: Any, django_capture_on_commit_callbacks: Any
) -> None:
    message = write(mina, joon)
    room = room_of(message)
    with django_capture_on_commit_callbacks(execute=True):
        deactivate_user(keeper, user_id=joon.pk)
    with pytest.raises(Forbidden, match="deactivated"):
        write(mina, joon)
    with pytest.raises(Forbidden, match="deactivated"):
        edit_message(mina, message_id=message.pk, body="another")
    opened = open_room(mina, room_id=room.pk)
    assert (len(opened.messages), opened.room.closed, opened.room.may) == (1, "deactivated", ())
    with django_capture_on_commit_callbacks(execute=True):
        activate_user(keeper, user_id=joon.pk)
    assert may_write(mina, room)


def test_a_group_stays_open_while_two_are_active(
    mina: Any, joon: Any, stranger: Any, keeper: Any, django_capture_on_commit_callbacks: Any
) -> None:
    room, notes = room_of(write(mina, joon, stranger)), room_of(write(mina, mina))
    for person, stays_open in ((joon, True), (stranger, False)):
        with django_capture_on_commit_callbacks(execute=True):
            deactivate_user(keeper, user_id=person.pk)
        assert may_write(mina, room) == stays_open
    assert may_write(mina, notes)


def test_a_process_that_dies_after_a_deactivation_leaves_no_open_conversation(
    keeper: User, mina: Any, joon: Any, stranger: Any, django_capture_on_commit_callbacks: Any
) -> None:
    pair, group = room_of(write(mina, joon)), room_of(write(mina, joon, stranger))
    runner = DueRunner({UpdateClosedRooms.name: UpdateClosedRooms()}, clock=lambda: 1.0)

    def closed_after(act: Callable[..., Any]) -> tuple[str, str]:
        with django_capture_on_commit_callbacks(execute=False):  # as if nothing came after COMMIT
            act(keeper, user_id=joon.pk)
        assert runner.step()
        assert not runner.step()
        for room in (pair, group):
            room.refresh_from_db()
        return pair.closed, group.closed

    assert closed_after(deactivate_user) == ("deactivated", "")
    revision = pair.revision
    update_rooms(joon.pk)
    pair.refresh_from_db()
    assert pair.revision == revision
    assert closed_after(activate_user) == ("", "")


def test_the_mark_that_hides_a_conversation_goes_with_its_room(mina: Any, joon: Any) -> None:
    room = room_of(write(mina, joon))
    set_item(mina, kind="hidden", key=str(room.pk), value={"position": 1})
    with room_transaction(room.pk) as change:
        change.delete()
    assert finish_deletions()
    assert not Room.deleted.exists()
    assert mina.items.get(kind="hidden").value is None


# --- blocking ---------------------------------------------------------------------------------------------------------


def test_two_of_whom_one_has_blocked_the_other_cannot_write_to_each_other(mina: Any, joon: Any) -> None:
    room = room_of(write(mina, joon))
    set_block(mina, user_id=joon.pk, on=True)
    for author in (mina, joon):
        with pytest.raises(Forbidden, match="You cannot send messages to this person"):
            send_message(author, room_id=room.pk, key=uuid.uuid4(), body="hi")
        assert open_room(author, room_id=room.pk).room.closed == "refused"
    set_block(joon, user_id=mina.pk, on=True)
    set_block(mina, user_id=joon.pk, on=False)
    assert not may_write(mina, room)
    set_block(joon, user_id=mina.pk, on=False)
    assert may_write(mina, room)


def test_no_new_conversation_begins_with_somebody_who_blocked_one(mina: Any, joon: Any, stranger: Any) -> None:
    set_block(mina, user_id=joon.pk, on=True)
    for people, sentence in (((joon, mina), "this person"), ((joon, mina, stranger), "one of these people")):
        for author, *others in (people, (mina, joon, *people[2:])):
            with pytest.raises(Forbidden, match=sentence):
                write(author, *others)
    assert not Room.objects.exists()
    assert people_of(room_of(write(stranger, joon, mina))) == {mina, joon, stranger}


def test_in_a_group_the_blocked_person_can_go_on_writing(mina: Any, joon: Any, stranger: Any) -> None:
    room = room_of(write(stranger, mina, joon))
    set_block(mina, user_id=joon.pk, on=True)
    assert may_write(joon, room)
    assert may_write(mina, room)


def test_both_are_sent_that_the_conversation_closed_and_not_why(
    mina: Any, joon: Any, published_by: Callable[..., list[Any]]
) -> None:
    write(mina, joon)
    events = published_by(lambda: set_block(mina, user_id=joon.pk, on=True))
    (changed,) = [event for event in events if isinstance(event, RoomChanged)]
    assert '"closed":"refused"' in (changed.info or "")
    assert published_by(lambda: set_block(mina, user_id=joon.pk, on=True)) == []


def test_nobody_blocks_themselves_or_nobody(mina: Any) -> None:
    with pytest.raises(Invalid):
        set_block(mina, user_id=mina.pk, on=True)
    with pytest.raises(NotFound):
        set_block(mina, user_id=10**9, on=True)
    assert set_block(mina, user_id=10**9, on=False).value is None


def test_a_block_is_set_as_every_item_is(mina: Any, joon: Any) -> None:
    def set_to(value: Any, key: str = str(joon.pk)) -> Any:
        return handle(mina, SetItem(type="set_item", kind="blocks", key=key, value=value)).model_dump()["item"]

    assert set_to(True)["value"] is True
    assert set_to(None)["value"] is None
    for value, key in ((False, str(joon.pk)), (1, str(joon.pk)), (True, "x"), (True, "01")):
        with pytest.raises(Invalid):
            set_to(value, key)
    with pytest.raises(Invalid):
        set_item(mina, kind="blocks", key=str(joon.pk), value=True)


def test_a_block_outlives_the_room_with_the_id_of_the_person(mina: Any, joon: Any, general: Any) -> None:
    room = Room.objects.create(pk=joon.pk + 1_000, slug="twin", name="Twin", created_by=mina)
    twin = User.objects.create(pk=room.pk, username="twin")
    Membership.objects.create(room=room, user=mina)
    set_block(mina, user_id=twin.pk, on=True)
    leave_room(mina, room_id=room.pk)
    assert mina.items.get(kind="blocks").value is True


def test_a_blocked_person_mentions_nobody_who_blocked_them(mina: Any, joon: Any, founders: Any) -> None:
    set_block(mina, user_id=joon.pk, on=True)
    for body in ("@mina hello", "@all hello"):
        send_message(joon, room_id=founders.pk, key=uuid.uuid4(), body=body)
    deriving.catch_up(deriving.runner_of(Mentions()))
    assert unread_positions(mina) == {}
    set_block(mina, user_id=joon.pk, on=False)
    send_message(joon, room_id=founders.pk, key=uuid.uuid4(), body="@mina again")
    deriving.catch_up(deriving.runner_of(Mentions()))
    assert len(unread_positions(mina)[founders.pk]) == 1


@pytest.mark.django_db(transaction=True)
def test_a_block_and_a_first_message_at_the_same_moment_leave_no_open_conversation(mina: Any, joon: Any) -> None:
    outcomes = at_once(partial(set_block, mina, user_id=joon.pk, on=True), partial(write, joon, mina))
    room_id = room_between([mina.pk, joon.pk])
    if isinstance(outcomes[1], Forbidden):
        assert room_id is None
    else:
        assert Room.objects.filter(pk=room_id or 0).get().closed == "refused"
