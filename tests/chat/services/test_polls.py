"""Polls: sending them, voting, what everybody sees, and closing them."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone

from chat.bus.events import RoomChanged
from chat.derive.closing_polls import ClosePoll
from chat.derive.due_runner import DueRunner
from chat.models import AuditEntry, Due, Message, Poll, PollChoice, Room, User, Vote
from chat.models.database_clock import in_seconds
from chat.protocol.commands import NewPoll
from chat.protocol.errors import Archived, Conflict, Forbidden, Invalid, NotFound, RateLimited, TooLarge
from chat.protocol.limits import POLLS_PER_HOUR, VOTES_PER_MINUTE
from chat.protocol.shapes import timestamp
from chat.queries.rooms import history, open_room
from chat.services import quotas
from chat.services.deleted_rooms import finish_deletions
from chat.services.memberships import leave_room, set_role
from chat.services.messages import delete_message, edit_message, send_message
from chat.services.polls import OPEN_DAYS, close_in_time, close_poll, send_poll, vote
from chat.services.reactions import react
from chat.services.room_polls import PEOPLE_NAMED, forget_polls_of_deleted_messages
from chat.services.rooms import archive_room, delete_room
from tests.harness.threads import at_once

SECRET = "xyzzy"


def ask(
    author: Any, room: Room, *choices: str, body: str = "Lunch?", key: uuid.UUID | None = None, **how: Any
) -> Message:
    poll = NewPoll(choices=list(choices or ("naengmyeon", "tacos", "gimbap")), **how)
    return send_poll(author, room_id=room.pk, key=key or uuid.uuid4(), body=body, poll=poll)


def said(message: Message) -> dict[str, Any]:
    """What the message says of its poll."""
    poll: dict[str, Any] = Message.objects.get(pk=message.pk).extras["poll"]
    return poll


def results(message: Message) -> list[tuple[int, list[int]]]:
    return [(choice.get("votes", 0), choice.get("users", [])) for choice in said(message)["choices"]]


def soon(**ahead: float) -> str:
    return (timezone.now() + timedelta(**ahead)).isoformat()


# --- sending ----------------------------------------------------------------------------------------------------------


def test_a_poll_is_a_message_whose_text_is_the_question(mina: Any, joon: Any, general: Room) -> None:
    message = ask(mina, general, "  평양냉면 ", "Tacos", body="What **now**?")
    assert (message.body, message.html) == ("What **now**?", "<p>What <strong>now</strong>?</p>")
    assert said(message) == {"choices": [{"text": "평양냉면"}, {"text": "Tacos"}]}
    assert list(message.poll.choices.values_list("number", "text")) == [(1, "평양냉면"), (2, "Tacos")]
    reply = open_room(joon, room_id=general.pk)
    assert reply.messages[-1].extras == {"poll": said(message)}
    assert reply.room.unread == 1


def test_what_is_not_the_default_is_said(mina: Any, general: Room) -> None:
    at = soon(hours=1)
    message = ask(mina, general, multiple=True, anonymous=True, hidden=True, closes_at=at)
    poll = said(message)
    assert [poll[name] for name in ("multiple", "anonymous", "hidden")] == [True, True, True]
    assert Due.objects.get().due_at == message.poll.closes_at


def test_a_time_with_an_offset_is_said_in_utc(mina: Any, general: Room) -> None:
    at = timezone.now().replace(microsecond=0) + timedelta(hours=1)
    there = at.astimezone(ZoneInfo("Asia/Seoul")).isoformat()
    assert there.endswith("+09:00")
    assert said(ask(mina, general, closes_at=there))["closes_at"] == timestamp(at)


def test_a_resent_key_returns_the_stored_poll_and_adds_no_row(mina: Any, general: Room) -> None:
    key = uuid.uuid4()
    first = ask(mina, general, key=key, closes_at=soon(hours=1))
    again = ask(mina, general, "others", "entirely", key=key, closes_at=soon(hours=2))
    assert (again.pk, again.extras) == (first.pk, first.extras)
    late = ask(mina, general, key=key, closes_at=soon(hours=-1))
    assert late.pk == first.pk, "its time has come since it was sent first"
    assert (Poll.objects.count(), PollChoice.objects.count(), Due.objects.count()) == (1, 3, 1)


def test_the_change_is_published_with_the_poll(
    published_by: Callable[..., list[Any]], mina: Any, general: Room
) -> None:
    (change,) = published_by(lambda: ask(mina, general))
    assert isinstance(change, RoomChanged)
    assert '"poll":{"choices"' in change.messages[0].text


@pytest.mark.parametrize(
    ("wrong", "error", "field"),
    [
        ({"choices": ["one"]}, Invalid, "poll"),
        ({"choices": [str(number) for number in range(11)]}, Invalid, "poll"),
        ({"choices": ["a", " "]}, Invalid, "poll"),
        ({"choices": ["a", "\u200b"]}, Invalid, "poll"),
        ({"choices": ["a", "A "]}, Invalid, "poll"),
        ({"choices": ["a", "x" * 101]}, TooLarge, "poll"),
        ({"choices": ["a", "x" * 60_000]}, TooLarge, "poll"),
        ({"choices": ["a", "b\x00"]}, Invalid, "poll"),
        ({"closes_at": "tomorrow"}, Invalid, "poll"),
        ({"closes_at": "2020-01-01T00:00:00Z"}, Invalid, "poll"),
        ({"closes_at": "2020-01-01T00:00:00"}, Invalid, "poll"),
        ({"closes_at": "9999-12-31T23:59:59-12:00"}, Invalid, "poll"),
        ({"body": "x" * 301}, TooLarge, "body"),
        ({"body": " \n"}, Invalid, "body"),
    ],
)
def test_what_cannot_be_a_poll_is_refused_with_the_field(
    mina: Any, general: Room, wrong: dict[str, Any], error: type[Exception], field: str
) -> None:
    body = wrong.pop("body", "Lunch?")
    poll = NewPoll.model_construct(**{"choices": ["a", "b"], **wrong})
    with pytest.raises(error) as refused:
        send_poll(mina, room_id=general.pk, key=uuid.uuid4(), body=body, poll=poll)
    assert refused.value.field == field  # type: ignore[attr-defined]
    assert not Message.objects.exists()


def test_a_poll_closes_within_a_year_and_is_no_reply(mina: Any, general: Room) -> None:
    ask(mina, general, closes_at=soon(days=OPEN_DAYS - 1))
    with pytest.raises(Invalid):
        ask(mina, general, closes_at=soon(days=OPEN_DAYS + 1))
    poll = NewPoll(choices=["a", "b"])
    with pytest.raises(Invalid) as refused:
        send_poll(mina, room_id=general.pk, key=uuid.uuid4(), body="?", poll=poll, reply_to=Message.objects.get().pk)
    assert refused.value.field == "reply_to"


def test_a_refused_poll_leaves_nothing(mina: Any, stranger: Any, general: Room, founders: Room) -> None:
    with pytest.raises(Forbidden):
        ask(stranger, general)
    with pytest.raises(NotFound):
        ask(stranger, founders)
    archive_room(mina, room_id=general.pk)
    with pytest.raises(Archived):
        ask(mina, general)
    assert not Poll.objects.exists()
    assert not Due.objects.exists()


def test_a_person_sends_so_many_polls_in_an_hour(joon: Any, general: Room) -> None:
    key = uuid.uuid4()
    ask(joon, general, key=key)
    for _ in range(POLLS_PER_HOUR - 1):
        quotas.POLLS.take(joon)
    with pytest.raises(RateLimited):
        ask(joon, general)
    assert ask(joon, general, key=key).pk == Message.objects.get().pk, "a resend counts as nothing new"


def test_nobody_changes_a_poll_that_was_sent(mina: Any, general: Room) -> None:
    message = ask(mina, general)
    with pytest.raises(Conflict, match="can't be changed"):
        edit_message(mina, message_id=message.pk, body="Dinner?")


# --- voting -----------------------------------------------------------------------------------------------------------


def test_a_vote_is_counted_and_can_be_changed_and_withdrawn(mina: Any, joon: Any, general: Room) -> None:
    message = ask(mina, general)
    _message, mine = vote(joon, message_id=message.pk, choices=[1])
    assert mine.votes == (1,)
    vote(mina, message_id=message.pk, choices=[1])
    assert results(message) == [(2, [joon.pk, mina.pk]), (0, []), (0, [])]
    vote(joon, message_id=message.pk, choices=[3])
    assert results(message) == [(1, [mina.pk]), (0, []), (1, [joon.pk])]
    assert said(message)["voters"] == 2
    _message, mine = vote(joon, message_id=message.pk, choices=[])
    assert mine.votes == ()
    assert results(message) == [(1, [mina.pk]), (0, []), (0, [])]
    assert said(message)["voters"] == 1


def test_in_a_poll_with_several_choices_people_are_counted_once(mina: Any, joon: Any, general: Room) -> None:
    message = ask(mina, general, multiple=True)
    vote(joon, message_id=message.pk, choices=[3, 1])
    vote(joon, message_id=message.pk, choices=[1, 2])
    assert results(message) == [(1, [joon.pk]), (1, [joon.pk]), (0, [])]
    assert said(message)["voters"] == 1


@pytest.mark.parametrize("choices", [[4], [1, 2]])
def test_a_vote_is_for_choices_that_exist_and_for_one_unless_the_poll_says_so(
    mina: Any, general: Room, choices: list[int]
) -> None:
    message = ask(mina, general)
    with pytest.raises(Invalid) as refused:
        vote(mina, message_id=message.pk, choices=choices)
    assert refused.value.field == "choices"
    assert not Vote.objects.exists()


def test_repeating_a_vote_changes_nothing(published_by: Callable[..., list[Any]], mina: Any, general: Room) -> None:
    message = ask(mina, general)
    (change,) = published_by(partial(vote, mina, message_id=message.pk, choices=[2]))
    assert [reactor.user for reactor in change.reactors] == [mina.pk]
    general.refresh_from_db()
    revision = general.revision
    vote(mina, message_id=message.pk, choices=[2, 2])
    general.refresh_from_db()
    assert general.revision == revision


def test_an_anonymous_poll_names_nobody(mina: Any, joon: Any, general: Room) -> None:
    message = ask(mina, general, anonymous=True)
    vote(joon, message_id=message.pk, choices=[2])
    close_poll(mina, message_id=message.pk)
    assert [choice.get("votes", 0) for choice in said(message)["choices"]] == [0, 1, 0]
    assert "users" not in str(said(message))


def test_hidden_results_are_seen_once_the_poll_is_closed(mina: Any, joon: Any, general: Room) -> None:
    message = ask(mina, general, hidden=True)
    vote(joon, message_id=message.pk, choices=[2])
    vote(mina, message_id=message.pk, choices=[2])
    assert said(message)["choices"] == [{"text": text} for text in ("naengmyeon", "tacos", "gimbap")]
    assert said(message)["voters"] == 2
    close_poll(mina, message_id=message.pk)
    assert results(message) == [(0, []), (2, [joon.pk, mina.pk]), (0, [])]


def test_the_names_of_the_first_voters_are_given_and_all_are_counted(mina: Any, general: Room) -> None:
    message = ask(mina, general)
    choice = message.poll.choices.get(number=1)
    people = User.objects.bulk_create(User(username=f"u{number}") for number in range(PEOPLE_NAMED + 4))
    Vote.objects.bulk_create(Vote(poll=message.poll, choice=choice, user=user) for user in people)
    vote(mina, message_id=message.pk, choices=[1])
    assert results(message)[0] == (PEOPLE_NAMED + 5, [user.pk for user in people[:PEOPLE_NAMED]])


def test_who_may_not_react_may_not_vote(mina: Any, joon: Any, stranger: Any, general: Room, founders: Room) -> None:
    for room, error in ((general, Forbidden), (founders, NotFound)):
        with pytest.raises(error):
            vote(stranger, message_id=ask(mina, room).pk, choices=[1])
    message = ask(mina, general)
    leave_room(joon, room_id=general.pk)
    with pytest.raises(Forbidden):
        vote(joon, message_id=message.pk, choices=[1])
    archive_room(mina, room_id=general.pk)
    with pytest.raises(Archived):
        vote(mina, message_id=message.pk, choices=[1])


def test_nobody_votes_where_there_is_no_poll(mina: Any, general: Room) -> None:
    message = send_message(mina, room_id=general.pk, key=uuid.uuid4(), body="hi")
    with pytest.raises(Invalid) as refused:
        vote(mina, message_id=message.pk, choices=[1])
    assert refused.value.field == "message"


def test_a_person_votes_so_often_in_a_minute(joon: Any, general: Room) -> None:
    message = ask(joon, general)
    for _ in range(VOTES_PER_MINUTE):
        quotas.VOTES.take(joon)
    with pytest.raises(RateLimited):
        vote(joon, message_id=message.pk, choices=[1])


def test_readers_get_their_own_votes_and_those_only(mina: Any, joon: Any, general: Room) -> None:
    message = ask(mina, general, multiple=True)
    react(joon, message_id=message.pk, emoji="👍", on=True)
    _message, mine = vote(joon, message_id=message.pk, choices=[2, 1])
    assert (mine.reactions, mine.votes) == (("👍",), (1, 2))
    _message, mine = react(joon, message_id=message.pk, emoji="👍", on=False)
    assert (mine.reactions, mine.votes) == ((), (1, 2))
    general.refresh_from_db()
    for reply in (
        open_room(joon, room_id=general.pk),
        open_room(joon, room_id=general.pk, since=general.revision - 1),
        history(joon, room_id=general.pk, after=0),
    ):
        assert [(one.id, one.votes) for one in reply.mine] == [(message.pk, (1, 2))]
    assert open_room(mina, room_id=general.pk).mine == ()


# --- closing ----------------------------------------------------------------------------------------------------------


def test_the_author_and_moderators_close_a_poll_and_nobody_else(mina: Any, joon: Any, general: Room) -> None:
    own, other = ask(joon, general), ask(mina, general)
    close_poll(joon, message_id=own.pk)
    with pytest.raises(Forbidden, match="author or a moderator"):
        close_poll(joon, message_id=other.pk)
    assert not AuditEntry.objects.filter(action="poll.closed").exists()
    set_role(mina, room_id=general.pk, user_id=joon.pk, role="moderator")
    close_poll(joon, message_id=other.pk)
    assert AuditEntry.objects.get(action="poll.closed").target_id == other.pk


def test_a_closed_poll_takes_no_vote_but_repeats_what_it_has(mina: Any, joon: Any, general: Room) -> None:
    message = ask(mina, general)
    vote(joon, message_id=message.pk, choices=[1])
    closed_at = close_poll(mina, message_id=message.pk).extras["poll"]["closed_at"]
    with pytest.raises(Conflict, match="closed"):
        vote(joon, message_id=message.pk, choices=[2])
    vote(joon, message_id=message.pk, choices=[1])
    assert close_poll(mina, message_id=message.pk).extras["poll"]["closed_at"] == closed_at


def come_due(message: Message) -> None:
    Poll.objects.filter(pk=message.pk).update(closes_at=timezone.now() - timedelta(seconds=1))
    Due.objects.update(due_at=in_seconds(-1))


@pytest.mark.django_db(transaction=True)
def test_a_poll_closes_at_its_time(mina: Any, joon: Any, general: Room) -> None:
    message = ask(mina, general, hidden=True, closes_at=soon(hours=1))
    vote(joon, message_id=message.pk, choices=[1])
    runner = DueRunner({ClosePoll.name: ClosePoll()}, clock=lambda: 1.0)
    assert not runner.step()
    come_due(message)
    with pytest.raises(Conflict, match="closed"):
        vote(mina, message_id=message.pk, choices=[1])
    assert runner.step()
    assert said(message)["closed_at"] == said(message)["closes_at"]
    assert results(message)[0] == (1, [joon.pk])
    revision = Room.objects.get(pk=general.pk).revision
    close_in_time(message.pk)
    assert Room.objects.get(pk=general.pk).revision == revision


def test_the_time_of_a_poll_that_is_gone_changes_nothing(mina: Any, general: Room) -> None:
    deleted, closed = (ask(mina, general, closes_at=soon(hours=1)) for _ in range(2))
    delete_message(mina, message_id=deleted.pk)
    at = close_poll(mina, message_id=closed.pk).extras["poll"]["closed_at"]
    for message_id in (deleted.pk, closed.pk, 0):
        close_in_time(message_id)
    assert said(closed)["closed_at"] == at
    assert Message.objects.get(pk=deleted.pk).extras == {}


# --- deletion ---------------------------------------------------------------------------------------------------------


def test_a_poll_is_deleted_with_its_message(mina: Any, joon: Any, general: Room) -> None:
    message = ask(mina, general, "a", "b")
    vote(joon, message_id=message.pk, choices=[1])
    delete_message(mina, message_id=message.pk)
    assert [model.objects.count() for model in (Poll, PollChoice, Vote)] == [0, 0, 0]
    for act in (partial(vote, joon, choices=[2]), partial(close_poll, mina)):
        with pytest.raises(Conflict, match="deleted"):
            act(message_id=message.pk)


def test_polls_of_messages_that_an_earlier_version_deleted_are_forgotten(mina: Any, general: Room) -> None:
    kept, gone = ask(mina, general), ask(mina, general, SECRET, "b")
    Message.objects.filter(pk=gone.pk).update(body="", html="", extras={}, deleted_at=timezone.now())
    forget_polls_of_deleted_messages()
    assert list(Poll.objects.all()) == [kept.poll]


def test_polls_are_removed_with_their_room(mina: Any, joon: Any, general: Room) -> None:
    message = ask(mina, general)
    vote(joon, message_id=message.pk, choices=[1])
    archive_room(mina, room_id=general.pk)
    delete_room(mina, room_id=general.pk)
    assert finish_deletions()
    assert [model.objects.count() for model in (Poll, PollChoice, Vote, Message)] == [0, 0, 0, 0]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_votes_at_the_same_time_are_all_counted(mina: Any, joon: Any, general: Room) -> None:
    message = ask(mina, general)
    outcomes = at_once(*(partial(vote, person, message_id=message.pk, choices=[1]) for person in (mina, joon)))
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert results(message)[0][0] == 2
