"""The text of a deleted message is found nowhere: in no table, whatever model it belongs to, in no file and no log."""

import logging
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from chat.derive.due_runner import DueRunner
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
from files.due_kinds import KINDS
from files.services import finishing, uploads
from previews import images
from previews.deriver import Previews
from previews.due_kinds import FetchPreviews, RemoveImages
from previews.models import PreviewedPage, digest_of
from search.deriver import search_deriver
from tests.harness import deriving
from tests.harness.stored import files_with, index_files_with, tables_with

SECRET = "xyzzy"
LINK = f"https://example.com/{SECRET}"


def say(author: User, room: Room, body: str, reply_to: int | None = None) -> Message:
    return send_message(author, room_id=room.pk, key=uuid.uuid4(), body=body, reply_to=reply_to)


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """A folder of this test alone for everything that people upload, and what is made of it."""
    settings.MEDIA_ROOT, settings.UPLOADS_ROOT = tmp_path / "media", tmp_path / "uploads"
    files = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = {**settings.STORAGES, "files": files}
    return tmp_path


def uploaded(author: User, room: Room) -> uuid.UUID:
    """A file whose name and contents have the text."""
    content = f"it says {SECRET}".encode()
    file = uploads.begin_upload(author, room_id=room.pk, name=f"{SECRET}.txt", size=len(content))
    uploads.append_part(author, file=file.pk, offset=0, pieces=[content])
    finishing.finish(file.pk)
    return file.pk


def add_page(url: str) -> None:
    """What was read of a page not long ago, with an image."""
    page = PreviewedPage.objects.create(digest=digest_of(url), title=f"About {SECRET}", width=1, height=1)
    images.store(page.pk, SECRET.encode())


@pytest.fixture
def spread(mina: User, joon: User, general: Room, folder: Path) -> Message:
    """A message whose text has spread as far as it can: former texts, quotes, reactions, pins, a thread, caches, the
    index; with a file and a preview.

    What its author keeps of it elsewhere is theirs to remove: a draft, and an archive of their own data.
    """
    files = [uploaded(mina, general)]
    said = send_message(mina, room_id=general.pk, key=uuid.uuid4(), body=f"one {SECRET}", files=files)
    say(joon, general, "an answer", reply_to=said.pk)
    edit_message(mina, message_id=said.pk, body=f"**two** {SECRET} {LINK} @{SECRET}")
    edit_message(mina, message_id=said.pk, body=f"three {SECRET} {LINK}")
    add_page(LINK)
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
    """Let everything catch up that follows from messages, and do what is due.

    The second time, the index removes words of deleted messages.
    """
    due = DueRunner({kind.name: kind for kind in (*KINDS, FetchPreviews(), RemoveImages())})
    for _ in range(2):
        deriving.catch_up(deriving.runner_of(Mentions(), search_deriver(), Previews()))
        while due.step():
            pass


CARRIED = {"files_attachment", "files_filetext", "previews_messagepreview", "previews_previewedpage"}
"""The tables of what a message carries and shows."""

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
    folder: Path,
) -> None:
    assert bool(index_files_with(SECRET)) == (connection.vendor == "sqlite")
    assert tables_with(SECRET) == {"chat_message", "chat_messageversion"} | CARRIED | INDEX
    assert len(files_with(SECRET, folder)) == 2
    set_role(mina, room_id=general.pk, user_id=joon.pk, role="moderator")
    with caplog.at_level(logging.DEBUG, logger="chat"), caplog.at_level(logging.DEBUG):
        delete_message(joon if is_moderator else mina, message_id=spread.pk)
        derive()
    assert tables_with(SECRET) == set()
    assert files_with(SECRET, folder) == index_files_with(SECRET) == []
    assert SECRET not in caplog.text
    assert SECRET not in rooms.open_room(joon, room_id=general.pk).encode()
    assert SECRET not in rooms.open_room(joon, room_id=general.pk, since=0).encode()
    assert SECRET not in rooms.history(joon, room_id=general.pk, after=0).encode()
