"""What each operator of a query asks for."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from chat.models import Message, Room, User
from chat.protocol.errors import Forbidden, Invalid, NotFound
from chat.services.direct import send_direct
from chat.services.memberships import mark_read
from chat.services.pins import pin
from chat.services.reactions import react
from chat.services.rooms import create_room
from chat.services.threads import reply_in_thread
from search.command import Search, search
from search.shapes import SearchReply

Say = Callable[..., Any]
Find = Callable[..., list[str]]
Derive = Callable[[], None]


def ask(reader: User, query: str, **more: Any) -> SearchReply:
    return search(reader, Search(type="search", query=query, **more))


def reply(author: User, message: Message, body: str) -> Message:
    return reply_in_thread(author, room_id=message.room_id, message_id=message.pk, key=uuid.uuid4(), body=body)


def direct(author: User, other: User, body: str) -> Message:
    return send_direct(author, people=[other.pk], key=uuid.uuid4(), body=body)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("from:@mina", ["by mina"]),
        ("from:mina", ["by mina"]),
        ("from:Mina", ["by mina"]),
        ("FROM:@MINA", ["by mina"]),
        ("from:me", ["by mina"]),
        ("from:나", ["by mina"]),
        ("from:@joon", ["by joon"]),
        ("from:@mina from:@joon", ["by joon", "by mina"]),
        ("-from:@mina", ["by joon"]),
        ('from:"Joon" by', ["by joon"]),
    ],
)
def test_from_names_who_wrote_a_message(
    mina: User, joon: User, general: Room, say: Say, find: Find, query: str, found: list[str]
) -> None:
    say(mina, general, "by mina")
    say(joon, general, "by joon")
    assert find(mina, query) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("in:#general", ["reply", "here"]),
        ("in:General", ["reply", "here"]),
        ('in:"Team lunch"', ["there"]),
        ("in:#general in:team-lunch", ["reply", "there", "here"]),
        ("-in:general", ["hello", "there"]),
        ("in:@joon", ["hello"]),
        ("with:@joon", ["hello", "reply"]),
        ("-with:@joon", ["there", "here"]),
    ],
)
def test_in_and_with_name_rooms_and_who_is_there(
    mina: User, joon: User, general: Room, say: Say, find: Find, derive: Derive, query: str, found: list[str]
) -> None:
    lunch = create_room(mina, name="Team lunch")
    here = say(mina, general, "here")
    say(mina, lunch, "there")
    reply(joon, here, "reply")
    direct(mina, joon, "hello")
    derive()
    assert sorted(find(mina, query)) == sorted(found)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("has:link", ["see https://example.com"]),
        ("has:링크", ["see https://example.com"]),
        ("has:code", ["run `ls`"]),
        ("has:reaction", ["liked"]),
        ("has:pin", ["kept"]),
        ("has:고정", ["kept"]),
        ("has:file", ["with a file", "with a picture"]),
        ("has:image", ["with a picture"]),
        ("-has:link -has:code -has:reaction -has:pin -has:file", ["plain"]),
    ],
)
def test_has_asks_what_a_message_has(
    mina: User, general: Room, say: Say, find: Find, derive: Derive, query: str, found: list[str]
) -> None:
    for body in ("plain", "see https://example.com", "run `ls`"):
        say(mina, general, body)
    react(mina, message_id=say(mina, general, "liked").pk, emoji="👍", on=True)
    pin(mina, message_id=say(mina, general, "kept").pk, on=True)
    for body, kind in (("with a file", "text/plain"), ("with a picture", "image/png")):
        message = say(mina, general, body)
        attach(message, kind)
    derive()
    assert sorted(find(mina, query)) == sorted(found)


def attach(message: Message, kind: str) -> None:
    from chat.services.changes import room_transaction

    with room_transaction(message.room_id) as change:
        fresh = Message.objects.get(pk=message.pk)
        fresh.extras = {"attachments": [{"name": "a", "type": kind}]}
        change.save_extras(fresh)


def test_a_reaction_that_was_taken_back_is_not_found_any_more(
    mina: User, general: Room, say: Say, find: Find, derive: Derive
) -> None:
    message = say(mina, general, "liked")
    react(mina, message_id=message.pk, emoji="👍", on=True)
    derive()
    assert find(mina, "has:reaction") == ["liked"]
    react(mina, message_id=message.pk, emoji="👍", on=False)
    derive()
    assert find(mina, "has:reaction") == []
    assert find(mina, "-has:reaction") == ["liked"]


def test_is_thread_finds_replies_and_what_they_reply_to(
    mina: User, joon: User, general: Room, say: Say, find: Find, derive: Derive
) -> None:
    asked = say(mina, general, "question")
    say(mina, general, "remark")
    reply(joon, asked, "answer")
    derive()
    assert sorted(find(mina, "is:thread")) == ["answer", "question"]
    assert find(mina, "-is:thread") == ["remark"]


def test_is_unread_finds_what_this_reader_has_not_read(
    mina: User, joon: User, general: Room, say: Say, find: Find
) -> None:
    say(joon, general, "one")
    say(joon, general, "two")
    mark_read(mina, room_id=general.pk, position=1)
    assert find(mina, "is:unread") == ["two"]
    assert find(mina, "-is:unread") == ["one"]
    assert find(joon, "is:unread") == []


def test_is_mention_finds_what_mentions_this_reader(
    mina: User, joon: User, general: Room, say: Say, find: Find
) -> None:
    say(joon, general, "hello @mina")
    say(mina, general, "hello @joon")
    assert find(mina, "is:mention") == find(mina, "is:멘션 hello") == ["hello @mina"]
    assert find(mina, "is:mention goodbye") == []
    assert find(mina, "-is:mention") == ["hello @joon"]


def at(message: Message, moment: datetime) -> None:
    Message.objects.filter(pk=message.pk).update(created_at=moment)


@pytest.fixture
def dated(mina: User, general: Room, say: Say, derive: Derive) -> None:
    """Messages on both sides of midnight in Seoul."""
    from chat.services.messages import send_message

    for body, moment in (
        ("old", datetime(2024, 12, 31, 14, 59, 59, tzinfo=UTC)),
        ("new year", datetime(2024, 12, 31, 15, 0, tzinfo=UTC)),
        ("march", datetime(2025, 3, 2, 12, tzinfo=UTC)),
    ):
        message = send_message(mina, room_id=general.pk, key=uuid.uuid4(), body=body)
        at(message, moment)
    derive()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("on:2024-12-31", ["old"]),
        ("on:2025-01-01", ["new year"]),
        ("on:2025", ["march", "new year"]),
        ("on:2025-03", ["march"]),
        ("on:2025년3월", ["march"]),
        ("on:2025년3월2일", ["march"]),
        ("before:2025", ["old"]),
        ("before:2025-01-01", ["old"]),
        ("after:2025-01-01", ["march", "new year"]),
        ("after:2024-12-31 before:2025-02", ["new year", "old"]),
        ("after:2025-01-02 before:2025-03-02", []),
        ("before:2025 march", []),
    ],
)
@pytest.mark.usefixtures("dated")
def test_days_are_those_of_the_reader(mina: User, find: Find, query: str, found: list[str]) -> None:
    assert find(mina, query, zone="Asia/Seoul") == found


@pytest.mark.usefixtures("dated")
def test_the_time_zone_of_the_profile_comes_before_that_of_the_device(mina: User, find: Find) -> None:
    mina.time_zone = "America/New_York"
    mina.save()
    assert find(mina, "on:2024-12-31", zone="Asia/Seoul") == ["new year", "old"]


@pytest.mark.parametrize(
    "query", ["on:today", "on:오늘", "after:yesterday", "on:this-week", 'on:"this week"', "on:올해"]
)
def test_days_have_names(mina: User, general: Room, say: Say, find: Find, query: str) -> None:
    say(mina, general, "now")
    at(say(mina, general, "long ago"), timezone.now() - timedelta(days=800))
    assert find(mina, query) == ["now"]


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("from:@nobody", "unknown"),
        ("in:#nowhere", "unknown"),
        ("in:@stranger", "unknown"),
        ("with:@nobody", "unknown"),
        ("has:nothing", "invalid"),
        ("is:everything", "invalid"),
        ("on:someday", "invalid"),
        ("on:2025-02-30", "invalid"),
        ("before:99999999999999", "invalid"),
        ("-on:today", "invalid"),
    ],
)
def test_an_operator_that_means_nothing_finds_nothing_and_says_so(
    mina: User, general: Room, say: Say, query: str, problem: str
) -> None:
    say(mina, general, "hello")
    reply = ask(mina, f"{query} hello")
    assert (list(reply.hits), reply.words[0].problem) == ([], problem)


@pytest.mark.parametrize("query", ["from:", "in:#", "has:", "!!", "-", "on:"])
def test_what_is_not_finished_yet_is_ignored(mina: User, general: Room, say: Say, query: str) -> None:
    say(mina, general, "hello")
    reply = ask(mina, f"hello {query}")
    assert [hit.message.body for hit in reply.hits] == ["hello"]
    assert reply.words[1].problem == "ignored"


def test_terms_are_reported_with_their_places_in_utf_16(mina: User, general: Room, derive: Derive) -> None:
    derive()
    query = '😀 from:@mina -"나 너" on:2025-03'
    words = ask(mina, query).words
    raw = query.encode("utf-16-le")
    cut = [raw[2 * word.start : 2 * (word.start + word.length)].decode("utf-16-le") for word in words]
    assert cut == [word.text for word in words] == ["😀", "from:@mina", '-"나 너"', "on:2025-03"]
    assert words[1].user is not None
    assert words[1].user.id == mina.pk
    assert (words[2].kind, words[2].value, words[2].negated) == ("phrase", "나 너", True)
    assert (words[3].day, words[3].until) == ("2025-03-01", "2025-03-31")


def test_one_room_is_searched_with_its_threads_and_one_thread_alone(
    mina: User, joon: User, stranger: User, general: Room, founders: Room, say: Say, find: Find, derive: Derive
) -> None:
    asked = say(mina, general, "hello room")
    say(mina, founders, "hello founders")
    answer = reply(joon, asked, "hello thread")
    derive()
    assert find(mina, "hello", room=general.pk) == ["hello thread", "hello room"]
    assert find(mina, "hello", room=answer.room_id) == ["hello thread"]
    assert find(mina, "hello in:founders", room=general.pk) == []
    with pytest.raises(Forbidden):
        ask(stranger, "hello", room=general.pk)
    for room in (founders.pk, 999_999):
        with pytest.raises(NotFound):
            ask(stranger, "hello", room=room)


def test_a_query_must_contain_something(mina: User, derive: Derive) -> None:
    for query in ("", "   ", "\n\t"):
        with pytest.raises(Invalid):
            ask(mina, query)
    with pytest.raises(Invalid):
        ask(mina, "hello", zone="Mars/Olympus")
