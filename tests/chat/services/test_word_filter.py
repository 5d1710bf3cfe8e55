"""Blocked words: how they are found, and what happens to a message with one."""

import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from chat.models import AuditEntry, HeldMessage, Message, PersonItem, Room, User
from chat.models.message import BODY_CHARS
from chat.models.person_item import NOTICE
from chat.models.space_settings import BLOCKED_WORDS
from chat.protocol.commands import NewPoll
from chat.protocol.errors import Conflict, Forbidden, Held, Invalid, NotFound
from chat.queries.space import space_memory
from chat.services import held_messages
from chat.services.direct import send_direct
from chat.services.held_decisions import decline_held, post_held
from chat.services.held_messages import HELD_PER_PERSON
from chat.services.memberships import leave_room
from chat.services.messages import edit_message, send_message
from chat.services.polls import send_poll
from chat.services.space_settings import change_settings
from chat.services.word_filter import has_blocked_word
from tests.harness.outside import blocked, outside
from tests.harness.threads import at_once, kinds
from tests.harness.waiting import until

# --- finding ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("spam", "This is spam."),
        ("spam", "ＳＰＡＭ!"),
        ("Spam", "(sPaM)"),
        ("spam", "s\u200bp\u00adam"),
        ("spam", "spam은 싫어요"),
        ("free money", "Get FREE\nmoney now"),
        ("spam", "tea\nspam\ncake"),
        ("free-money", "free money"),
        ("바보", "이 바보야"),
        ("바보", "진짜바보네"),
        ("straße", "Die STRASSE? straße!"),
    ],
)
def test_a_word_is_found(word: str, text: str) -> None:
    assert has_blocked_word([word], text)


@pytest.mark.parametrize(
    ("word", "text"),
    [("ass", "first class"), ("spam", "spammer"), ("free money", "free the money"), ("바보", "바 보"), ("!!!", "!!!")],
)
def test_a_word_is_not_found(word: str, text: str) -> None:
    assert not has_blocked_word([word], text)


def test_looking_takes_time_in_proportion_to_the_text() -> None:
    words = ["a" * n for n in range(1, 51)] + ["가" * n + "나" for n in range(1, 50)] + ["a b " * 12] * 100

    def took(text: str) -> float:
        has_blocked_word(words, text)
        started = time.process_time()
        has_blocked_word(words, text)
        return time.process_time() - started

    for piece in ("a" * 99 + " ", "가" * 100, "a b" * 33 + " "):
        longest = took(piece * (BODY_CHARS // 100))
        assert longest < 0.5


# --- what happens -----------------------------------------------------------------------------------------------------


def say(author: User, room: Room, body: str, key: uuid.UUID | None = None) -> Message:
    return send_message(author, room_id=room.pk, key=key or uuid.uuid4(), body=body)


def block(keeper: User, act: str) -> None:
    change_settings(keeper, values={"blocked_words": ["spam"], "blocked_words_act": act})
    space_memory.clear()


def notices(user: User) -> list[Any]:
    found = PersonItem.objects.present().filter(user=user, kind=NOTICE).order_by("revision")
    return [(item.value or {})["code"] for item in found]


def test_a_message_with_a_blocked_word_is_refused(keeper: User, joon: User, general: Room) -> None:
    message = say(joon, general, "hello")
    block(keeper, "refuse")
    with pytest.raises(Forbidden, match="not allowed here"):
        say(joon, general, "spam")
    with pytest.raises(Forbidden, match="not allowed here"):
        edit_message(joon, message_id=message.pk, body="spam")
    block(keeper, "off")
    assert say(joon, general, "spam").position


@pytest.mark.parametrize("body", ["**s**pam", "~~s~~pam", "||s||pam", "s`pa`m", "[sp](https://x.example)am"])
def test_markup_within_a_word_does_not_hide_it(keeper: User, joon: User, general: Room, body: str) -> None:
    block(keeper, "refuse")
    assert say(joon, general, "s**p**a m").position
    with pytest.raises(Forbidden, match="not allowed here"):
        say(joon, general, body)


def test_messages_of_superusers_are_not_looked_at(keeper: User, mina: User, general: Room) -> None:
    block(keeper, "refuse")
    User.objects.filter(pk=mina.pk).update(is_superuser=True)
    mina.refresh_from_db()
    assert say(mina, general, "spam").position


def test_a_held_message_waits_once_and_is_posted_as_its_authors(keeper: User, joon: User, general: Room) -> None:
    block(keeper, "hold")
    key = uuid.uuid4()
    for _ in range(2):
        with pytest.raises(Held):
            say(joon, general, "spam, spam", key)
    [held] = HeldMessage.objects.all()
    count = Room.objects.get(pk=general.pk).message_count
    post_held(keeper, held_id=held.pk)
    message = Message.objects.get(room=general, position=count + 1)
    assert (message.author, message.key, message.body) == (joon, key, "spam, spam")
    assert notices(joon) == ["held_posted"]
    assert not HeldMessage.objects.exists()
    with pytest.raises(NotFound):
        decline_held(keeper, held_id=held.pk)


def test_a_declined_message_is_gone_and_its_author_is_told(keeper: User, joon: User, general: Room) -> None:
    block(keeper, "hold")
    with pytest.raises(Held):
        say(joon, general, "spam")
    decline_held(keeper, held_id=HeldMessage.objects.get().pk)
    assert not HeldMessage.objects.exists()
    assert notices(joon) == ["held_declined"]
    [entry] = AuditEntry.objects.filter(action="message.declined")
    assert "spam" not in str(entry.details)


def test_an_edit_is_never_held(keeper: User, joon: User, general: Room) -> None:
    message = say(joon, general, "hello")
    block(keeper, "hold")
    with pytest.raises(Forbidden):
        edit_message(joon, message_id=message.pk, body="spam")


def test_a_poll_and_the_first_message_of_a_conversation_are_refused_instead(
    keeper: User, mina: User, joon: User, general: Room
) -> None:
    block(keeper, "hold")
    poll = NewPoll(choices=["tea", "spam"])
    with pytest.raises(Forbidden, match="not allowed here"):
        send_poll(joon, room_id=general.pk, key=uuid.uuid4(), body="What now?", poll=poll)
    with pytest.raises(Forbidden, match="not allowed here"):
        send_direct(joon, people=[mina.pk], key=uuid.uuid4(), body="spam")
    assert not Room.objects.filter(kind=Room.Kind.DIRECT).exists()
    send_direct(joon, people=[mina.pk], key=uuid.uuid4(), body="hello")
    with pytest.raises(Held):
        send_direct(joon, people=[mina.pk], key=uuid.uuid4(), body="spam")
    assert HeldMessage.objects.count() == 1


def test_only_a_member_has_a_message_held_and_not_without_end(
    keeper: User, joon: User, stranger: User, general: Room
) -> None:
    block(keeper, "hold")
    with pytest.raises(Forbidden, match="Join the room"):
        say(stranger, general, "spam")
    for _ in range(HELD_PER_PERSON):
        with pytest.raises(Held):
            say(joon, general, "spam")
    with pytest.raises(Conflict):
        say(joon, general, "spam")


@pytest.mark.django_db(transaction=True)
def test_however_many_messages_are_held_at_once_few_wait(
    keeper: User, joon: User, general: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_messages, "HELD_PER_PERSON", 2)
    block(keeper, "hold")
    assert kinds(at_once(*[partial(say, joon, general, "spam")] * 5)) == ["Conflict"] * 3 + ["Held"] * 2
    assert HeldMessage.objects.count() == 2


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("decide", [post_held, decline_held])
def test_a_decision_never_waits_in_a_circle_with_who_erases_the_author(
    keeper: User, joon: User, general: Room, decide: Callable[..., None]
) -> None:
    """An erasure locks the person before it deletes what is held."""
    block(keeper, "hold")
    with pytest.raises(Held):
        say(joon, general, "spam")
    held = HeldMessage.objects.get()
    with outside(autocommit=False) as other, outside() as watcher, ThreadPoolExecutor(1) as pool:
        other.execute("SELECT 1 FROM chat_user WHERE id = %s FOR NO KEY UPDATE", [joon.pk])
        deciding = pool.submit(at_once, partial(decide, keeper, held_id=held.pk))
        until(lambda: blocked(watcher) == 1)
        other.execute("SELECT 1 FROM chat_heldmessage WHERE id = %s FOR UPDATE NOWAIT", [held.pk])
        other.rollback()
        assert deciding.result(20) == [None]


def test_a_held_message_is_not_posted_for_somebody_who_has_left(keeper: User, joon: User, general: Room) -> None:
    block(keeper, "hold")
    with pytest.raises(Held):
        say(joon, general, "spam")
    leave_room(joon, room_id=general.pk)
    with pytest.raises(Forbidden):
        post_held(keeper, held_id=HeldMessage.objects.get().pk)
    assert HeldMessage.objects.exists()


def test_only_administrators_decide(mina: User, joon: User, general: Room) -> None:
    held = HeldMessage.objects.create(author=joon, room=general, key=uuid.uuid4(), body="spam")
    for decide in (post_held, decline_held):
        with pytest.raises(Forbidden):
            decide(mina, held_id=held.pk)


@pytest.mark.parametrize("words", [["x" * 51], ["a"] * 201, [""], [7], "spam", ["a\x00"]])
def test_the_list_of_words_is_bounded(keeper: User, words: Any) -> None:
    with pytest.raises(Invalid):
        change_settings(keeper, values={"blocked_words": words})
    assert not BLOCKED_WORDS.accepts(words)
