"""What happens at the same moment in a room and its threads: slow mode, sanctions, and locks."""

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Self

import pytest
from django.db import connection, connections
from django.utils import timezone

from chat.derive.mentions import Mentions
from chat.models import Membership, Message, Room, User
from chat.protocol.errors import ChatError, Forbidden, Muted, TooSoon
from chat.services import mentions
from chat.services.group_commit import draft, send_batch
from chat.services.memberships import invite_member, join_room, remove_member
from chat.services.messages import edit_message, send_message
from chat.services.reactions import react
from chat.services.room_rules import change_rules
from chat.services.sanctions import ban_member, mute_member
from chat.services.threads import reply_in_thread
from chat.store.lock_timeout import limited_transaction
from tests.harness import deriving
from tests.harness.outside import blocked, outside
from tests.harness.threads import at_once
from tests.harness.waiting import until


def say(author: User, room: Room, body: str = "hi") -> Message:
    return send_message(author, room_id=room.pk, key=uuid.uuid4(), body=body)


def reply(author: User, message: Message, body: str = "yes", **more: Any) -> Message:
    return reply_in_thread(author, room_id=message.room_id, message_id=message.pk, key=uuid.uuid4(), body=body, **more)


def thread_of(author: User, message: Message) -> Room:
    return reply(author, message, "the first").room


def a_draft(author: User, room: Room) -> Message:
    return draft(author_id=author.pk, room_id=room.pk, key=uuid.uuid4(), body="hi")


def soon() -> datetime:
    return timezone.now() + timedelta(hours=1)


@pytest.fixture
def threads(mina: User, general: Room) -> list[Room]:
    """Two threads of a room."""
    return [thread_of(mina, say(mina, general)) for _ in range(2)]


@pytest.fixture
def slow(mina: User, general: Room, threads: list[Room]) -> Room:
    """Their room, in slow mode."""
    return change_rules(mina, room_id=general.pk, slow_seconds=10)


# --- slow mode --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["room", "thread"])
def test_of_one_batch_each_person_posts_once_in_a_slow_room_and_its_threads(
    mina: User, joon: User, stranger: User, slow: Room, threads: list[Room], founders: Room, first: str
) -> None:
    invite_member(mina, room_id=slow.pk, user_id=stranger.pk)
    places = [slow, *threads] if first == "room" else [*threads, slow]
    wanted = [(user, place) for place in places for user in (joon, stranger, mina)] + [(joon, founders)] * 2
    outcomes = send_batch([a_draft(user, place) for user, place in wanted]).outcomes
    stored = [pair for pair, outcome in zip(wanted, outcomes, strict=True) if isinstance(outcome, Message)]
    assert stored == [
        *((user, places[0]) for user in (joon, stranger, mina)),
        *((mina, place) for place in places[1:]),
        *[(joon, founders)] * 2,
    ]
    assert {outcome.retry_after for outcome in outcomes if isinstance(outcome, TooSoon)} == {10}
    for place in places:
        with pytest.raises(TooSoon):
            say(joon, place)


def test_a_reply_with_a_copy_in_the_room_is_one_message_in_slow_mode(
    joon: User, slow: Room, threads: list[Room], mina: User
) -> None:
    at = timezone.now()
    for number, thread in enumerate(threads):
        assert thread.parent_message is not None
        sent = reply(joon, thread.parent_message, also_in_room=True, at=at + timedelta(seconds=10 * number))
        assert Message.objects.filter(room=slow, author=joon, extras__from_thread__room=sent.room_id).count() == 1
        with pytest.raises(TooSoon):
            reply(joon, thread.parent_message, also_in_room=True, at=at + timedelta(seconds=10 * number + 9))
    assert Message.objects.filter(author=joon, kind="text").count() == 4


@pytest.mark.django_db(transaction=True)
def test_of_messages_at_the_same_moment_in_a_slow_room_and_its_threads_one_is_stored(
    joon: User, slow: Room, threads: list[Room]
) -> None:
    for _ in range(5):
        Membership.objects.filter(user=joon).update(may_post_from=None)
        before = Message.objects.filter(author=joon).count()
        outcomes = at_once(*(partial(say, joon, place) for place in (slow, *threads)))
        assert sum(isinstance(outcome, TooSoon) for outcome in outcomes) == 2
        assert Message.objects.filter(author=joon).count() == before + 1


@pytest.mark.django_db(transaction=True)
def test_a_reply_that_is_sent_twice_at_once_is_returned_twice(joon: User, mina: User, general: Room) -> None:
    for _ in range(5):
        asked = say(mina, general)
        send = partial(
            reply_in_thread,
            joon,
            room_id=general.pk,
            message_id=asked.pk,
            key=uuid.uuid4(),
            body="yes",
            also_in_room=True,
        )
        assert {(sent.pk, sent.position) for sent in at_once(send, send, send)} == {(asked.thread.messages.get().pk, 1)}


# --- sanctions --------------------------------------------------------------------------------------------------------

SANCTIONS: dict[str, Callable[..., Any]] = {
    "remove": remove_member,
    "ban": partial(ban_member, until=soon()),
    "mute": partial(mute_member, until=soon()),
}


class HeldTransaction:
    """Calls something in a transaction that stays open until the end of the block, on another connection."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self._call = call
        self._called, self._go_on = threading.Event(), threading.Event()
        self._pool = ThreadPoolExecutor(1)
        self._result = self._pool.submit(self._run)

    def _run(self) -> Any:
        try:
            with limited_transaction():
                result = self._call()
                self._called.set()
                self._go_on.wait(5)
            return result
        finally:
            self._called.set()
            connections.close_all()

    def __enter__(self) -> Self:
        assert self._called.wait(20)
        return self

    def __exit__(self, *_error: object) -> None:
        self._go_on.set()
        self._pool.shutdown()

    @property
    def result(self) -> Any:
        return self._result.result(20)


def meanwhile(held: HeldTransaction, call: Callable[[], Any]) -> Any:
    """Begin a call while a transaction is open, end that once the call waits for it, and return the call's outcome."""

    def run() -> Any:
        begun.set()
        try:
            return call()
        except ChatError as error:
            return error
        finally:
            connections.close_all()

    begun = threading.Event()
    with ThreadPoolExecutor(1) as pool, ExitStack() as stack:
        with held:
            outcome = pool.submit(run)
            assert begun.wait(20)
            if connection.vendor == "postgresql":  # on SQLite, nobody can see who waits
                other = stack.enter_context(outside())
                until(lambda: blocked(other) == 1)
        return outcome.result(20)


ACTS: dict[str, Callable[[User, Message], Any]] = {
    "message": lambda author, message: say(author, message.room),
    "edit": lambda author, message: edit_message(author, message_id=message.pk, body="other"),
    "reaction": lambda author, message: react(author, message_id=message.pk, emoji="👍", on=True),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("sanction", SANCTIONS)
@pytest.mark.parametrize("act", ACTS)
def test_who_is_sanctioned_first_changes_nothing_in_a_thread(
    mina: User, joon: User, general: Room, threads: list[Room], sanction: str, act: str
) -> None:
    mine = say(joon, threads[0])
    revision = Room.objects.get(pk=threads[0].pk).revision
    held = HeldTransaction(partial(SANCTIONS[sanction], mina, room_id=general.pk, user_id=joon.pk))
    outcome = meanwhile(held, partial(ACTS[act], joon, mine))
    assert isinstance(outcome, Muted if sanction == "mute" else Forbidden)
    assert Room.objects.get(pk=threads[0].pk).revision == revision


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("sanction", SANCTIONS)
@pytest.mark.parametrize("act", ACTS)
def test_a_sanction_waits_for_what_was_done_in_a_thread_before(
    mina: User, joon: User, general: Room, threads: list[Room], sanction: str, act: str
) -> None:
    mine = say(joon, threads[0])
    revision = Room.objects.get(pk=threads[0].pk).revision
    held = HeldTransaction(partial(ACTS[act], joon, mine))
    outcome = meanwhile(held, partial(SANCTIONS[sanction], mina, room_id=general.pk, user_id=joon.pk))
    assert not isinstance(outcome, ChatError)
    assert held.result
    assert Room.objects.get(pk=threads[0].pk).revision == revision + 1
    with pytest.raises(Muted if sanction == "mute" else Forbidden):
        say(joon, threads[0])


# --- locks ------------------------------------------------------------------------------------------------------------

ROUNDS = 30


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_batches_in_threads_of_one_slow_room_never_wait_for_each_other_in_a_circle(
    mina: User, joon: User, stranger: User, general: Room, threads: list[Room]
) -> None:
    """Each stores when the same two people may post again in the room."""
    join_room(stranger, room_id=general.pk)
    change_rules(mina, room_id=general.pk, slow_seconds=1)

    def send(place: Room, *authors: User) -> list[Any]:
        return send_batch([a_draft(author, place) for author in authors]).outcomes

    for _ in range(ROUNDS):
        Membership.objects.update(may_post_from=None)
        batches = at_once(
            partial(send, threads[0], joon, stranger),
            partial(send, threads[1], stranger, joon),
            partial(send, general, stranger, joon),
        )
        outcomes = [outcome for batch in batches for outcome in batch]
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Message"] * 2 + ["TooSoon"] * 4


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("waited_for", ["general", "founders"])
def test_who_marks_all_mentions_as_read_waits_for_one_membership_without_holding_another(
    mina: User, joon: User, general: Room, founders: Room, waited_for: str
) -> None:
    """A batch of messages in both rooms changes both memberships, in any order."""
    for room in (general, founders):
        reply(mina, say(mina, room), "@joon")
    deriving.catch_up(deriving.runner_of(Mentions()))
    places = dict(Membership.objects.filter(user=joon).values_list("room__name", "pk"))
    lock = "SELECT 1 FROM chat_membership WHERE id = %s FOR UPDATE NOWAIT"
    with outside() as watcher, outside(autocommit=False) as other, ThreadPoolExecutor(1) as pool:
        first = places.pop(waited_for.title())
        other.execute(lock, [first])
        marking = pool.submit(at_once, partial(mentions.mark_read, joon))
        until(lambda: blocked(watcher) == 1)
        other.execute(lock, [*places.values()])
        other.rollback()
        assert marking.result(20) == [[]]
    assert not Membership.objects.filter(thread_mentions__gt=0).exists()
