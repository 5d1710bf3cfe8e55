"""The text of a deleted message is found nowhere: in no table, whatever model it belongs to, in no file and no log."""

import logging
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from chat.derive.mentions import Mentions
from chat.models import Message, Room, User
from chat.protocol.commands import NewPoll
from chat.queries import rooms
from chat.services.memberships import set_role
from chat.services.messages import delete_message, edit_message, send_message
from chat.services.person_items import set_item
from chat.services.pins import pin
from chat.services.polls import send_poll, vote
from chat.services.reactions import react
from chat.services.reports import report_message
from chat.services.threads import reply_in_thread
from search.deriver import search_deriver
from tests.harness import deriving
from tests.harness.stored import index_files_with, tables_with, uploads_with

SECRET = "xyzzy"


def say(author: User, room: Room, body: str, reply_to: int | None = None) -> Message:
    return send_message(author, room_id=room.pk, key=uuid.uuid4(), body=body, reply_to=reply_to)


@pytest.fixture
def spread(mina: User, joon: User, general: Room) -> Message:
    """A message whose text has spread as far as it can: former texts, quotes, reactions, pins, a thread, caches.

    What its author keeps of it elsewhere is theirs to remove: a draft, and an archive of their own data.
    """
    said = say(mina, general, f"one {SECRET}")
    say(joon, general, "an answer", reply_to=said.pk)
    edit_message(mina, message_id=said.pk, body=f"**two** {SECRET} https://example.com/{SECRET} @{SECRET}")
    edit_message(mina, message_id=said.pk, body=f"three {SECRET}")
    say(joon, general, "another answer", reply_to=said.pk)
    react(joon, message_id=said.pk, emoji="👍", on=True)
    set_item(joon, kind="unread", key=str(general.pk), value={"position": 1, "counted": 0})
    pin(joon, message_id=said.pk, on=True)
    report_message(joon, message_id=said.pk, reason="spam")
    reply_in_thread(joon, room_id=general.pk, message_id=said.pk, key=uuid.uuid4(), body="in its thread")
    derive()
    rooms.open_room(joon, room_id=general.pk)
    return said


def derive() -> None:
    """Let everything catch up that follows from messages; the second time, the index removes words of deleted ones."""
    for _ in range(2):
        deriving.catch_up(deriving.runner_of(Mentions(), search_deriver()))


INDEX = {"search_messagetokens"} if connection.vendor == "postgresql" else set()
"""The table of the search index, which beside SQLite is a file."""


def test_a_deleted_reply_in_a_thread_and_its_copy_in_the_room_are_found_in_no_table(
    mina: User, joon: User, general: Room
) -> None:
    asked = say(mina, general, "Who comes?")
    where: dict[str, Any] = {"room_id": general.pk, "message_id": asked.pk, "key": uuid.uuid4()}
    reply = reply_in_thread(joon, **where, body=f"one {SECRET} @mina", also_in_room=True)
    edit_message(joon, message_id=reply.pk, body=f"two {SECRET} @mina")
    copy = Message.objects.get(room=general, body__contains=SECRET)
    say(mina, general, "an answer", reply_to=copy.pk)
    say(mina, reply.room, "an answer", reply_to=reply.pk)
    derive()
    assert tables_with(SECRET) == {"chat_message", "chat_messageversion"} | INDEX
    delete_message(joon, message_id=reply.pk)
    derive()
    assert tables_with(SECRET) == set()
    assert SECRET not in rooms.open_room(mina, room_id=general.pk).encode()
    assert SECRET not in rooms.open_room(mina, room_id=reply.room_id).encode()


def test_the_question_and_the_choices_of_a_deleted_poll_are_found_in_no_table(
    mina: User, joon: User, general: Room
) -> None:
    poll = NewPoll(choices=[f"one {SECRET}", f"two {SECRET}"])
    asked = send_poll(mina, room_id=general.pk, key=uuid.uuid4(), body=f"Which {SECRET}?", poll=poll)
    vote(joon, message_id=asked.pk, choices=[1])
    say(joon, general, "an answer", reply_to=asked.pk)
    assert tables_with(SECRET) == {"chat_message", "chat_pollchoice"}
    delete_message(mina, message_id=asked.pk)
    assert tables_with(SECRET) == set()
    assert SECRET not in rooms.open_room(joon, room_id=general.pk).encode()


@pytest.mark.parametrize("is_moderator", [False, True])
def test_a_deleted_text_is_found_in_no_table_file_or_log(
    mina: User,
    joon: User,
    general: Room,
    spread: Message,
    is_moderator: bool,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    settings: Any,
) -> None:
    settings.MEDIA_ROOT = tmp_path
    assert bool(index_files_with(SECRET)) == (connection.vendor == "sqlite")
    assert tables_with(SECRET) == {"chat_message", "chat_messageversion"} | INDEX
    set_role(mina, room_id=general.pk, user_id=joon.pk, role="moderator")
    with caplog.at_level(logging.DEBUG, logger="chat"), caplog.at_level(logging.DEBUG):
        delete_message(joon if is_moderator else mina, message_id=spread.pk)
        derive()
    assert tables_with(SECRET) == set()
    assert uploads_with(SECRET) == index_files_with(SECRET) == []
    assert SECRET not in caplog.text
    assert SECRET not in rooms.open_room(joon, room_id=general.pk).encode()
    assert SECRET not in rooms.open_room(joon, room_id=general.pk, since=0).encode()
    assert SECRET not in rooms.history(joon, room_id=general.pk, after=0).encode()
