"""The texts inside files, which the search finds, and which go with their messages."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.models import Message, Room, User
from chat.services.messages import delete_message
from chat.services.threads import reply_in_thread
from files.decoding.texts import TEXT_BYTES
from files.models import FileText
from files.queries.texts import texts_of
from files.services.uploads import cancel_upload
from tests.files.test_deletion import say, uploaded
from tests.harness.files import png

pytestmark = pytest.mark.django_db


def test_the_texts_of_a_message_are_those_of_its_files_in_order(mina: User, general: Room) -> None:
    files = [uploaded(mina, general, content=content) for content in (b"second", b"first", png())]
    both = say(mina, general, files[1], files[2], files[0])
    other = say(mina, general, uploaded(mina, general, content="회의록".encode("cp949")))
    none = say(mina, general, body="Nothing here")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = texts_of([both.pk, other.pk, none.pk])
    assert found == {both.pk: "first\n\nsecond", other.pk: "회의록"}
    assert len(queries) == 1


def test_only_the_beginning_of_a_text_is_kept(mina: User, general: Room) -> None:
    file = uploaded(mina, general, content="가나다 ".encode() * 100_000)
    text = FileText.objects.get(file=file).text
    assert text.startswith("가나다 가나다 ")
    assert TEXT_BYTES - 4 < len(text.encode()) <= TEXT_BYTES


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"a\r\nb\x1b[31m\tc", "a\nb[31m\tc"),
        ("\ufeff\u202eevil\u200b".encode(), "evil"),
        ("utf-16 text".encode("utf-16"), "utf-16 text"),
        (b"<script>alert(1)</script>", "<script>alert(1)</script>"),
        (b"x" * 9_000 + b"\0" * 9_000, "x" * 8192),
    ],
    ids=["lines", "marks", "UTF-16", "HTML", "text at the beginning"],
)
def test_a_text_has_no_characters_that_nobody_sees(mina: User, general: Room, content: bytes, text: str) -> None:
    assert FileText.objects.get(file=uploaded(mina, general, content=content)).text == text


def test_the_texts_go_with_their_message_at_once(mina: User, joon: User, general: Room) -> None:
    asked = say(joon, general, body="?")
    where: dict[str, Any] = {"room_id": general.pk, "message_id": asked.pk, "key": uuid.uuid4(), "body": ""}
    reply = reply_in_thread(mina, **where, also_in_room=True, files=[uploaded(mina, general).pk])
    copy = Message.objects.get(room=general, position=2)
    assert texts_of([reply.pk, copy.pk]) == {reply.pk: "it says xyzzy"}
    delete_message(mina, message_id=reply.pk)
    assert not FileText.objects.exists()


def test_a_file_that_is_not_sent_takes_its_text_along(mina: User, general: Room) -> None:
    cancel_upload(mina, file=uploaded(mina, general).pk)
    assert not FileText.objects.exists()
