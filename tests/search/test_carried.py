"""What a message carries is searched, too: names and contents of files, choices of polls, previews of links."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from chat.models import Message, Room, User
from chat.models.message import BODY_CHARS, PREVIEWS
from chat.models.poll import CHOICE_CHARS, MOST_CHOICES
from chat.protocol.commands import NewPoll
from chat.protocol.limits import FILES_PER_MESSAGE
from chat.services.changes import room_transaction
from chat.services.memberships import remove_member
from chat.services.messages import delete_message, edit_message, send_message
from chat.services.polls import close_poll, send_poll, vote
from chat.services.reactions import react
from chat.services.threads import reply_in_thread
from files.models import Attachment, FileText
from files.models.attachment import NAME_BYTES
from search import deriver as deriver_module
from search.carried import MOST_CHARS
from search.command import Search, search
from search.rebuilding import rebuild
from search.shapes import Hit, Place
from search.table import joined
from tests.harness.search_index import rebuilt, stored
from tests.harness.stored import index_files_with, tables_with

Say = Callable[..., Any]
Find = Callable[..., list[str]]
Derive = Callable[[], None]

SECRET = "xyzzyplugh"


@pytest.fixture(autouse=True)
def _tidies_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deriver_module, "TIDY_SECONDS", 0.0)


def file(author: User, room: Room, name: str = "notes.txt", text: str | None = None) -> uuid.UUID:
    """A file that is ready to be sent, with this text in it, if it is one."""
    kind = "file" if text is None else "text"
    made = Attachment.objects.create(author=author, room=room, name=name, size=1, state="ready", kind=kind)
    if text is not None:
        FileText.objects.create(file=made, text=text)
    return made.pk


def hits(reader: User, query: str, **more: Any) -> list[Hit]:
    return list(search(reader, Search(type="search", query=query, **more)).hits)


def place_of(reader: User, query: str) -> Place:
    (hit,) = hits(reader, query)
    (place,) = hit.places
    return place


def marked(place: Place) -> list[str]:
    raw = place.text.encode("utf-16-le")
    return [raw[2 * start : 2 * (start + length)].decode("utf-16-le") for start, length in place.marks]


def test_the_name_of_a_file_is_found_and_marked(mina: User, general: Room, say: Say) -> None:
    sent = file(mina, general, "가격표-v2.png")
    say(mina, general, "", files=[sent])
    place = place_of(mina, "가격을")
    assert (place.kind, place.file, place.text, marked(place)) == ("name", str(sent), "가격표-v2.png", ["가격"])
    assert list(hits(mina, "v2")[0].marks) == []


def test_the_contents_of_a_text_are_found_with_their_line(mina: User, general: Room, say: Say) -> None:
    sent = file(mina, general, "run.py", "import os\n\ndef deploy(target):\n    pass\n")
    say(mina, general, "the script", files=[sent])
    place = place_of(mina, "target")
    assert (place.kind, place.file, place.line) == ("text", str(sent), 3)
    assert (place.text, marked(place)) == ("def deploy(target):", ["target"])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("script", True),
        ("script deploy", True),
        ("script run", True),
        ("run deploy", True),
        ("script redeploy", False),
        ('"deploy target"', False),
        ('"the script"', True),
        ('"script import"', False),
        ("script -deploy", False),
        ("script -missing", True),
        ("-run.py", False),
        ("배포를", True),
    ],
)
def test_words_may_be_in_different_texts_of_a_message_and_a_phrase_in_one(
    mina: User, general: Room, say: Say, query: str, found: bool
) -> None:
    say(mina, general, "the script", files=[file(mina, general, "run.py", "import os\ndeploy(target) # 배포")])
    assert len(hits(mina, query)) == found


def test_a_line_that_is_long_is_cut_around_the_word(mina: User, general: Room, say: Say) -> None:
    line = "😀가나다 " * 800 + "바늘 " + "라마바 " * 800
    say(mina, general, "", files=[file(mina, general, text=f"first\n{line}\nlast")])
    place = place_of(mina, "바늘")
    assert (place.line, marked(place)) == (2, ["바늘"])
    assert len(place.text) <= 162
    assert place.text.startswith("…")
    assert place.text.endswith("…")


def test_contents_are_searched_up_to_a_number_of_characters(mina: User, general: Room, say: Say) -> None:
    filling = "x " * (MOST_CHARS // 4 - 4)
    sent = [file(mina, general, text=f"{filling}{word}") for word in ("first", "second", "third")]
    say(mina, general, "", files=sent)
    assert [len(hits(mina, word)) for word in ("first", "second", "third")] == [1, 1, 0]


def test_many_files_with_rare_characters_are_indexed(mina: User, general: Room, say: Say) -> None:
    rare = [chr(0x20000 + (number * 7919) % 40_000) for number in range(MOST_CHARS)]
    text = "".join(rare)
    say(mina, general, text[:BODY_CHARS], files=[file(mina, general, text=text[::-1])])
    assert len(hits(mina, text[500:510])) == len(hits(mina, text[::-1][500:510])) == 1


def test_the_largest_row_is_one_that_postgresql_stores(mina: User) -> None:
    """It refuses more than 1 MiB: with four bytes for each character, and ids of a site with billions of messages."""
    characters = MOST_CHARS + BODY_CHARS + FILES_PER_MESSAGE * NAME_BYTES + MOST_CHOICES * CHOICE_CHARS + 2_000
    pairs = {chr(0x20000 + first) + chr(0x20000 + second) for first in range(240) for second in range(240)}
    assert len(pairs) > characters
    row = joined(2**36, set(list(pairs)[:characters]))
    assert len(row.encode()) - characters < 2**20


def test_choices_of_a_poll_are_found_and_how_people_voted_is_not(
    mina: User, joon: User, general: Room, derive: Derive
) -> None:
    poll = NewPoll(choices=["월요일 회의", "수요일 점심"], hidden=True)
    asked = send_poll(mina, room_id=general.pk, key=uuid.uuid4(), body="언제 만날까요?", poll=poll)
    derive()
    place = place_of(joon, "점심")
    assert (place.kind, place.choice, place.text, marked(place)) == ("choice", 2, "수요일 점심", ["점심"])
    assert len(hits(joon, "언제 점심")) == 1
    before = stored()
    vote(mina, message_id=asked.pk, choices=[2])
    derive()
    assert stored() == before
    for query in ("votes", "voters", "2", str(mina.pk)):
        assert hits(joon, query) == []
    (hit,) = hits(joon, "점심")
    assert "votes" not in str(hit.message.extras)
    close_poll(mina, message_id=asked.pk)
    derive()
    assert len(hits(joon, "점심")) == 1


def preview(message: Message, *titles: str) -> None:
    with room_transaction(message.room_id) as change:
        fresh = Message.objects.get(pk=message.pk)
        shown = [{"url": f"https://example.com/{title}", "title": title, "description": "A page"} for title in titles]
        fresh.extras = {**fresh.extras, PREVIEWS: shown} if shown else {}
        change.save_extras(fresh)


def test_the_preview_of_a_link_is_found_when_it_is_there_and_no_longer_when_it_is_removed(
    mina: User, general: Room, say: Say, derive: Derive
) -> None:
    message = say(mina, general, "see https://example.com")
    preview(message, "Kettles", SECRET)
    derive()
    place = place_of(mina, "kettles")
    assert (place.kind, place.url, place.text) == ("preview", "https://example.com/Kettles", "Kettles")
    assert place_of(mina, SECRET).url == f"https://example.com/{SECRET}"
    preview(message, "Kettles")
    derive()
    derive()
    assert (len(hits(mina, "kettles")), hits(mina, SECRET)) == (1, [])
    assert index_files_with(SECRET) == []
    assert stored() == rebuilt()


def test_a_reaction_to_a_message_with_a_preview_does_not_make_it_stale(
    mina: User, general: Room, say: Say, derive: Derive, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = say(mina, general, "see https://example.com")
    preview(message, "Kettles")
    derive()
    tidied: list[Any] = []
    monkeypatch.setattr(deriver_module, "tidy", lambda file: tidied.extend(file.stale(10)))
    react(mina, message_id=message.pk, emoji="👍", on=True)
    derive()
    derive()
    assert tidied == []
    assert len(hits(mina, "kettles has:reaction")) == 1


def test_only_files_are_asked_for_by_a_field_of_the_command(mina: User, general: Room, say: Say) -> None:
    say(mina, general, "price of the kettle")
    say(mina, general, "price list", files=[file(mina, general, "list.pdf")])
    say(mina, general, "", files=[file(mina, general, "price.png")])
    found = [hit.message.extras["attachments"][0]["name"] for hit in hits(mina, "price", only="files")]
    assert found == ["price.png", "list.pdf"]
    assert len(hits(mina, "price")) == 3
    reply = search(mina, Search(type="search", query="price", only="files", limit=1))
    rest = search(mina, Search(type="search", query="price", only="files", limit=1, cursor=reply.more))
    assert [hit.message.body for hit in rest.hits] == ["price list"]
    assert rest.more is None


def test_an_edit_keeps_the_files_of_a_message_findable(mina: User, general: Room, say: Say, derive: Derive) -> None:
    message = say(mina, general, "before", files=[file(mina, general, "run.py", "deploy")])
    edit_message(mina, message_id=message.pk, body="afterwards")
    derive()
    derive()
    assert len(hits(mina, "deploy")) == len(hits(mina, "run.py")) == len(hits(mina, "afterwards deploy")) == 1
    assert stored() == rebuilt()


def test_what_a_deleted_message_carried_is_in_no_table_and_no_file(
    mina: User, general: Room, say: Say, derive: Derive
) -> None:
    sent = file(mina, general, f"{SECRET}.txt", f"a line\nwith {SECRET}")
    message = say(mina, general, "hello", files=[sent])
    assert len(hits(mina, SECRET)) == 1
    delete_message(mina, message_id=message.pk)
    assert hits(mina, SECRET) == []
    derive()
    derive()
    assert tables_with(SECRET) == set()
    assert index_files_with(SECRET) == []


def test_a_deleted_reply_takes_its_files_from_its_copy_in_the_room(
    mina: User, general: Room, say: Say, derive: Derive
) -> None:
    asked = say(mina, general, "question")
    sent = file(mina, general, "run.py", SECRET)
    given = {"room_id": general.pk, "message_id": asked.pk, "key": uuid.uuid4(), "body": "answer"}
    reply = reply_in_thread(mina, **given, files=[sent], also_in_room=True)
    derive()
    assert [hit.message.id for hit in hits(mina, SECRET)] == [reply.pk]
    delete_message(mina, message_id=reply.pk)
    derive()
    derive()
    assert index_files_with(SECRET) == []
    assert stored() == rebuilt()


def test_a_rebuilt_index_has_what_messages_carry(mina: User, general: Room, say: Say) -> None:
    say(mina, general, "one", files=[file(mina, general, "run.py", "deploy 배포")])
    preview(say(mina, general, "see https://example.com"), "Kettles")
    for _step in rebuild():
        pass
    assert stored() == rebuilt()
    assert len(hits(mina, "deploy")) == len(hits(mina, "kettles")) == 1


def test_nobody_finds_files_of_rooms_that_they_are_not_in(
    mina: User, joon: User, stranger: User, general: Room, founders: Room, derive: Derive
) -> None:
    sent = file(mina, founders, f"{SECRET}.txt", "contents")
    send_message(mina, room_id=founders.pk, key=uuid.uuid4(), body="hello", files=[sent])
    derive()
    for query in (SECRET, "contents", "has:file"):
        assert len(hits(joon, query)) == len(hits(joon, query, only="files")) == 1
        assert hits(stranger, query) == hits(stranger, query, only="files") == []
    remove_member(mina, room_id=founders.pk, user_id=joon.pk)
    assert hits(joon, "contents") == hits(joon, SECRET) == []


def test_contents_of_files_take_one_query_more(
    mina: User, general: Room, say: Say, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        say(mina, general, "", files=[file(mina, general, f"{number}.txt", "deploy it")])
    search(mina, Search(type="search", query="deploy"))
    with django_assert_max_num_queries(11 + 3 * (connection.vendor == "postgresql")):
        assert len(hits(mina, "deploy")) == 12


def test_a_page_with_many_places_fits_into_a_frame(mina: User, general: Room, derive: Derive) -> None:
    from chat.protocol.limits import OUTBOUND_FRAME_BYTES

    for _ in range(50):
        sent = [file(mina, general, "\x01" * 100 + "가" * 20 + ".txt", "가 " * 500) for _ in range(10)]
        send_message(mina, room_id=general.pk, key=uuid.uuid4(), body="", files=sent)
    derive()
    reply = search(mina, Search(type="search", query="가", limit=50))
    assert 0 < len(reply.encode().encode()) <= OUTBOUND_FRAME_BYTES
