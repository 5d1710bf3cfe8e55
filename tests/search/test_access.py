"""What one may not read is neither found nor counted, and nothing discloses that it is there."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from chat.models import Message, Room, User
from chat.services.blocks import set_block
from chat.services.direct import send_direct
from chat.services.memberships import join_room, leave_room, remove_member
from chat.services.messages import delete_message, send_message
from chat.services.rooms import create_room
from chat.services.threads import reply_in_thread
from search import queries
from search.command import Search, search
from search.index import the_index

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
