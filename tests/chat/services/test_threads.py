"""Threads: how they begin, who follows them, what is unread in them, what their message shows, and how they end."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.derive.mentions import Mentions
from chat.models import AuditEntry, HeldMessage, Membership, Mention, Message, PersonItem, Room, ThreadFollow, User
from chat.models.audit import Action
from chat.protocol.commands import NewPoll
from chat.protocol.errors import Archived, Conflict, Forbidden, Held, Invalid, Muted, NotFound, TooSoon
from chat.protocol.shapes import RoomSummary, Threads
from chat.queries.rooms import history, membership_of, open_room, room_summaries
from chat.queries.space import space_memory
from chat.queries.threads import followed_threads
from chat.services import mentions, quotas
from chat.services.blocks import set_block
from chat.services.deleted_rooms import finish_deletions
from chat.services.held_decisions import decline_held, post_held
from chat.services.memberships import end_membership, join_room, leave_room, mark_read, remove_member
from chat.services.messages import delete_message, edit_message, send_message
from chat.services.person_items import set_item
from chat.services.pins import pin
from chat.services.polls import send_poll
from chat.services.reports import act_on_reports, report_message
from chat.services.room_rules import change_rules
from chat.services.rooms import archive_room, delete_room
from chat.services.sanctions import ban_member, mute_member
from chat.services.space_settings import change_settings
from chat.services.thread_copies import copy_key
from chat.services.threads import follow_thread, reply_in_thread
from tests.harness import deriving
from tests.harness.threads import at_once


def derive() -> None:
    deriving.catch_up(deriving.runner_of(Mentions()))


def say(author: User, room: Room, body: str = "hi", **more: Any) -> Message:
    return send_message(author, room_id=room.pk, key=uuid.uuid4(), body=body, **more)


def reply(author: User, message: Message, body: str = "yes", **more: Any) -> Message:
    sent = reply_in_thread(
        author, room_id=message.room_id, message_id=message.pk, key=more.pop("key", uuid.uuid4()), body=body, **more
    )
    derive()
    return sent


def summary(message: Message) -> Any:
    message.refresh_from_db()
    return message.extras.get("thread")


def unread(user: User, room: Room) -> tuple[int, int]:
    """What the person's membership says, which must equal the sums of what they follow."""
    membership = Membership.objects.get(user=user, room=room)
    rows = ThreadFollow.objects.filter(user=user, parent=room, is_unread=True)
    assert membership.unread_threads == rows.count()
    assert membership.thread_mentions == sum(rows.values_list("mentions", flat=True))
    return membership.unread_threads, membership.thread_mentions


@pytest.fixture
def asked(mina: User, general: Room) -> Message:
    return say(mina, general, "which one?")


# --- beginning --------------------------------------------------------------------------------------------------------


def test_a_thread_begins_with_its_first_reply_and_the_others_are_in_it(mina: User, joon: User, asked: Message) -> None:
    first = reply(joon, asked, "the left one")
    second = reply(mina, asked, "good")
    third = say(joon, first.room, "yes")
    assert first.room.parent_message == asked
    assert [first.position, second.position, third.position] == [1, 2, 3]
    assert {first.room_id, second.room_id, third.room_id} == {asked.thread.pk}
    opened = open_room(mina, room_id=first.room_id)
    assert [message.body for message in opened.messages] == ["the left one", "good", "yes"]
    assert (opened.room.kind, opened.room.parent, opened.room.parent_message) == ("thread", asked.room_id, asked.pk)
    assert opened.members == []
    assert {user.id for user in opened.users} == {mina.pk, joon.pk}
    assert [message.body for message in history(mina, room_id=first.room_id, before=3).messages][-1] == "good"


def test_a_resend_returns_the_stored_reply(joon: User, asked: Message) -> None:
    key = uuid.uuid4()
    first = reply(joon, asked, key=key, also_in_room=True)
    again = reply(joon, asked, key=key, also_in_room=True)
    assert again.pk == first.pk
    assert Message.objects.filter(room=first.room).count() == 1
    assert Message.objects.filter(author=joon, room=asked.room, kind="text").count() == 1


def test_a_reply_can_be_sent_to_the_room_as_well(joon: User, asked: Message) -> None:
    sent = reply(joon, asked, "done", also_in_room=True)
    copy = Message.objects.get(room=asked.room_id, author=joon, kind="text")
    assert (copy.body, copy.key) == ("done", copy_key(sent.key))
    assert copy.extras == {"from_thread": {"room": sent.room_id, "message": asked.pk, "position": asked.position}}


def test_deleting_a_reply_deletes_its_copy(joon: User, asked: Message) -> None:
    sent = reply(joon, asked, "secret", also_in_room=True)
    delete_message(joon, message_id=sent.pk)
    assert not Message.objects.filter(body__contains="secret").exists()
    assert Message.objects.get(key=copy_key(sent.key)).is_deleted


def test_what_cannot_have_a_thread(mina: User, joon: User, asked: Message, general: Room) -> None:
    answer = reply(joon, asked)
    with pytest.raises(Invalid):
        reply(joon, answer)
    line = say(joon, general)
    delete_message(joon, message_id=line.pk)
    with pytest.raises(Conflict):
        reply(mina, line)
    system = general.messages.filter(kind="system").first()
    if system is not None:
        with pytest.raises(Forbidden):
            reply(mina, system)
    with pytest.raises(NotFound):
        reply_in_thread(mina, room_id=general.pk, message_id=answer.pk, key=uuid.uuid4(), body="hi")


def test_a_refused_reply_leaves_no_thread(stranger: User, asked: Message, general: Room, mina: User) -> None:
    with pytest.raises(Forbidden):
        reply(stranger, asked)
    archive_room(mina, room_id=general.pk)
    with pytest.raises(Archived):
        reply(mina, asked)
    assert not Room.objects.filter(kind="thread").exists()
    assert summary(asked) is None


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_first_replies_at_once_begin_one_thread(mina: User, joon: User, asked: Message) -> None:
    def answer(author: User) -> None:
        reply_in_thread(author, room_id=asked.room_id, message_id=asked.pk, key=uuid.uuid4(), body="me")

    at_once(lambda: answer(mina), lambda: answer(joon))
    (thread,) = Room.objects.filter(parent_message=asked)
    assert sorted(thread.messages.values_list("position", flat=True)) == [1, 2]


# --- what the message shows -------------------------------------------------------------------------------------------


def test_the_message_shows_how_many_replied_who_and_when(mina: User, joon: User, asked: Message) -> None:
    first = reply(joon, asked)
    assert summary(asked)["count"] == 1
    last = reply(mina, asked)
    derived = summary(asked)
    assert (derived["room"], derived["count"], derived["people"]) == (first.room_id, 2, [mina.pk, joon.pk])
    delete_message(mina, message_id=last.pk)
    derive()
    assert (summary(asked)["count"], summary(asked)["people"]) == (1, [joon.pk])
    delete_message(joon, message_id=first.pk)
    derive()
    assert summary(asked) == {"room": first.room_id, "count": 0}


def test_deriving_again_changes_nothing(joon: User, asked: Message) -> None:
    reply(joon, asked, "@mina look")
    rooms = {room.pk: room.revision for room in Room.objects.all()}
    follows = list(ThreadFollow.objects.order_by("pk").values())
    from chat.services.deriving import rewind

    rewind(None, name="mentions")
    derive()
    assert {room.pk: room.revision for room in Room.objects.all()} == rooms
    assert list(ThreadFollow.objects.order_by("pk").values()) == follows


def test_a_deriver_pauses_in_a_thread(joon: User, asked: Message) -> None:
    clock = deriving.Clock()
    runner = deriving.runner_of(Mentions(), clock=clock)
    sent = reply_in_thread(joon, room_id=asked.room_id, message_id=asked.pk, key=uuid.uuid4(), body="a")
    deriving.catch_up(runner)
    say(joon, sent.room, "b")
    deriving.catch_up(runner)
    assert summary(asked)["count"] == 1
    clock.now += 1.0
    runner.step()
    deriving.catch_up(runner)
    assert summary(asked)["count"] == 2


def test_a_deleted_message_keeps_its_thread_without_its_text(mina: User, joon: User, asked: Message) -> None:
    sent = reply(joon, asked, "still here")
    delete_message(mina, message_id=asked.pk)
    assert summary(asked)["room"] == sent.room_id
    assert (asked.body, set(asked.extras)) == ("", {"thread"})
    reply(mina, asked, "and so am I")
    assert [message.body for message in open_room(mina, room_id=sent.room_id).messages] == ["still here", "and so am I"]


# --- following and reading --------------------------------------------------------------------------------------------


def test_the_author_repliers_and_those_who_are_mentioned_follow(
    mina: User, joon: User, stranger: User, asked: Message, general: Room
) -> None:
    join_room(stranger, room_id=general.pk)
    reply(joon, asked)
    assert set(ThreadFollow.objects.values_list("user", flat=True)) == {mina.pk, joon.pk}
    assert unread(mina, general) == (1, 0)
    assert unread(joon, general) == (0, 0)
    reply(joon, asked, f"@{stranger.username} what do you think?")
    assert unread(stranger, general) == (1, 1)
    mine = room_summaries([stranger])[stranger.pk]
    assert [room.threads for room in mine if room.id == general.pk] == [Threads(unread=1, mentions=1)]


def test_reading_a_thread_ends_what_is_unread_in_it(mina: User, joon: User, asked: Message, general: Room) -> None:
    sent = reply(joon, asked, "@mina")
    assert unread(mina, general) == (1, 1)
    membership = mark_read(mina, room_id=sent.room_id, position=9)
    assert membership.last_read == 1
    assert unread(mina, general) == (0, 0)
    assert Membership.objects.get(user=mina, room=general).last_read < general.message_count + 9


def test_one_who_stops_following_has_nothing_unread_until_they_reply_or_are_mentioned(
    mina: User, joon: User, asked: Message, general: Room
) -> None:
    sent = reply(joon, asked)
    follow_thread(mina, room_id=sent.room_id, on=False)
    reply(joon, asked)
    assert unread(mina, general) == (0, 0)
    assert RoomSummary.for_member(membership_of(mina, sent.room_id), None, may=()).unread == 0
    reply(joon, asked, "@mina")
    assert unread(mina, general) == (1, 1)
    follow_thread(mina, room_id=sent.room_id, on=False)
    assert unread(mina, general) == (0, 0)
    reply(mina, asked)
    reply(joon, asked)
    assert unread(mina, general) == (1, 0)


def test_following_is_a_state(stranger: User, joon: User, asked: Message, general: Room) -> None:
    join_room(stranger, room_id=general.pk)
    sent = reply(joon, asked)
    for _ in range(2):
        assert follow_thread(stranger, room_id=sent.room_id, on=True).follow is not None
    reply(joon, asked)
    assert unread(stranger, general) == (1, 0)
    with pytest.raises(Forbidden):
        follow_thread(stranger, room_id=general.pk, on=True)


def test_at_all_in_a_thread_mentions_those_who_follow_it(
    mina: User, joon: User, stranger: User, asked: Message, general: Room
) -> None:
    join_room(stranger, room_id=general.pk)
    reply(joon, asked, "@all")
    assert set(Mention.objects.values_list("user", flat=True)) == {mina.pk}
    assert not PersonItem.objects.filter(kind="mentions").exists()


def test_an_edit_adds_and_removes_mentions(mina: User, joon: User, asked: Message, general: Room) -> None:
    sent = reply(joon, asked, "@mina")
    assert unread(mina, general) == (1, 1)
    edit_message(joon, message_id=sent.pk, body="nobody")
    derive()
    assert unread(mina, general) == (1, 0)


def test_mentions_in_threads_are_marked_as_read(mina: User, joon: User, asked: Message, general: Room) -> None:
    sent = reply(joon, asked, "@mina")
    reply(joon, asked, "@mina again")
    mentions.mark_read(mina, room_id=sent.room_id, positions=[1])
    assert unread(mina, general) == (1, 1)
    mentions.mark_read(mina)
    assert unread(mina, general) == (1, 0)


def test_further_messages_in_an_unread_thread_write_nothing_for_its_followers(
    mina: User, joon: User, asked: Message, general: Room
) -> None:
    sent = reply(joon, asked)
    say(joon, sent.room)
    with CaptureQueriesContext(connection) as queries:
        derive()
    written = [query["sql"] for query in queries if query["sql"].startswith(("UPDATE", "INSERT"))]
    assert not [sql for sql in written if "chat_membership" in sql]


# --- the room of the thread -------------------------------------------------------------------------------------------


def test_a_thread_is_read_only_while_its_room_is_archived(
    mina: User, joon: User, asked: Message, general: Room
) -> None:
    sent = reply(joon, asked)
    archive_room(mina, room_id=general.pk)
    with pytest.raises(Archived):
        say(joon, sent.room)
    with pytest.raises(Archived):
        reply(joon, asked)
    opened = open_room(joon, room_id=sent.room_id)
    assert opened.room.archived
    assert "post" not in opened.room.may


@pytest.mark.parametrize("end", ["leave", "remove"])
def test_who_is_no_longer_in_the_room_reads_nothing_and_follows_nothing(
    mina: User, joon: User, asked: Message, general: Room, end: str
) -> None:
    sent = reply(joon, asked, "a")
    reply(mina, asked, "@joon")
    if end == "leave":
        leave_room(joon, room_id=general.pk)
    else:
        remove_member(mina, room_id=general.pk, user_id=joon.pk)
    for act in (
        lambda: open_room(joon, room_id=sent.room_id),
        lambda: say(joon, sent.room),
        lambda: delete_message(joon, message_id=sent.pk),
        lambda: follow_thread(joon, room_id=sent.room_id, on=True),
    ):
        with pytest.raises(Forbidden):
            act()
    assert not ThreadFollow.objects.filter(user=joon).exists()
    assert unread(joon, general) == (0, 0)
    reply(mina, asked, "@joon")
    assert not ThreadFollow.objects.filter(user=joon).exists()


def test_a_deleted_room_takes_its_threads_with_it(mina: User, joon: User, asked: Message, general: Room) -> None:
    sent = reply(joon, asked, "@mina secret", also_in_room=True)
    archive_room(mina, room_id=general.pk)
    delete_room(mina, room_id=general.pk)
    with pytest.raises(NotFound):
        open_room(mina, room_id=sent.room_id)
    derive()
    assert finish_deletions()
    assert not Message.objects.filter(body__contains="secret").exists()
    assert not ThreadFollow.objects.exists()
    assert not Mention.objects.exists()


def test_the_rules_of_the_room_and_mutes_in_it_hold_in_its_threads(
    mina: User, joon: User, asked: Message, general: Room
) -> None:
    thread = reply(joon, asked).room
    change_rules(mina, room_id=general.pk, who_posts="moderators")
    another = say(mina, general)

    def refused(error: type[Exception], *others: Callable[[], Message]) -> None:
        posting: list[Callable[[], Message]] = [lambda: say(joon, thread), lambda: reply(joon, asked), *others]
        for post in posting:
            with pytest.raises(error):
                post()

    refused(Forbidden, lambda: reply(joon, another))
    say(mina, thread)
    change_rules(mina, room_id=general.pk, who_posts="everyone", slow_seconds=600)
    reply(joon, asked, also_in_room=True)
    refused(TooSoon, lambda: say(joon, general))
    change_rules(mina, room_id=general.pk, slow_seconds=0)
    mute_member(mina, room_id=general.pk, user_id=joon.pk, until=timezone.now() + timedelta(hours=1))
    refused(Muted)
    assert membership_of(joon, thread.pk).muted_until is not None


def test_whoever_is_banned_or_erased_stops_following(
    mina: User, joon: User, stranger: User, asked: Message, general: Room
) -> None:
    join_room(stranger, room_id=general.pk)
    thread = reply(joon, asked).room
    reply(stranger, asked)
    ban_member(mina, room_id=general.pk, user_id=joon.pk, until=timezone.now() + timedelta(hours=1))
    with pytest.raises(Forbidden):
        open_room(joon, room_id=thread.pk)
    end_membership(stranger, room_id=general.pk)
    assert set(ThreadFollow.objects.values_list("user", flat=True)) == {mina.pk}
    assert unread(joon, general) == unread(stranger, general) == (0, 0)


@pytest.fixture
def _words_are_held(keeper: User) -> None:
    change_settings(keeper, values={"blocked_words": ["turnip"], "blocked_words_act": "hold"})
    space_memory.clear()


@pytest.mark.usefixtures("_words_are_held")
def test_a_reply_that_is_held_begins_its_thread_when_it_is_posted(keeper: User, joon: User, asked: Message) -> None:
    key = uuid.uuid4()
    for _ in range(2):
        with pytest.raises(Held):
            reply(joon, asked, "a turnip", key=key, also_in_room=True)
    assert not Room.objects.filter(kind="thread").exists()
    assert summary(asked) is None
    post_held(keeper, held_id=HeldMessage.objects.get().pk)
    thread = Room.objects.get(parent_message=asked)
    assert thread.messages.get().key == key
    begun = summary(asked)
    assert begun is not None
    assert begun["people"] == [joon.pk]
    assert Message.objects.get(key=copy_key(key)).room_id == asked.room_id
    assert reply(joon, asked, "a turnip", key=key).position == 1
    notice = PersonItem.objects.get(user=joon, kind="notice").value
    assert notice is not None
    assert (notice["code"], notice["room"], notice["position"]) == ("held_posted", thread.pk, 1)


@pytest.mark.usefixtures("_words_are_held")
def test_replies_of_a_thread_are_held_however_they_name_it(keeper: User, joon: User, asked: Message) -> None:
    first = reply(joon, asked)
    ways: list[Callable[[], Message]] = [
        lambda: reply(joon, asked, "a turnip", reply_to=first.pk),
        lambda: say(joon, first.room, "a turnip", reply_to=first.pk),
    ]
    for send in ways:
        with pytest.raises(Held):
            send()
        post_held(keeper, held_id=HeldMessage.objects.get().pk)
    assert list(first.room.messages.values_list("position", "reply_to")) == [(1, None), (2, first.pk), (3, first.pk)]


@pytest.mark.usefixtures("_words_are_held")
def test_no_reply_is_held_that_could_not_be_posted(
    mina: User, joon: User, stranger: User, asked: Message, general: Room
) -> None:
    gone = say(mina, general)
    delete_message(mina, message_id=gone.pk)
    thread = reply(joon, asked)
    for author, message, error in (
        (joon, gone, Conflict),
        (joon, thread, Invalid),
        (stranger, asked, Forbidden),
        (joon, Message(pk=10**9, room=general), NotFound),
    ):
        with pytest.raises(error):
            reply(author, message, "a turnip")
    mute_member(mina, room_id=general.pk, user_id=joon.pk, until=timezone.now() + timedelta(hours=1))
    with pytest.raises(Muted):
        reply(joon, asked, "a turnip")
    assert not HeldMessage.objects.exists()


@pytest.mark.usefixtures("_words_are_held")
def test_a_held_reply_to_a_message_that_was_deleted_meanwhile_is_not_posted(
    keeper: User, mina: User, joon: User, asked: Message
) -> None:
    with pytest.raises(Held):
        reply(joon, asked, "a turnip")
    delete_message(mina, message_id=asked.pk)
    held = HeldMessage.objects.get()
    with pytest.raises(Conflict):
        post_held(keeper, held_id=held.pk)
    decline_held(keeper, held_id=held.pk)
    assert not HeldMessage.objects.exists()


def test_a_reported_reply_is_acted_on_in_the_room(
    keeper: User, mina: User, joon: User, asked: Message, general: Room
) -> None:
    sent = reply(joon, asked)
    report_message(mina, message_id=sent.pk, reason="spam")
    act_on_reports(keeper, message_id=sent.pk, outcome="muted")
    assert Membership.objects.get(user=joon, room=general).muted_until is not None
    assert AuditEntry.objects.get(action=Action.REPORT_CLOSED).room_id == general.pk


def test_a_thread_has_no_polls(mina: User, asked: Message) -> None:
    thread = reply(mina, asked).room
    with pytest.raises(Invalid):
        send_poll(mina, room_id=thread.pk, key=uuid.uuid4(), body="?", poll=NewPoll(choices=["a", "b"]))
    assert thread.messages.count() == 1


def test_nobody_is_told_of_replies_of_whom_they_have_blocked(
    mina: User, joon: User, asked: Message, general: Room
) -> None:
    set_block(mina, user_id=joon.pk, on=True)
    reply(joon, asked, "@mina look")
    assert unread(mina, general)[1] == 0


def test_there_are_no_items_and_no_pins_of_threads(mina: User, joon: User, asked: Message) -> None:
    sent = reply(joon, asked)
    for kind, value in (("favourite", True), ("notify", "none"), ("draft", {"text": "x"})):
        with pytest.raises(Invalid):
            set_item(mina, kind=kind, key=str(sent.room_id), value=value)
    with pytest.raises(Forbidden):
        pin(mina, message_id=sent.pk, on=True)


def test_any_number_of_threads_costs_an_opening_nothing(
    mina: User, joon: User, asked: Message, general: Room, django_assert_num_queries: Any
) -> None:
    def read() -> None:
        open_room(mina, room_id=general.pk)
        room_summaries([mina])

    read()
    with CaptureQueriesContext(connection) as few:
        read()
    messages = [say(mina, general) for _ in range(12)]
    with quotas.unlimited():
        for message in messages:
            reply(joon, message)
    assert unread(mina, general) == (12, 0)
    read()
    with django_assert_num_queries(len(few)):
        read()
    statements = " ".join(query["sql"] for query in few)
    assert "threadfollow" not in statements


def test_the_list_of_followed_threads_begins_with_the_newest_reply(
    mina: User, joon: User, asked: Message, general: Room, django_assert_num_queries: Any
) -> None:
    other = say(mina, general, "and this?")
    reply(joon, other, "one")
    reply(joon, asked, "two")
    with django_assert_num_queries(2):
        found = followed_threads(mina, unread_only=True)
    assert [(thread.text, thread.newest_text, thread.unread) for thread in found] == [
        ("which one?", "two", 1),
        ("and this?", "one", 1),
    ]
    mark_read(mina, room_id=other.thread.pk, position=1)
    assert [thread.text for thread in followed_threads(mina, unread_only=True)] == ["which one?"]
    assert len(followed_threads(mina, unread_only=False)) == 2
