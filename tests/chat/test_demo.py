"""The demo: `manage.py demo`, which `bin/run --demo` runs."""

import io
import os
import zoneinfo
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from chat.demo import team
from chat.demo.cast import CONVERSATIONS, EVERYBODY, FORMER, ROOMS
from chat.demo.script import last_day, parse, talk, working_day
from chat.models import (
    Message,
    Room,
    Space,
    User,
)

SEOUL = zoneinfo.ZoneInfo("Asia/Seoul")
A_FRIDAY_EVENING = datetime(2026, 3, 13, 18, 30, tzinfo=SEOUL)


@pytest.fixture(autouse=True)
def var_dir(tmp_path: Path, settings: Any) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path


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


# --- the cast ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("room", [*ROOMS, *CONVERSATIONS], ids=lambda room: room.talk)
def test_only_people_of_a_room_speak_in_it_and_answer_what_was_said_there(room: Any) -> None:
    found = talk(room)
    named: set[str] = set()
    for line in found.lines:
        assert line.who in (*room.people, *room.guests, *room.bots)
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
