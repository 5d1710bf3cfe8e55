"""What one may not read is neither found nor counted, and nothing discloses that it is there."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.models import Message, Room, User
from chat.services.blocks import set_block
from chat.services.direct import send_direct
from chat.services.memberships import join_room, leave_room, remove_member
from chat.services.messages import delete_message, send_message
from chat.services.rooms import create_room
from chat.services.threads import reply_in_thread
from search import deriver, queries
from search.command import Search, search
from search.facts import room_token
from search.index import Ask, the_index
from search.index_file import the_file
from search.table_index import CONDITION, FIND, tsqueries
from search.tokens import Wanted

Say = Callable[..., Any]
Find = Callable[..., list[str]]
Derive = Callable[[], None]


def ask(reader: User, query: str, **more: Any) -> Any:
    return search(reader, Search(type="search", query=query, **more))


def reply(author: User, message: Message, body: str) -> Message:
    return reply_in_thread(author, room_id=message.room_id, message_id=message.pk, key=uuid.uuid4(), body=body)


def test_only_rooms_that_one_is_in_are_searched_with_their_threads(
    mina: User, joon: User, stranger: User, general: Room, founders: Room, say: Say, find: Find, derive: Derive
) -> None:
    secret = say(mina, founders, "secret plan")
    reply(mina, secret, "secret reply")
    send_direct(mina, people=[joon.pk], key=uuid.uuid4(), body="secret between us")
    say(mina, general, "secret in public")
    derive()
    assert len(find(joon, "secret")) == 4
    assert find(stranger, "secret") == []
    join_room(stranger, room_id=general.pk)
    assert find(stranger, "secret") == ["secret in public"]
    leave_room(stranger, room_id=general.pk)
    assert find(stranger, "secret") == []
    remove_member(mina, room_id=founders.pk, user_id=joon.pk)
    assert sorted(find(joon, "secret")) == ["secret between us", "secret in public"]


def test_superusers_and_deactivated_people_find_nothing_in_rooms_of_others(
    mina: User, joon: User, keeper: User, founders: Room, say: Say, find: Find
) -> None:
    say(mina, founders, "secret plan")
    assert find(keeper, "secret") == []
    joon.is_active = False
    joon.save()
    assert find(joon, "secret") == []


def shape(reply: Any) -> str:
    """A reply, without what the query was."""
    return str(reply.model_copy(update={"words": ()}).encode())


@pytest.mark.parametrize(
    "query", ["secret", "from:@mina", "has:link", "is:thread", "is:unread", "is:mention", "on:today"]
)
def test_the_reply_is_the_same_whether_there_is_something_hidden_or_not(
    mina: User, joon: User, stranger: User, founders: Room, general: Room, say: Say, derive: Derive, query: str
) -> None:
    own = create_room(stranger, name="Mine", kind="private")
    say(stranger, own, "nothing here")
    before = shape(ask(stranger, query, limit=1))
    for number in range(5):
        message = say(mina, founders, f"secret {number} https://example.com @stranger @joon")
        reply(joon, message, f"secret reply {number}")
    derive()
    assert shape(ask(stranger, query, limit=1)) == before


def test_the_index_is_asked_only_for_rooms_of_the_reader(
    mina: User, stranger: User, founders: Room, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = create_room(stranger, name="Mine", kind="private")
    say(stranger, own, "secret of mine")
    say(mina, founders, "secret of ours")
    proposed: list[int] = []
    index = the_index()

    class Watched(type(index)):  # type: ignore[misc]
        def find(self, asked: Any, *, seconds: float) -> Any:
            for ids in index.find(asked, seconds=seconds):
                proposed.extend(ids)
                yield ids

    monkeypatch.setattr(queries, "the_index", Watched)
    ask(stranger, "secret")
    assert set(Message.objects.filter(pk__in=proposed).values_list("room", flat=True)) == {own.pk}


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is asked of the database and of the index."""
    found: list[str] = []
    with CaptureQueriesContext(connection) as captured, ExitStack() as stack:
        if connection.vendor == "sqlite":
            reading = stack.enter_context(the_file().reading())
            reading.set_trace_callback(lambda sql: found.append(sql.split(" MATCH ")[0]))
            stack.callback(reading.set_trace_callback, None)
        yield found
    found += [query["sql"].split(" WHERE ")[0] for query in captured if "SAVEPOINT" not in query["sql"]]


@pytest.fixture
def hidden(
    mina: User,
    joon: User,
    stranger: User,
    general: Room,
    founders: Room,
    derive: Derive,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The word "secret" wherever the stranger cannot read it: in rooms of others, left ones, threads, and deleted."""
    monkeypatch.setattr(deriver, "TIDY_SECONDS", 0.0)
    own = create_room(stranger, name="Mine", kind="private")
    send_message(stranger, room_id=own.pk, key=uuid.uuid4(), body="of mine")
    join_room(stranger, room_id=general.pk)
    banned = create_room(mina, name="Banned")
    join_room(stranger, room_id=banned.pk)
    for room in (general, founders, banned):
        for number in range(30):
            message = send_message(mina, room_id=room.pk, key=uuid.uuid4(), body=f"secret {number} 비밀회의")
        reply(mina, message, "secret reply")
    send_direct(mina, people=[joon.pk], key=uuid.uuid4(), body="secret between us")
    gone = send_direct(mina, people=[stranger.pk], key=uuid.uuid4(), body="secret that is deleted")
    delete_message(mina, message_id=gone.pk)
    leave_room(stranger, room_id=general.pk)
    remove_member(mina, room_id=banned.pk, user_id=stranger.pk)
    derive()
    derive()


@pytest.mark.parametrize("order", ["newest", "relevance"])
@pytest.mark.parametrize("more", [{}, {"only": "files"}, {"limit": 1}])
@pytest.mark.parametrize(
    ("query", "nowhere"),
    [
        ("secret", "zyzzyva"),
        ("secr", "zyzz"),
        ("비밀회의", "없는회의"),
        ("회의를", "없음을"),
        ('"secret 1"', '"zyzzyva 1"'),
        ("of -secret", "of -zyzzyva"),
        ("is:thread secret", "is:thread zyzzyva"),
        ("on:today secret", "on:today zyzzyva"),
    ],
)
@pytest.mark.usefixtures("hidden")
def test_a_word_of_other_rooms_takes_the_same_statements_as_one_that_is_nowhere(
    stranger: User, query: str, nowhere: str, more: Any, order: str
) -> None:
    replies, asked = [], []
    for typed in (nowhere, query, nowhere, query):
        with statements() as found:
            replies.append(shape(ask(stranger, typed, order=order, **more)))
        asked.append(found)
    assert replies[2] == replies[3]
    assert asked[2] == asked[3]
    assert asked[2]


def rows_read(plan: Any) -> Iterator[float]:
    """What the parts of an executed plan that read the table of the index have found, or removed again."""
    if plan["Node Type"] == "Bitmap Heap Scan":
        yield from (plan[name] for name in plan if name == "Actual Rows" or name.startswith("Rows Removed"))
    for part in plan.get("Plans", ()):
        yield from rows_read(part)


@pytest.mark.postgresql
@pytest.mark.usefixtures("hidden")
def test_a_word_of_other_rooms_makes_postgresql_read_no_row(stranger: User) -> None:
    rooms = {room_token(pk) for pk in Room.objects.of(stranger).values_list("pk", flat=True)}
    for word in ("zyzzyva", "secret", "of"):
        asked = tsqueries(Ask([Wanted(word)], [rooms]))
        sql = FIND.format(conditions=" AND ".join([CONDITION] * len(asked)))
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", [2**40, *asked, 2**40, 60, 60])
            (plan,) = cursor.fetchone()[0]
        assert any(rows_read(plan["Plan"])) == (word == "of")


def test_unknown_and_hidden_names_are_answered_alike(
    mina: User, stranger: User, founders: Room, general: Room, say: Say
) -> None:
    say(mina, founders, "hello")
    for hidden, missing in (("in:#founders", "in:#missings"), ("in:@mina", "in:@nina"), ("in:Founders", "in:Missings")):
        replies = [ask(stranger, query) for query in (hidden, missing)]
        assert [reply.words[0].problem for reply in replies] == ["unknown", "unknown"]
        assert shape(replies[0]) == shape(replies[1])


def test_a_guest_does_not_learn_who_else_there_is(mina: User, stranger: User, general: Room, say: Say) -> None:
    say(mina, general, "hello")
    stranger.is_guest = True
    stranger.save()
    for name in ("from:@mina", "from:Mina", "from:@nobody"):
        assert [word.problem for word in ask(stranger, name).words] == ["unknown"]
    assert ask(stranger, "mina").people == []


def test_the_lines_around_a_hit_are_readable_and_those_of_deleted_messages_empty(
    mina: User, joon: User, general: Room, founders: Room, say: Say
) -> None:
    first, _second, third = (say(mina, general, body) for body in ("first line", "needle", "third line"))
    say(mina, founders, "elsewhere")
    (hit,) = ask(joon, "needle").hits
    assert (hit.before.body, hit.after.body) == ("first line", "third line")
    delete_message(mina, message_id=first.pk)
    delete_message(mina, message_id=third.pk)
    (hit,) = ask(joon, "needle").hits
    assert (hit.before.deleted, hit.before.body, hit.after.deleted, hit.after.body) == (True, "", True, "")


def test_pages_follow_each_other_without_gaps_and_end_when_nothing_readable_is_left(
    mina: User, joon: User, general: Room, founders: Room, derive: Derive
) -> None:
    for number in range(12):
        room = founders if number % 2 else general
        send_message(mina, room_id=room.pk, key=uuid.uuid4(), body=f"page {number}")
    derive()
    remove_member(mina, room_id=founders.pk, user_id=joon.pk)
    for order in ("newest", "relevance"):
        found: list[str] = []
        reply = ask(joon, "page", limit=2, order=order)
        found += [hit.message.body for hit in reply.hits]
        while reply.more:
            reply = ask(joon, "page", limit=2, order=order, cursor=reply.more)
            found += [hit.message.body for hit in reply.hits]
        assert found == [f"page {number}" for number in (10, 8, 6, 4, 2, 0)]


def test_messages_of_blocked_people_are_found_as_they_are_shown_in_rooms(
    mina: User, joon: User, general: Room, say: Say, find: Find
) -> None:
    say(joon, general, "hello")
    set_block(mina, user_id=joon.pk, on=True)
    assert find(mina, "hello") == ["hello"]


def test_rooms_and_people_are_those_that_the_reader_may_know(
    mina: User, joon: User, stranger: User, general: Room, founders: Room, derive: Derive
) -> None:
    derive()
    reply = ask(mina, "founders")
    assert [room.name for room in reply.rooms] == ["Founders"]
    assert ask(stranger, "founders").rooms == ask(stranger, "general").rooms == []
    assert [person.username for person in ask(stranger, "min").people] == ["mina"]


def test_initial_consonants_find_people_and_rooms(mina: User, joon: User, derive: Derive) -> None:
    joon.display_name = "김준호"
    joon.save()
    create_room(mina, name="점심모임")
    derive()
    assert [person.name for person in ask(mina, "ㄱㅈㅎ").people] == ["김준호"]
    assert [room.name for room in ask(mina, "ㅈㅅ").rooms] == ["점심모임"]
