"""The demo: `manage.py demo`, which `bin/run --demo` runs."""

import io
import os
import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from chat.demo import team
from chat.demo.cast import CONVERSATIONS, EVERYBODY, FORMER, ROOMS
from chat.demo.script import last_day, parse, talk, working_day
from chat.models import (
    CustomEmoji,
    HeldMessage,
    Membership,
    Message,
    Pin,
    Poll,
    Report,
    Room,
    RoomInvitation,
    Space,
    User,
)
from chat.protocol.shapes import unread
from chat.queries.rooms import room_summaries

SEOUL = zoneinfo.ZoneInfo("Asia/Seoul")
A_FRIDAY_EVENING = datetime(2026, 3, 13, 18, 30, tzinfo=SEOUL)


@pytest.fixture(autouse=True)
def var_dir(tmp_path: Path, settings: Any) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path


@pytest.fixture
def demo(db: None) -> None:
    team.create("kept-and-quiet", A_FRIDAY_EVENING)


def run() -> str:
    out = io.StringIO()
    call_command("demo", stdout=out)
    return out.getvalue()


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_demo_prints_a_sign_in_that_works(db: None) -> None:
    words = run().split()
    password = words[words.index("password") + 1]
    user = authenticate(username=words[words.index("username") + 1], password=password)
    assert user is not None
    assert user.is_superuser


def test_a_second_run_prints_the_same_and_changes_nothing(db: None) -> None:
    first = run()
    before = list(Message.objects.order_by("pk").values()), list(Room.objects.order_by("pk").values())
    assert run() == first
    assert before == (list(Message.objects.order_by("pk").values()), list(Room.objects.order_by("pk").values()))


def test_the_password_is_for_the_eyes_of_its_owner_and_another_in_every_installation(
    db: None, var_dir: Path, tmp_path_factory: pytest.TempPathFactory, settings: Any
) -> None:
    from chat.management.commands.demo import kept_password

    run()
    path = var_dir / "demo-password"
    assert os.stat(path).st_mode & 0o777 == 0o600  # noqa: PTH116
    settings.VAR_DIR = tmp_path_factory.mktemp("another")
    assert kept_password() != path.read_text().strip()


def test_a_space_with_people_of_its_own_is_not_changed(mina: User, var_dir: Path) -> None:
    with pytest.raises(CommandError, match="belongs to people already"):
        run()
    assert list(User.objects.all()) == [mina]
    assert not (var_dir / "demo-password").exists()


def test_people_who_sign_up_in_the_demo_do_not_keep_it_from_starting_again(db: None) -> None:
    first = run()
    User.objects.create_user("newcomer", password="x")
    assert run() == first


def test_a_password_that_was_changed_is_not_printed(db: None) -> None:
    run()
    mina = User.objects.get(username="mina")
    mina.set_password("my own now")
    mina.save()
    said = run()
    assert "changepassword mina" in said
    assert "my own now" not in said


def test_nothing_is_left_of_a_demo_that_was_interrupted(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(team, "_read", fail)
    with pytest.raises(KeyboardInterrupt):
        run()
    assert not User.objects.exists()
    assert not Space.objects.exists()


# --- the team ---------------------------------------------------------------------------------------------------------


def test_six_people_and_two_guests_talk_in_six_rooms_and_an_archived_one(demo: None) -> None:
    people = User.objects.active()
    assert (people.filter(is_guest=False).count(), people.filter(is_guest=True).count()) == (6, 2)
    assert Room.objects.active().without_threads().exclude(kind="direct").count() == 6
    assert Room.objects.archived().count() == 1
    assert Room.objects.filter(kind="private").count() == 2
    assert 250 <= Message.objects.count() <= 500


def test_the_demo_shows_what_messages_can_contain(demo: None) -> None:
    html = "".join(Message.objects.values_list("html", flat=True))
    shown = ("<strong>", "<em>", "<s>", "<code>", "<ul>", "<ol>", '<pre data-language="python">', 'class="spoiler"')
    assert [part for part in shown if part not in html] == []
    assert CustomEmoji.objects.filter(name="maple", is_archived=False).exists()
    assert 'data-emoji="maple"' in html


def test_every_room_is_one_that_real_use_could_have_made(demo: None) -> None:
    for room in Room.objects.without_threads():
        said = list(room.messages.order_by("position"))
        assert [message.position for message in said] == list(range(1, room.message_count + 1))
        assert [message.created_at for message in said] == sorted(message.created_at for message in said)
        assert room.memberships.filter(role=Membership.Role.OWNER).count() == (room.kind != "direct")
        revisions = [*(message.revision for message in said), *room.memberships.values_list("revision", flat=True)]
        assert len(set(revisions)) == len(revisions)
        assert max(*revisions, room.settings_revision) == room.revision


def test_every_room_was_created_shortly_before_its_first_message(demo: None) -> None:
    for room in Room.objects.without_threads():
        first = room.messages.earliest("position").created_at
        assert timedelta() < first - room.created_at < timedelta(hours=1)


def test_it_was_all_said_in_two_weeks_on_working_days_before_now(demo: None) -> None:
    moments = [moment.astimezone(SEOUL) for moment in Message.objects.values_list("created_at", flat=True)]
    assert max(moments) < A_FRIDAY_EVENING
    assert (max(moments) - min(moments)).days in range(11, 14)
    assert all(moment.weekday() <= 4 for moment in moments)
    in_hours = [moment for moment in moments if 8 <= moment.hour < 19]
    assert len(in_hours) > 0.97 * len(moments)


def test_there_are_replies_and_reactions(demo: None) -> None:
    replies = Message.objects.exclude(reply_to=None)
    assert replies.count() > 10
    assert all(reply.extras["quote"]["id"] == reply.reply_to_id for reply in replies)
    counts = [len(message.extras["reactions"]) for message in Message.objects.exclude(reactions=None).distinct()]
    assert len(counts) > 10
    assert max(counts) == 14


def test_a_message_has_a_thread_of_several_people_of_which_one_reply_is_in_the_room_as_well(demo: None) -> None:
    thread = Room.objects.get(kind="thread")
    replies = list(thread.messages.order_by("position"))
    assert len({reply.author_id for reply in replies}) == 4
    assert [reply.created_at for reply in replies] == sorted(reply.created_at for reply in replies)
    (copy,) = Message.objects.filter(extras__from_thread__room=thread.pk)
    assert copy.body == replies[-1].body


def test_there_are_pins_and_lines_about_who_was_added_and_what_was_archived(demo: None) -> None:
    assert {pin.room.name for pin in Pin.objects.select_related("room")} >= {"General", "Launch week", "디자인 이야기"}
    codes = {line.extras["system"]["code"] for line in Message.objects.filter(kind="system")}
    assert codes >= {"added", "pinned", "topic", "archived"}


def test_the_administrators_have_reports_and_held_messages_to_look_at(demo: None) -> None:
    reported = Report.objects.open().values_list("message__author__username", "reporter__username")
    assert set(reported) == {("trial_vendor", "ada"), ("trial_vendor", "seojun"), ("joon", "sofia")}
    assert set(HeldMessage.objects.values_list("author__username", flat=True)) == {"trial_vendor", "dana"}


def test_somebody_who_left_is_erased_and_what_they_wrote_stays(demo: None) -> None:
    erased = User.objects.get(erased_at__isnull=False)
    message = Message.objects.get(author=erased, kind="text")
    assert message.room.name == "Beta feedback"
    assert not erased.memberships.filter(left_at=None).exists()
    assert not User.objects.filter(username=FORMER.username).exists()


def test_mina_is_invited_into_a_private_room(demo: None) -> None:
    [invitation] = RoomInvitation.objects.all()
    assert (invitation.user.username, invitation.room.name) == ("mina", "Book club")


def test_there_are_edits_and_a_tombstone(demo: None) -> None:
    edited = Message.objects.filter(edited_at__isnull=False)
    assert edited.count() >= 3
    assert all(message.edited_at and message.edited_at > message.created_at for message in edited)
    assert Message.objects.filter(deleted_at__isnull=False, body="").exists()


def test_there_is_a_poll_in_which_everybody_voted(demo: None) -> None:
    poll = Poll.objects.get()
    assert poll.message.extras["poll"]["voters"] == 6
    assert [choice.get("votes") for choice in poll.message.extras["poll"]["choices"]] == [3, 2, 1]


def test_mina_has_something_to_read_and_nearly_all_others_have_read_everything(demo: None) -> None:
    waiting = {
        (membership.user.username, membership.room.name): unread(membership.room.counted, membership.counted_read)
        for membership in Membership.objects.current().exclude(room__kind="direct").select_related("user", "room")
    }
    hers = {room: count for (username, room), count in waiting.items() if username == "mina" and count}
    assert hers.keys() == {"General", "Launch week", "디자인 이야기", "Random"}
    others = {place for place, count in waiting.items() if count and place[0] != "mina"}
    assert others == {("seojun", "General")}, "there are messages that one person has not read"


def test_mina_talks_with_two_people_and_a_group_one_of_whom_waits_for_her(demo: None) -> None:
    mina = User.objects.get(username="mina")
    conversations = room_summaries([mina])[mina.pk]
    direct = {len(room.people): room.unread for room in conversations if room.kind == "direct" and room.unread}
    assert direct == {2: 1}
    assert sorted(len(room.people) for room in conversations if room.kind == "direct") == [2, 2, 3]


@pytest.mark.parametrize("room", [*ROOMS, *CONVERSATIONS], ids=lambda room: room.talk)
def test_only_people_of_a_room_speak_in_it_and_answer_what_was_said_there(room: Any) -> None:
    found = talk(room)
    named: set[str] = set()
    for line in found.lines:
        assert line.who in (*room.people, *room.guests)
        assert line.answers is None or line.answers in named
        if line.name is not None:
            named.add(line.name)
    assert set(room.people) <= {*EVERYBODY, FORMER.username}


# --- the script -------------------------------------------------------------------------------------------------------


def test_a_talk_is_read_with_its_answers_edits_and_deletions() -> None:
    found = parse(
        "@1\n09:00 ada #idea: One\n      - and\n        two\n09:01 joon ^idea: Yes\n  ~ Yes!\n  + 👍 ada mina\n"
        "  ! ada\n"
        "09:01 ada >idea: In the thread\n@0\n09:02 ada: Oops\n  ✗\n--\n09:03 ada >>idea: New\n"
    )
    assert [(line.day, line.at, line.who, line.body) for line in found.lines] == [
        (1, time(9), "ada", "One\n- and\n  two"),
        (1, time(9, 1), "joon", "Yes"),
        (1, time(9, 1), "ada", "In the thread"),
        (0, time(9, 2), "ada", "Oops"),
        (0, time(9, 3), "ada", "New"),
    ]
    assert [line.answers for line in found.lines] == [None, "idea", "idea", None, "idea"]
    assert [line.place for line in found.lines] == ["", "^", ">", "", ">>"]
    assert found.lines[1].edited == "Yes!"
    assert found.lines[1].reactions == [("👍", "ada"), ("👍", "mina")]
    assert [line.pinned_by for line in found.lines] == [None, "ada", None, None, None]
    assert [line.deleted for line in found.lines] == [False, False, False, True, False]
    assert found.read == 3


def test_a_line_that_nobody_says_is_an_error() -> None:
    with pytest.raises(ValueError, match="Nobody says this"):
        parse("@0\nada says hello\n")


def test_working_days_skip_the_weekend() -> None:
    monday = date(2026, 3, 9)
    assert working_day(monday, 0) == monday
    assert working_day(monday, 1) == date(2026, 3, 6)
    assert working_day(monday, 6) == date(2026, 2, 27)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 3, 13, 10, 0, tzinfo=UTC), date(2026, 3, 13)),
        (datetime(2026, 3, 13, 9, 0, tzinfo=UTC), date(2026, 3, 12)),
        (datetime(2026, 3, 14, 23, 0, tzinfo=UTC), date(2026, 3, 13)),
        (datetime(2026, 3, 16, 8, 0, tzinfo=UTC), date(2026, 3, 13)),
    ],
)
def test_the_talk_ends_on_the_last_working_day_whose_hour_has_passed(now: datetime, day: date) -> None:
    assert last_day(now, time(9, 52)) == day
