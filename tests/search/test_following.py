"""The index follows edits, deletions and removed rooms; what was deleted is in no table and no file."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from chat.models import Room, User
from chat.services.deleted_rooms import finish_deletions
from chat.services.messages import delete_message, edit_message
from chat.services.rooms import archive_room, delete_room
from search import deriver
from search.models import MessageTokens
from tests.harness.stored import index_files_with, tables_with

Say = Callable[..., Any]
Find = Callable[..., list[str]]
Derive = Callable[[], None]

SECRET = "xyzzyplugh"


@pytest.fixture(autouse=True)
def _tidies_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deriver, "TIDY_SECONDS", 0.0)


def test_an_edited_message_is_found_by_its_new_text_only(
    mina: User, general: Room, say: Say, find: Find, derive: Derive
) -> None:
    message = say(mina, general, "before")
    edit_message(mina, message_id=message.pk, body="afterwards")
    assert find(mina, "before") == []
    derive()
    assert find(mina, "afterwards") == ["afterwards"]
    assert find(mina, "before") == []


def test_a_deleted_message_is_not_found_even_before_the_index_knows(
    mina: User, general: Room, say: Say, find: Find, derive: Derive
) -> None:
    message = say(mina, general, "hello")
    delete_message(mina, message_id=message.pk)
    assert find(mina, "hello") == find(mina, "from:me") == []
    derive()
    assert find(mina, "hello") == find(mina, "from:me") == []


def test_words_of_edited_and_deleted_messages_are_in_no_table_and_no_file(
    mina: User, general: Room, say: Say, find: Find, derive: Derive
) -> None:
    kept = say(mina, general, "something to keep")
    for body in (f"one {SECRET}", f"two {SECRET}"):
        message = say(mina, general, body)
    edit_message(mina, message_id=message.pk, body="harmless")
    derive()
    say(mina, general, "yet another")
    delete_message(mina, message_id=message.pk - 1)
    derive()
    derive()
    assert tables_with(SECRET) <= {"chat_messageversion"}
    assert index_files_with(SECRET) == []
    assert find(mina, "harmless") == ["harmless"]
    assert find(mina, "keep") == [kept.body]


def test_words_of_a_removed_room_are_in_no_table_and_no_file(
    mina: User, general: Room, founders: Room, say: Say, find: Find, derive: Derive
) -> None:
    say(mina, founders, f"one {SECRET}")
    say(mina, general, "hello")
    archive_room(mina, room_id=founders.pk)
    delete_room(mina, room_id=founders.pk)
    assert find(mina, SECRET) == []
    finish_deletions()
    derive()
    derive()
    assert tables_with(SECRET) == set()
    assert index_files_with(SECRET) == []
    assert find(mina, "hello") == ["hello"]
    assert not MessageTokens.objects.exists() or connection.vendor == "postgresql"
