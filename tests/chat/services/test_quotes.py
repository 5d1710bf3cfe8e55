"""A reply quotes the message to which it replies, as that message is now."""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection

from chat.bus.events import RoomChanged
from chat.models import Message, Room
from chat.models.message import QUOTE_CHARS
from chat.queries import rooms
from chat.services import quotes
from chat.services.group_commit import draft, send_batch
from chat.services.memberships import leave_room
from chat.services.messages import delete_message, edit_message, send_message
from chat.services.quotes import quote_of
from tests.harness.stored import everything_stored
from tests.harness.threads import at_once

SECRET = "xyzzy"


def say(author: Any, room: Room, body: str = "hi", **more: Any) -> Message:
    return send_message(author, room_id=room.pk, key=uuid.uuid4(), body=body, **more)


def quote_in(reply: Message) -> Any:
    """The quote that is stored with a reply."""
    return Message.objects.get(pk=reply.pk).extras.get("quote")


@pytest.mark.parametrize(
    "body", ["Good morning!", "a\n\nb\t\"c\" \\ 'd'", "한글🙂" * 60, "x" * QUOTE_CHARS, "x" * 1000]
)
def test_a_reply_is_stored_and_returned_with_the_beginning_of_the_message(
    mina: Any, joon: Any, general: Any, body: str
) -> None:
    said = say(mina, general, body)
    reply = say(joon, general, "yes", reply_to=said.pk)
    expected = {"id": said.pk, "author": mina.pk, "position": 1, "text": body[:QUOTE_CHARS]}
    assert quote_of(said) == expected
    assert reply.extras == {"quote": expected}
    assert quote_in(reply) == expected


def test_other_messages_in_the_same_batch_quote_nothing(mina: Any, joon: Any, general: Any, founders: Any) -> None:
    here, there = say(mina, general, "here"), say(mina, founders, "there")
    drafts = [
        draft(author_id=joon.pk, room_id=room.pk, key=uuid.uuid4(), body="hi", reply_to=reply_to)
        for room, reply_to in [(general, None), (general, here.pk), (founders, there.pk), (general, there.pk)]
    ]
    *sent, _refused = send_batch(drafts).outcomes
    assert [isinstance(one, Message) and one.extras for one in sent] == [
        {},
        {"quote": quote_of(here)},
        {"quote": quote_of(there)},
    ]


def test_a_resent_reply_quotes_what_its_message_is_now(mina: Any, joon: Any, general: Any) -> None:
    said, key = say(mina, general), uuid.uuid4()
    send = partial(send_message, joon, room_id=general.pk, key=key, body="yes", reply_to=said.pk)
    send()
    edit_message(mina, message_id=said.pk, body="hello")
    assert send().extras["quote"]["text"] == "hello"


def test_an_edit_reaches_the_quotes_as_changes_of_extras_alone(
    mina: Any, joon: Any, general: Any, published_by: Callable[..., list[Any]]
) -> None:
    said = say(mina, general)
    replies = [say(joon, general, f"reply {number}", reply_to=said.pk) for number in range(2)]
    other = say(joon, general)
    (change,) = published_by(lambda: edit_message(mina, message_id=said.pk, body="hello"))
    assert isinstance(change, RoomChanged)
    assert [quote_in(reply)["text"] for reply in replies] == ["hello", "hello"]
    items = {item.id: item for item in change.messages}
    assert items.keys() == {said.pk, *(reply.pk for reply in replies)}
    for reply in replies:
        assert items[reply.pk].text_revision == reply.revision
    assert items[said.pk].text_revision == 0
    assert quote_in(other) is None


def test_an_edit_beyond_what_is_quoted_changes_no_reply(mina: Any, joon: Any, general: Any) -> None:
    said = say(mina, general, "x" * QUOTE_CHARS + "one")
    reply = say(joon, general, reply_to=said.pk)
    edit_message(mina, message_id=said.pk, body="x" * QUOTE_CHARS + "two")
    assert Message.objects.get(pk=reply.pk).revision == reply.revision


def test_an_edit_updates_the_latest_replies_if_there_are_many(
    mina: Any, joon: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotes, "QUOTES_AT_ONCE", 2)
    said = say(mina, general)
    replies = [say(joon, general, reply_to=said.pk) for _ in range(3)]
    edit_message(mina, message_id=said.pk, body="hello")
    assert [quote_in(reply)["text"] for reply in replies] == ["hi", "hello", "hello"]


@pytest.mark.parametrize("at_once", [1, 2, 3, 200])
def test_deleting_a_message_deletes_it_in_all_quotes(
    mina: Any, joon: Any, general: Any, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    from chat.services import messages

    for module in (quotes, messages):
        monkeypatch.setattr(module, "QUOTES_AT_ONCE", at_once)
    said = say(mina, general, SECRET)
    replies = [say(joon, general, reply_to=said.pk) for _ in range(4)]
    delete_message(mina, message_id=said.pk)
    gone = {"id": said.pk, "author": mina.pk, "position": 1, "deleted": True}
    assert [quote_in(reply) for reply in replies] == [gone] * 4
    assert Message.objects.get(pk=said.pk).is_deleted
    assert SECRET not in everything_stored()
    assert quote_in(say(joon, general, reply_to=said.pk)) == gone


def test_a_deleted_reply_quotes_nothing(mina: Any, joon: Any, general: Any) -> None:
    said = say(mina, general)
    reply = say(joon, general, reply_to=said.pk)
    delete_message(joon, message_id=reply.pk)
    assert quote_in(reply) is None
    edit_message(mina, message_id=said.pk, body="hello")
    assert quote_in(reply) is None


def test_reactions_and_a_quote_are_kept_beside_each_other(mina: Any, joon: Any, general: Any) -> None:
    from chat.services.reactions import react

    said = say(mina, general)
    reply = say(joon, general, reply_to=said.pk)
    react(mina, message_id=reply.pk, emoji="👍", on=True)
    edit_message(mina, message_id=said.pk, body="hello")
    extras = Message.objects.get(pk=reply.pk).extras
    assert extras["quote"]["text"] == "hello"
    assert extras["reactions"] == [{"emoji": "👍", "count": 1, "users": [mina.pk]}]


def test_the_author_of_a_quoted_message_is_among_the_users_even_after_leaving(
    mina: Any, joon: Any, general: Any
) -> None:
    said = say(joon, general)
    for _ in range(2):
        reply = say(mina, general, reply_to=said.pk)
    leave_room(joon, room_id=general.pk)
    opened = rooms.open_room(mina, room_id=general.pk, limit=2)
    page = rooms.history(mina, room_id=general.pk, before=3, limit=1)
    answers = [message.reply_to for message in [*opened.messages, *page.messages]]
    assert answers == [said.pk, None, said.pk], "between them is the line about leaving"
    assert [[user.id for user in reply.users] for reply in (opened, page)] == [[joon.pk], [joon.pk]]
    general.refresh_from_db()
    resumed = rooms.open_room(mina, room_id=general.pk, since=reply.revision - 1)
    assert [user.id for user in resumed.users] == [joon.pk]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_no_reply_that_is_sent_while_a_message_is_deleted_keeps_its_text(mina: Any, joon: Any, general: Any) -> None:
    said = say(mina, general, SECRET)
    replying = [partial(say, joon, general, reply_to=said.pk) for _ in range(6)]
    at_once(*replying[:3], partial(delete_message, mina, message_id=said.pk), *replying[3:])
    assert [quote["deleted"] for quote in map(quote_in, said.replies.all())] == [True] * 6
