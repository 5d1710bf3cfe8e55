"""The people, rooms and messages of the demo, which is created once for all of these tests: they only look at it."""

import zoneinfo
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from chat.demo import team
from chat.demo.cast import FORMER
from chat.models import CustomEmoji, HeldMessage, Membership, Message, Pin, Poll, Report, Room, RoomInvitation, User
from chat.protocol.shapes import unread
from chat.queries.rooms import room_summaries
from tests.harness.shared_rows import shared_rows

pytestmark = pytest.mark.django_db

SEOUL = zoneinfo.ZoneInfo("Asia/Seoul")
A_FRIDAY_EVENING = datetime(2026, 3, 13, 18, 30, tzinfo=SEOUL)


@pytest.fixture(scope="module", autouse=True)
def _demo(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with shared_rows(django_db_blocker, lambda: team.create("kept-and-quiet", A_FRIDAY_EVENING)):
        yield


def test_six_people_two_guests_and_a_bot_talk_in_six_rooms_and_an_archived_one() -> None:
    people = User.objects.active().filter(is_bot=False)
    assert (people.filter(is_guest=False).count(), people.filter(is_guest=True).count()) == (6, 2)
    assert Room.objects.active().without_threads().exclude(kind="direct").count() == 6
    assert Room.objects.archived().count() == 1
    assert Room.objects.filter(kind="private").count() == 2
    assert 250 <= Message.objects.count() <= 500


def test_the_demo_shows_what_messages_can_contain() -> None:
    html = "".join(Message.objects.values_list("html", flat=True))
    shown = ("<strong>", "<em>", "<s>", "<code>", "<ul>", "<ol>", '<pre data-language="python">', 'class="spoiler"')
    assert [part for part in shown if part not in html] == []
    assert CustomEmoji.objects.filter(name="maple", is_archived=False).exists()
    assert 'data-emoji="maple"' in html


def test_every_room_is_one_that_real_use_could_have_made() -> None:
    for room in Room.objects.without_threads():
        said = list(room.messages.order_by("position"))
        assert [message.position for message in said] == list(range(1, room.message_count + 1))
        assert [message.created_at for message in said] == sorted(message.created_at for message in said)
        assert room.memberships.filter(role=Membership.Role.OWNER).count() == (room.kind != "direct")
        revisions = [*(message.revision for message in said), *room.memberships.values_list("revision", flat=True)]
        assert len(set(revisions)) == len(revisions)
        assert max(*revisions, room.settings_revision) == room.revision


def test_every_room_was_created_shortly_before_its_first_message() -> None:
    for room in Room.objects.without_threads():
        first = room.messages.earliest("position").created_at
        assert timedelta() < first - room.created_at < timedelta(hours=1)


def test_it_was_all_said_in_two_weeks_on_working_days_before_now() -> None:
    moments = [moment.astimezone(SEOUL) for moment in Message.objects.values_list("created_at", flat=True)]
    assert max(moments) < A_FRIDAY_EVENING
    assert (max(moments) - min(moments)).days in range(11, 14)
    assert all(moment.weekday() <= 4 for moment in moments)
    in_hours = [moment for moment in moments if 8 <= moment.hour < 19]
    assert len(in_hours) > 0.97 * len(moments)


def test_there_are_replies_and_reactions() -> None:
    replies = Message.objects.exclude(reply_to=None)
    assert replies.count() > 10
    assert all(reply.extras["quote"]["id"] == reply.reply_to_id for reply in replies)
    counts = [len(message.extras["reactions"]) for message in Message.objects.exclude(reactions=None).distinct()]
    assert len(counts) > 10
    assert max(counts) == 14


def test_a_message_has_a_thread_of_several_people_of_which_one_reply_is_in_the_room_as_well() -> None:
    thread = Room.objects.get(kind="thread")
    replies = list(thread.messages.order_by("position"))
    assert len({reply.author_id for reply in replies}) == 4
    assert [reply.created_at for reply in replies] == sorted(reply.created_at for reply in replies)
    (copy,) = Message.objects.filter(extras__from_thread__room=thread.pk)
    assert copy.body == replies[-1].body


def test_there_are_pins_and_lines_about_who_was_added_and_what_was_archived() -> None:
    assert {pin.room.name for pin in Pin.objects.select_related("room")} >= {"General", "Launch week", "디자인 이야기"}
    codes = {line.extras["system"]["code"] for line in Message.objects.filter(kind="system")}
    assert codes >= {"added", "pinned", "topic", "archived"}


def test_the_administrators_have_reports_and_held_messages_to_look_at() -> None:
    reported = Report.objects.open().values_list("message__author__username", "reporter__username")
    assert set(reported) == {("trial_vendor", "ada"), ("trial_vendor", "seojun"), ("joon", "sofia")}
    assert set(HeldMessage.objects.values_list("author__username", flat=True)) == {"trial_vendor", "dana"}


def test_somebody_who_left_is_erased_and_what_they_wrote_stays() -> None:
    erased = User.objects.get(erased_at__isnull=False)
    message = Message.objects.get(author=erased, kind="text")
    assert message.room.name == "Beta feedback"
    assert not erased.memberships.filter(left_at=None).exists()
    assert not User.objects.filter(username=FORMER.username).exists()


def test_a_bot_of_mina_posts_in_a_room_with_a_token_for_that_room_only() -> None:
    bot = User.objects.get(is_bot=True)
    assert bot.owner == User.objects.get(username="mina")
    [room_id] = set(Message.objects.filter(author=bot).values_list("room_id", flat=True))
    assert [token.rooms for token in bot.tokens.all()] == [[room_id]]


def test_mina_is_invited_into_a_private_room() -> None:
    [invitation] = RoomInvitation.objects.all()
    assert (invitation.user.username, invitation.room.name) == ("mina", "Book club")


def test_there_are_edits_and_a_tombstone() -> None:
    edited = Message.objects.filter(edited_at__isnull=False)
    assert edited.count() >= 3
    assert all(message.edited_at and message.edited_at > message.created_at for message in edited)
    assert Message.objects.filter(deleted_at__isnull=False, body="").exists()


def test_there_is_a_poll_in_which_everybody_voted() -> None:
    poll = Poll.objects.get()
    assert poll.message.extras["poll"]["voters"] == 6
    assert [choice.get("votes") for choice in poll.message.extras["poll"]["choices"]] == [3, 2, 1]


def test_mina_has_something_to_read_and_nearly_all_others_have_read_everything() -> None:
    waiting = {
        (membership.user.username, membership.room.name): unread(membership.room.counted, membership.counted_read)
        for membership in Membership.objects.current().exclude(room__kind="direct").select_related("user", "room")
    }
    hers = {room: count for (username, room), count in waiting.items() if username == "mina" and count}
    assert hers.keys() == {"General", "Launch week", "디자인 이야기", "Random"}
    others = {place for place, count in waiting.items() if count and place[0] != "mina"}
    assert others == {("seojun", "General")}, "there are messages that one person has not read"


def test_mina_talks_with_two_people_and_a_group_one_of_whom_waits_for_her() -> None:
    mina = User.objects.get(username="mina")
    conversations = room_summaries([mina])[mina.pk]
    direct = {len(room.people): room.unread for room in conversations if room.kind == "direct" and room.unread}
    assert direct == {2: 1}
    assert sorted(len(room.people) for room in conversations if room.kind == "direct") == [2, 2, 3]
