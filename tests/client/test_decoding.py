"""Frames as events: defaults of what is absent, and the same from servers before and after defaults were left out."""

import json

import pytest

from client.decoding import decode, decode_answer, encode
from client.events import Activity, Changes, Opened, Page, Reply, Stored, Typing, Versions
from client.shapes import Fields, Message, User, Version

pytestmark = pytest.mark.once

JOON = {"id": 2, "username": "joon", "name": "Joon", "avatar": None, "bot": False}
SHORT_JOON = {"id": 2, "username": "joon", "name": "Joon"}
AT = "2026-01-01T00:00:00Z"

WHOLE = {
    "id": 90, "room": 1, "position": 30, "revision": 41, "key": "6f1c", "kind": "text", "author": JOON,
    "body": "Good\nmorning & more", "html": "<p>Good<br>morning &amp; more</p>", "created_at": AT, "edited_at": None,
    "deleted": False, "reply_to": None,
}  # fmt: skip
SHORT = {
    "id": 90, "position": 30, "revision": 41, "key": "6f1c", "author": 2, "body": "Good\nmorning & more",
    "created_at": AT,
}  # fmt: skip
MESSAGE = Message(
    id=90, room=1, position=30, revision=41, key="6f1c", author=2, created_at=AT, body="Good\nmorning & more",
    html="<p>Good<br>morning &amp; more</p>", counted=30,
)  # fmt: skip
ROOM = {"id": 1, "slug": "general", "name": "General", "kind": "public", "revision": 41, "message_count": 30}
PERSON = User(2, "joon", "Joon")


def changes(**fields: object) -> Changes:
    event = decode(json.dumps({"type": "changes", "room": 1, "since": 40, "revision": 41, **fields}))
    assert isinstance(event, Changes)
    return event


def answer(command: Fields, **fields: object) -> object:
    reply = decode(json.dumps({"type": "reply", "ref": 1, "ok": True, **fields}))
    assert isinstance(reply, Reply)
    return decode_answer(1, command, reply.fields)


def test_a_message_is_the_same_with_all_its_fields_and_without_defaults() -> None:
    whole, short = changes(messages=[WHOLE], members=[]), changes(messages=[SHORT], users=[SHORT_JOON])
    assert whole.messages == short.messages == (MESSAGE,)
    assert whole.users == short.users == (PERSON,)


def test_a_tombstone_has_neither_body_nor_html() -> None:
    [message] = changes(messages=[{**SHORT, "body": "", "deleted": True}]).messages
    assert (message.body, message.html, message.deleted) == ("", "", True)


def test_html_that_is_given_is_taken() -> None:
    [message] = changes(messages=[{**SHORT, "html": "<p><b>Good</b></p>"}]).messages
    assert message.html == "<p><b>Good</b></p>"


def test_an_ack_is_a_message_of_the_room_that_it_names() -> None:
    command = {"type": "send", "room": 1}
    for fields in ({"message": WHOLE}, {"room": 1, "message": SHORT}):
        stored = answer(command, **fields)
        assert isinstance(stored, Stored)
        assert stored.message == MESSAGE


def test_an_answer_to_open_lists_what_it_does_not_name_as_empty() -> None:
    opened = answer({"type": "open", "room": 1}, room=ROOM, revision=41)
    assert isinstance(opened, Opened)
    assert (opened.reset, opened.has_older, opened.messages, opened.members) == (False, False, (), ())
    assert (opened.room.role, opened.room.notify) == ("member", "all")
    assert (opened.room.last_message, opened.room.counted) == (None, 30)


def test_a_page_of_history_belongs_to_the_room_that_was_asked_for() -> None:
    page = answer({"type": "history", "room": 1, "before": 31}, messages=[SHORT], has_older=True)
    assert isinstance(page, Page)
    assert (page.messages, page.has_older, page.has_newer) == ((MESSAGE,), True, False)


def test_typing_names_its_user_by_id_or_whole() -> None:
    for user in (2, JOON):
        event = decode(json.dumps({"type": "typing", "room": 1, "user": user, "on": True}))
        assert isinstance(event, Typing)
        assert event.user == 2


def test_activity_counts_all_messages_if_it_does_not_say_which_count() -> None:
    event = decode('{"type":"activity","room":1,"message_count":30,"unread":2,"last_message":null}')
    assert isinstance(event, Activity)
    assert event.counted == 30


def test_fields_that_this_client_does_not_know_are_ignored() -> None:
    assert changes(messages=[{**SHORT, "of": "next year"}], also=1).messages == (MESSAGE,)


def test_a_command_leaves_out_what_is_none() -> None:
    assert json.loads(encode({"type": "open", "room": 1, "since": None}, ref=3)) == {
        "type": "open",
        "room": 1,
        "ref": 3,
    }


def test_a_text_with_half_of_a_surrogate_pair_travels_escaped() -> None:
    text = encode({"type": "send", "body": "한글 \ud800"})
    assert json.loads(text.encode())["body"] == "한글 \ud800"
    assert "한글" in encode({"type": "send", "body": "한글"})


def test_the_texts_of_a_message_are_read_in_order() -> None:
    texts = [{"number": number, "body": body, "written_at": AT} for number, body in ((1, "one"), (4, "four"))]
    reply = answer({"type": "versions", "message": 90}, id=90, revision=41, versions=texts)
    assert isinstance(reply, Versions)
    assert (reply.message, reply.revision) == (90, 41)
    assert reply.versions == (Version(1, "one", AT), Version(4, "four", AT))
