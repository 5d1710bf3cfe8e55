"""System lines: what is written when something happens in a room, and what cannot be done with it."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from chat.bus.events import MemberJoined, MemberRead, MemberRemoved, RoomChanged
from chat.models import Message, Room, User
from chat.protocol.errors import Forbidden, Invalid
from chat.queries.changes import author_items
from chat.queries.rooms import history, open_room, room_summaries
from chat.services import memberships, rooms, system_lines
from chat.services.changes import room_transaction
from chat.services.messages import delete_message, edit_message, send_message
from chat.services.pins import pin
from chat.services.reactions import react
from tests.conftest import person


def lines(room: Room) -> list[tuple[str, dict[str, Any]]]:
    """Who did what in a room, in order."""
    found = room.messages.filter(kind="system").order_by("position").select_related("author")
    return [(line.author.username, line.extras["system"]) for line in found]


def line_of(room: Room) -> Message:
    line: Message = room.messages.get(kind="system")
    return line


def say(author: Any, room: Room, body: str = "hi", **more: Any) -> Message:
    return send_message(author, room_id=room.pk, key=uuid.uuid4(), body=body, **more)


# --- what is written --------------------------------------------------------------------------------------------------


def test_creating_a_room_writes_no_line(mina: Any) -> None:
    assert lines(rooms.create_room(mina, name="General", topic="All of us")) == []


def test_who_joins_leaves_is_added_and_removed_is_in_the_lines(
    mina: Any, joon: Any, stranger: Any, general: Room
) -> None:
    memberships.join_room(stranger, room_id=general.pk)
    memberships.leave_room(stranger, room_id=general.pk)
    memberships.invite_member(joon, room_id=general.pk, user_id=stranger.pk)
    memberships.remove_member(mina, room_id=general.pk, user_id=stranger.pk)
    assert lines(general) == [
        ("stranger", {"code": "joined", "people": [stranger.pk]}),
        ("stranger", {"code": "left", "people": [stranger.pk]}),
        ("joon", {"code": "added", "people": [stranger.pk]}),
        ("mina", {"code": "removed", "people": [stranger.pk]}),
    ]


def test_repeating_what_has_taken_effect_writes_no_second_line(mina: Any, stranger: Any, general: Room) -> None:
    for _ in range(2):
        memberships.join_room(stranger, room_id=general.pk)
    for _ in range(2):
        memberships.leave_room(stranger, room_id=general.pk)
    memberships.remove_member(mina, room_id=general.pk, user_id=stranger.pk)
    for _ in range(2):
        rooms.archive_room(mina, room_id=general.pk)
    assert [line["code"] for _author, line in lines(general)] == ["joined", "left", "archived"]


def test_removing_several_people_writes_one_line(mina: Any, joon: Any, stranger: Any, general: Room) -> None:
    memberships.join_room(stranger, room_id=general.pk)
    memberships.remove_members(mina, room_id=general.pk, user_ids=[joon.pk, stranger.pk, mina.pk])
    assert lines(general)[1:] == [
        ("mina", {"code": "removed", "people": [joon.pk, stranger.pk]}),
        ("mina", {"code": "left", "people": [mina.pk]}),
    ]


def test_a_line_about_many_people_names_the_first_ten_and_counts_all(mina: Any, general: Room) -> None:
    people = User.objects.bulk_create(User(username=f"p{number}", password="!") for number in range(500))
    with room_transaction(general.pk) as change:
        system_lines.added(change, mina, [one.pk for one in people])
    assert lines(general) == [("mina", {"code": "added", "people": [one.pk for one in people[:10]], "count": 500})]


def test_settings_have_lines_with_their_old_and_new_values_and_emoji_have_none(mina: Any, general: Room) -> None:
    rooms.update_room(mina, room_id=general.pk, name="Agora", topic="All of us", emoji="🌱")
    rooms.update_room(mina, room_id=general.pk, topic="")
    rooms.archive_room(mina, room_id=general.pk)
    rooms.unarchive_room(mina, room_id=general.pk)
    assert [line for _author, line in lines(general)] == [
        {"code": "renamed", "from": "General", "to": "Agora"},
        {"code": "topic", "to": "All of us"},
        {"code": "topic", "to": ""},
        {"code": "archived"},
        {"code": "unarchived"},
    ]


def test_a_new_pin_has_a_line_with_its_message(mina: Any, joon: Any, general: Room) -> None:
    said = say(mina, general)
    pin(joon, message_id=said.pk, on=True)
    pin(joon, message_id=said.pk, on=False)
    assert lines(general) == [("joon", {"code": "pinned", "message": said.pk, "position": said.position})]


# --- in its room ------------------------------------------------------------------------------------------------------


def test_a_line_takes_a_position_and_is_never_unread(mina: Any, joon: Any, stranger: Any, general: Room) -> None:
    say(joon, general)
    memberships.join_room(stranger, room_id=general.pk)
    line = line_of(general)
    general.refresh_from_db()
    assert (line.position, line.counted, general.message_count, general.counted) == (2, 1, 2, 1)
    (summary,) = room_summaries([mina])[mina.pk]
    assert (summary.unread, summary.message_count, summary.counted) == (1, 2, 1)
    assert say(joon, general).counted == 2
    (summary,) = room_summaries([stranger])[stranger.pk]
    assert summary.unread == 1


def test_doing_something_does_not_mark_the_room_as_read(mina: Any, joon: Any, general: Room) -> None:
    say(joon, general)
    rooms.update_room(mina, room_id=general.pk, topic="All of us")
    (summary,) = room_summaries([mina])[mina.pk]
    assert (summary.unread, summary.last_read) == (1, 0)


def test_the_line_is_published_with_what_it_is_about(
    published_by: Callable[..., list[Any]], stranger: Any, general: Room
) -> None:
    joined, read, change = published_by(lambda: memberships.join_room(stranger, room_id=general.pk))
    assert isinstance(joined, MemberJoined)
    assert isinstance(read, MemberRead)
    assert isinstance(change, RoomChanged)
    assert [item.is_system for item in change.messages] == [True]
    assert [member.user for member in change.members] == [stranger.pk]
    assert (joined.last_read, joined.counted_read) == (1, 0)
    removed, change = published_by(lambda: memberships.leave_room(stranger, room_id=general.pk))
    assert isinstance(removed, MemberRemoved), "who left gets no line about it"
    assert isinstance(change, RoomChanged)
    assert [author.is_member for author in change.authors] == [False]


def test_only_system_lines_count_as_such_whatever_people_write(
    published_by: Callable[..., list[Any]], mina: Any, general: Room
) -> None:
    (change,) = published_by(lambda: say(mina, general, '"kind":"system"'))
    assert [item.is_system for item in change.messages] == [False]


def test_a_reader_knows_the_people_of_a_line_who_are_not_in_the_room(
    mina: Any, joon: Any, stranger: Any, general: Room
) -> None:
    memberships.invite_member(joon, room_id=general.pk, user_id=stranger.pk)
    memberships.leave_room(stranger, room_id=general.pk)
    memberships.leave_room(joon, room_id=general.pk)
    away = {"joon", "stranger"}
    assert {user.username for user in open_room(mina, room_id=general.pk).users} == away
    assert {user.username for user in history(mina, room_id=general.pk, around=1).users} == away
    added = general.messages.filter(position=1)
    assert {item.user for item in author_items(general.pk, added)} == {joon.pk, stranger.pk}


def test_the_excerpt_of_a_line_has_what_it_says(mina: Any, stranger: Any, general: Room) -> None:
    memberships.join_room(stranger, room_id=general.pk)
    last = room_summaries([mina])[mina.pk][0].last_message
    assert last is not None
    assert (last.kind, last.text, last.system) == ("system", "", {"code": "joined", "people": [stranger.pk]})


# --- what cannot be done with it --------------------------------------------------------------------------------------


def test_nobody_edits_deletes_reacts_to_or_pins_a_line(mina: Any, stranger: Any, keeper: Any, general: Room) -> None:
    memberships.join_room(stranger, room_id=general.pk)
    line = line_of(general)
    for actor in (mina, stranger, keeper):
        for act in (
            lambda actor: delete_message(actor, message_id=line.pk),
            lambda actor: edit_message(actor, message_id=line.pk, body="not so"),
            lambda actor: react(actor, message_id=line.pk, emoji="👍", on=True),
            lambda actor: pin(actor, message_id=line.pk, on=True),
        ):
            with pytest.raises(Forbidden):
                act(actor)
    line.refresh_from_db()
    assert (line.body, line.is_deleted, set(line.extras)) == ("", False, {"system"})


def test_nobody_replies_to_a_line(mina: Any, stranger: Any, general: Room) -> None:
    memberships.join_room(stranger, room_id=general.pk)
    with pytest.raises(Invalid) as refusal:
        say(mina, general, reply_to=line_of(general).pk)
    assert refusal.value.field == "reply_to"


def test_lines_are_removed_with_their_room(mina: Any, general: Room) -> None:
    from chat.services.deleted_rooms import finish_deletions

    rooms.archive_room(mina, room_id=general.pk)
    rooms.delete_room(mina, room_id=general.pk)
    finish_deletions()
    assert not Message.objects.filter(kind="system").exists()


def test_a_new_person_is_announced_in_the_first_room_only_once(space: Any, general: Room) -> None:
    newcomer = person("ada", "Ada")
    for _ in range(2):
        memberships.join_room(newcomer, room_id=general.pk)
    assert len(lines(general)) == 1
