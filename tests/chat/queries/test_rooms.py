"""What a person sees of rooms: whole, resumed, page by page; and always in frames that a socket can carry."""

import json
import uuid
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from chat.models import Membership, Message, Room
from chat.models.message import BODY_CHARS
from chat.protocol.errors import ChatError, Forbidden, NotFound
from chat.protocol.events import OpenReply
from chat.protocol.limits import OUTBOUND_FRAME_BYTES, RESUME_CHANGES
from chat.queries import rooms
from chat.queries.changes import changes_since
from chat.services.changes import room_transaction
from chat.services.markup import render
from chat.services.memberships import invite_member, join_room, leave_room, mark_read, remove_member
from chat.services.messages import delete_message, edit_message, send_message
from chat.services.rooms import update_room
from tests.conftest import person


def say(author: Any, room: Room, body: str = "hi") -> Message:
    return send_message(author, room_id=room.pk, key=uuid.uuid4(), body=body)


def fill(room: Room, author: Any, count: int, body: str = "hi") -> None:
    """Insert this many messages into the table, without a service."""
    room.refresh_from_db()
    html = render(body)
    Message.objects.bulk_create(
        Message(
            room=room,
            author=author,
            position=position,
            revision=room.next_revision(),
            key=uuid.uuid4(),
            body=body,
            html=html,
            created_at=timezone.now(),
        )
        for position in range(room.message_count + 1, room.message_count + count + 1)
    )
    room.message_count += count
    room.save()


def positions(reply: Any) -> list[int]:
    return [message.position for message in reply.messages]


def frame_sizes(reply: OpenReply) -> list[int]:
    return [len(text.encode()) for text in reply.frames(1)]


# --- open -------------------------------------------------------------------------------------------------------------


def test_a_room_opens_with_its_newest_messages_and_all_its_members(mina: Any, joon: Any, general: Any) -> None:
    fill(general, joon, 60)
    reply = rooms.open_room(mina, room_id=general.pk)
    assert (reply.reset, reply.revision, reply.has_older) == (True, general.revision, True)
    assert positions(reply) == list(range(11, 61))
    assert {member.user.username: member.role for member in reply.members} == {"mina": "owner", "joon": "member"}
    assert (reply.room.unread, reply.room.message_count) == (60, 60)


def test_a_short_room_has_nothing_older(mina: Any, general: Any) -> None:
    assert rooms.open_room(mina, room_id=general.pk).has_older is False
    say(mina, general)
    reply = rooms.open_room(mina, room_id=general.pk, limit=1)
    assert (positions(reply), reply.has_older) == ([1], False)


def test_what_changed_since_a_revision_comes_by_revision_and_nothing_else(
    mina: Any, joon: Any, stranger: Any, general: Any
) -> None:
    first, second = say(mina, general, "one"), say(mina, general, "two")
    general.refresh_from_db()
    since = general.revision
    join_room(stranger, room_id=general.pk)
    edit_message(mina, message_id=first.pk, body="uno")
    third = say(mina, general, "three")
    leave_room(joon, room_id=general.pk)
    reply = rooms.open_room(mina, room_id=general.pk, since=since)
    assert reply.reset is False
    lines = ("joined", "left")
    joined, left = (general.messages.get(extras__system__code=code).pk for code in lines)
    assert [message.id for message in reply.messages] == [joined, first.pk, third.pk, left]
    assert second.pk not in [message.id for message in reply.messages]
    assert {(member.user.username, member.left) for member in reply.members} == {("stranger", False), ("joon", True)}


def test_a_deletion_reaches_a_client_that_was_disconnected(mina: Any, general: Any) -> None:
    said = say(mina, general)
    delete_message(mina, message_id=said.pk)
    reply = rooms.open_room(mina, room_id=general.pk, since=said.revision)
    assert [(message.id, message.deleted, message.body) for message in reply.messages] == [(said.pk, True, "")]


def test_who_is_up_to_date_gets_nothing(mina: Any, general: Any) -> None:
    say(mina, general)
    general.refresh_from_db()
    reply = rooms.open_room(mina, room_id=general.pk, since=general.revision)
    assert (reply.reset, reply.messages, reply.members) == (False, [], [])
    assert json.loads(reply.encode()).keys() == {"room", "revision", "reads"}


def test_a_revision_ahead_of_the_room_is_a_reset(mina: Any, general: Any) -> None:
    assert rooms.open_room(mina, room_id=general.pk, since=general.revision + 1).reset is True


def test_more_than_five_hundred_changes_behind_is_a_reset(mina: Any, general: Any) -> None:
    general.refresh_from_db()
    since = general.revision
    fill(general, mina, RESUME_CHANGES)
    reply = rooms.open_room(mina, room_id=general.pk, since=since)
    assert (reply.reset, len(reply.messages)) == (False, RESUME_CHANGES)
    say(mina, general)
    reply = rooms.open_room(mina, room_id=general.pk, since=since)
    assert (reply.reset, len(reply.messages)) == (True, 50)


def test_a_resume_that_does_not_fit_a_frame_is_a_reset(mina: Any, general: Any) -> None:
    general.refresh_from_db()
    since = general.revision
    fill(general, mina, 40, "한" * BODY_CHARS)
    reply = rooms.open_room(mina, room_id=general.pk, since=since)
    assert reply.reset is True
    assert positions(reply)[-1] == 40
    assert reply.has_older
    assert max(frame_sizes(reply)) < OUTBOUND_FRAME_BYTES


@pytest.mark.parametrize("letter", ["x", "한", "🙂", "\x01", '"', "<", "a.co "])
def test_however_large_its_messages_an_open_room_fits_a_frame(mina: Any, general: Any, letter: str) -> None:
    fill(general, mina, 30, (letter * BODY_CHARS)[:BODY_CHARS])
    reply = rooms.open_room(mina, room_id=general.pk)
    assert positions(reply)[-1] == 30
    assert max(frame_sizes(reply)) < OUTBOUND_FRAME_BYTES


def test_a_room_of_thousands_opens_in_frames_that_a_socket_can_carry(mina: Any, general: Any) -> None:
    from chat.models import User

    people = User.objects.bulk_create(User(username=f"u{n}", display_name="이름" * 20) for n in range(2_000))
    Membership.objects.bulk_create(Membership(room=general, user=one, revision=1) for one in people)
    reply = rooms.open_room(mina, room_id=general.pk)
    assert len(reply.members) == 2_002
    assert max(frame_sizes(reply)) < OUTBOUND_FRAME_BYTES


def test_authors_who_are_not_in_the_room_come_with_their_messages(
    mina: Any, joon: Any, stranger: Any, general: Any
) -> None:
    join_room(stranger, room_id=general.pk)
    since = general.revision
    say(stranger, general)
    say(joon, general)
    leave_room(stranger, room_id=general.pk)
    whole = rooms.open_room(mina, room_id=general.pk)
    resumed = rooms.open_room(mina, room_id=general.pk, since=since)
    page = rooms.history(mina, room_id=general.pk, after=0)
    for reply in (whole, resumed, page):
        assert [user.id for user in reply.users] == [stranger.pk]
        said = [message.author for message in reply.messages if message.kind == "text"]
        assert said == [stranger.pk, joon.pk]
        assert [user["id"] for user in json.loads(reply.encode())["users"]] == [stranger.pk]


def test_whoever_resumes_gets_the_text_of_a_message_of_which_only_extras_changed(mina: Any, general: Any) -> None:
    said = say(mina, general, "one")
    since = said.revision
    with room_transaction(general.pk) as change:
        said.extras = {"seen": True}
        change.save_extras(said)
    for revision in (since - 1, since):
        resumed = json.loads(rooms.open_room(mina, room_id=general.pk, since=revision).encode())
        assert [(m["body"], m["extras"]) for m in resumed["messages"]] == [("one", {"seen": True})]
    edit_message(mina, message_id=said.pk, body="uno")
    edited = json.loads(rooms.open_room(mina, room_id=general.pk, since=since + 1).encode())
    assert [(m["body"], m["extras"]) for m in edited["messages"]] == [("uno", {"seen": True})]


def test_system_lines_are_never_unread(mina: Any, joon: Any, general: Any) -> None:
    fill(general, mina, 3)
    general.system_lines = 2
    general.save()
    Message.objects.filter(room=general, position__gte=2).update(system_lines=F("position") - 1)
    say(mina, general)
    (summary,) = [room for room in rooms.room_summaries([joon])[joon.pk] if room.id == general.pk]
    assert (summary.unread, summary.message_count, summary.counted) == (2, 4, 2)
    assert Message.objects.get(room=general, position=4).counted == 2
    assert mark_read(joon, room_id=general.pk, position=3).counted_read == 1
    (summary,) = [room for room in rooms.room_summaries([joon])[joon.pk] if room.id == general.pk]
    assert (summary.unread, summary.last_read) == (1, 3)
    (own,) = [room for room in rooms.room_summaries([mina])[mina.pk] if room.id == general.pk]
    assert (own.unread, own.last_read) == (0, 4)


def test_two_readers_get_the_same_contents_and_their_own_room(mina: Any, joon: Any, general: Any) -> None:
    say(joon, general)
    ours, theirs = (rooms.open_room(user, room_id=general.pk) for user in (mina, joon))
    assert json.loads(ours.encode())["messages"] == json.loads(theirs.encode())["messages"]
    assert (ours.room.unread, theirs.room.unread) == (1, 0)


def test_what_was_read_once_for_all_is_never_old(mina: Any, joon: Any, stranger: Any, general: Any) -> None:
    said = say(mina, general, "one")
    changes: list[Any] = [
        lambda: say(joon, general, "two"),
        lambda: edit_message(mina, message_id=said.pk, body="uno"),
        lambda: delete_message(mina, message_id=said.pk),
        lambda: join_room(stranger, room_id=general.pk),
        lambda: remove_member(mina, room_id=general.pk, user_id=stranger.pk),
        lambda: update_room(mina, room_id=general.pk, topic="new"),
    ]
    for change in changes:
        known = json.loads(rooms.open_room(mina, room_id=general.pk).encode())
        change()
        fresh = json.loads(rooms.open_room(mina, room_id=general.pk).encode())
        resumed = json.loads(rooms.open_room(mina, room_id=general.pk, since=known["revision"]).encode())
        messages = Message.objects.filter(room=general).order_by("position")
        assert [m.get("body", "") for m in fresh["messages"]] == [m.body for m in messages]
        members = general.memberships.current().values_list("user_id", flat=True)
        assert {m["user"]["id"] for m in fresh["members"]} == set(members)
        assert resumed_state(known, resumed) == resumed_state(fresh, fresh)


def resumed_state(known: Any, brought: Any) -> tuple[Any, Any, Any]:
    """The state of a client that knew a room and resumed: its settings, messages by position and people by id."""
    messages = {message["position"]: message for message in (*known["messages"], *brought.get("messages", []))}
    members = {member["user"]["id"]: member for member in (*known["members"], *brought.get("members", []))}
    return brought["room"], messages, {id_: one for id_, one in members.items() if not one.get("left")}


def test_many_open_at_once_as_each_would_alone(
    mina: Any, joon: Any, stranger: Any, general: Any, founders: Any
) -> None:
    fill(general, joon, 5)
    general.refresh_from_db()
    wishes = [
        rooms.OpenRequest(mina, general.pk),
        rooms.OpenRequest(stranger, founders.pk),
        rooms.OpenRequest(joon, general.pk, since=general.revision),
        rooms.OpenRequest(stranger, general.pk),
        rooms.OpenRequest(mina, founders.pk, limit=1),
        rooms.OpenRequest(joon, 10**9),
    ]
    answers = rooms.open_rooms(wishes)
    assert [said(answer) for answer in answers] == [alone(wish) for wish in wishes]
    assert [type(answer).__name__ for answer in answers] == [
        *("OpenReply", "NotFound", "OpenReply", "Forbidden", "OpenReply", "NotFound")
    ]


def said(answer: OpenReply | ChatError) -> str:
    return answer.encode() if isinstance(answer, OpenReply) else answer.code


def alone(wish: rooms.OpenRequest) -> str:
    try:
        return rooms.open_room(wish.user, room_id=wish.room_id, since=wish.since, limit=wish.limit).encode()
    except ChatError as refusal:
        return refusal.code


def test_only_members_open_a_room(stranger: Any, general: Any, founders: Any) -> None:
    with pytest.raises(Forbidden):
        rooms.open_room(stranger, room_id=general.pk)
    for room_id in (founders.pk, 10**9):
        with pytest.raises(NotFound):
            rooms.open_room(stranger, room_id=room_id)
        with pytest.raises(NotFound):
            rooms.history(stranger, room_id=room_id, before=5)


# --- history ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def long(general: Any, mina: Any) -> Any:
    """A room of a hundred messages."""
    fill(general, mina, 100)
    return general


@pytest.mark.parametrize(
    ("where", "limit", "expected", "older", "newer"),
    [
        ({"before": 51}, 10, range(41, 51), True, True),
        ({"before": 5}, 10, range(1, 5), False, True),
        ({"before": 1000}, 10, range(91, 101), True, False),
        ({"before": 1}, 10, [], False, True),
        ({"after": 95}, 10, range(96, 101), True, False),
        ({"after": 0}, 3, range(1, 4), False, True),
        ({"after": 100}, 3, [], True, False),
        ({"around": 50}, 10, range(45, 55), True, True),
        ({"around": 1}, 10, range(1, 11), False, True),
        ({"around": 100}, 10, range(95, 101), True, False),
        ({"around": 0}, 4, range(1, 5), False, True),
        ({"before": 101}, 100, range(1, 101), False, False),
        ({"around": 50}, 1, [50], True, True),
    ],
)
def test_a_page_of_history(
    mina: Any, long: Any, where: dict[str, int], limit: int, expected: Any, older: bool, newer: bool
) -> None:
    page = rooms.history(mina, room_id=long.pk, limit=limit, **where)
    assert positions(page) == list(expected)
    assert (page.has_older, page.has_newer) == (older, newer)


def test_an_empty_room_has_no_history(mina: Any, general: Any) -> None:
    for where in ({"before": 5}, {"after": 0}, {"around": 3}):
        page = rooms.history(mina, room_id=general.pk, **where)
        assert (page.messages, page.has_older, page.has_newer) == ([], False, False)


@pytest.mark.parametrize("where", [{"before": 200}, {"after": 0}, {"around": 50}])
@pytest.mark.parametrize("letter", ["x", "🙂", "\x01"])
def test_a_page_of_large_messages_shrinks_to_fit_a_frame(
    mina: Any, general: Any, where: dict[str, int], letter: str
) -> None:
    fill(general, mina, 100, letter * BODY_CHARS)
    page = rooms.history(mina, room_id=general.pk, limit=100, **where)
    assert len(page.encode().encode()) < OUTBOUND_FRAME_BYTES
    assert page.messages
    if "before" in where:
        assert (positions(page)[-1], page.has_older) == (100, True)
    elif "after" in where:
        assert (positions(page)[0], page.has_newer) == (1, True)
    else:
        assert 50 in positions(page)
    assert positions(page) == list(range(positions(page)[0], positions(page)[-1] + 1))


# --- what is missing --------------------------------------------------------------------------------------------------


def test_what_a_feed_missed_is_the_newest_state_of_what_changed(mina: Any, stranger: Any, general: Any) -> None:
    said = say(mina, general, "one")
    general.refresh_from_db()
    since = general.revision
    edit_message(mina, message_id=said.pk, body="uno")
    edit_message(mina, message_id=said.pk, body="eins")
    join_room(stranger, room_id=general.pk)
    update_room(mina, room_id=general.pk, name="Agora")
    change = changes_since(general.pk, since)
    assert change is not None
    assert (change.since, change.revision) == (since, since + 6)
    assert [json.loads(item.text).get("body") for item in change.messages] == ["eins", None, None]
    assert [item.is_system for item in change.messages] == [False, True, True]
    assert [item.user for item in change.members] == [stranger.pk]
    assert change.info is not None
    assert json.loads(change.info)["name"] == "Agora"


def test_settings_that_did_not_change_are_not_published(mina: Any, general: Any) -> None:
    since = general.revision
    say(mina, general)
    change = changes_since(general.pk, since)
    assert change is not None
    assert change.info is None


def test_so_much_that_was_missed_comes_in_parts(mina: Any, general: Any) -> None:
    since = general.revision
    fill(general, mina, RESUME_CHANGES + 20)
    first = changes_since(general.pk, since)
    assert first is not None
    assert (len(first.messages), first.revision) == (RESUME_CHANGES, since + RESUME_CHANGES)
    second = changes_since(general.pk, first.revision)
    assert second is not None
    assert (len(second.messages), second.revision) == (20, general.revision)


def test_a_deleted_room_has_no_missed_changes(space: Any) -> None:
    assert changes_since(10**9, 0) is None


# --- the sidebar ------------------------------------------------------------------------------------------------------


def test_a_person_has_their_rooms_with_the_last_message_and_what_is_unread(
    mina: Any, joon: Any, stranger: Any, general: Any, founders: Any
) -> None:
    say(joon, general, "first")
    say(joon, general, "last")
    found = rooms.room_summaries([mina, joon, stranger])
    assert set(found) == {mina.pk, joon.pk}
    of_mina = {room.slug: room for room in found[mina.pk]}
    assert set(of_mina) == {"general", "founders"}
    assert of_mina["general"].unread == 2
    assert of_mina["general"].last_message is not None
    assert of_mina["general"].last_message.text == "last"
    assert of_mina["founders"].last_message is None
    assert {room.slug: room.unread for room in found[joon.pk]} == {"general": 0, "founders": 0}


def test_a_room_that_was_left_is_not_in_the_sidebar(mina: Any, joon: Any, general: Any, founders: Any) -> None:
    leave_room(joon, room_id=general.pk)
    assert [room.slug for room in rooms.room_summaries([joon])[joon.pk]] == ["founders"]
    assert rooms.joined_room(joon, general.pk) is None


def test_a_deleted_last_message_is_a_tombstone_in_the_sidebar(mina: Any, general: Any) -> None:
    said = say(mina, general)
    delete_message(mina, message_id=said.pk)
    last = rooms.room_summaries([mina])[mina.pk][0].last_message
    assert last is not None
    assert (last.deleted, last.text) == (True, "")


def test_revisions_of_many_rooms_come_in_one_answer(mina: Any, general: Any, founders: Any) -> None:
    found = rooms.room_revisions([general.pk, founders.pk, 10**9])
    assert found == {general.pk: general.revision, founders.pk: founders.revision}


def test_a_room_that_somebody_was_invited_to_is_theirs_with_nothing_unread(mina: Any, founders: Any) -> None:
    say(mina, founders)
    guest = person("guest", "Guest")
    invite_member(mina, room_id=founders.pk, user_id=guest.pk)
    joined = rooms.joined_room(guest, founders.pk)
    assert joined is not None
    assert ("unread" in json.loads(joined.summary), joined.place.last_read) == (False, 2)
