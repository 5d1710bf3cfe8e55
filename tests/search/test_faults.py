"""A process that is killed anywhere, and a file that is missing, damaged, old or of another database."""

import sqlite3
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from chat.models import DeriverState, Message, Room, User
from chat.protocol.errors import Unavailable
from chat.services.deleted_rooms import finish_deletions
from chat.services.messages import delete_message, edit_message, send_message
from chat.services.rooms import archive_room, delete_room
from chat.services.spaces import begin_epoch
from search import deriver as deriver_module
from search import progress
from search.command import Search, search
from search.deriver import search_deriver
from search.index import the_index
from search.index_file import IndexFile, the_file
from search.rebuilding import rebuild
from tests.harness.deriving import KilledError, at_statement, catch_up, die, runner_of
from tests.harness.search_index import rebuilt, stored

Say = Callable[..., Any]
Find = Callable[..., list[str]]
Derive = Callable[[], None]

only_file = pytest.mark.once
STATEMENTS = 60


@pytest.fixture(autouse=True)
def _tidies_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deriver_module, "TIDY_SECONDS", 0.0)


def catch_up_twice() -> None:
    """Catch up with a process that has just started; the second time it tidies what was edited."""
    for _ in range(2):
        catch_up(runner_of(search_deriver()))


@pytest.fixture
def said(mina: User, general: Room, derive: Derive) -> list[Message]:
    """Messages that the index has, and changes of them that it has not."""
    messages = [
        send_message(mina, room_id=general.pk, key=uuid.uuid4(), body=f"number {number} 번호") for number in range(6)
    ]
    derive()
    edit_message(mina, message_id=messages[0].pk, body="changed")
    delete_message(mina, message_id=messages[1].pk)
    send_message(mina, room_id=general.pk, key=uuid.uuid4(), body="the last one")
    return messages


@pytest.mark.parametrize("number", range(1, STATEMENTS, 3))
@pytest.mark.usefixtures("said")
def test_a_process_killed_before_any_statement_leaves_an_index_that_equals_a_rebuilt_one(number: int) -> None:
    with suppress(KilledError), at_statement(number, die):
        catch_up(runner_of(search_deriver()))
    catch_up_twice()
    assert stored() == rebuilt()


@only_file
@pytest.mark.parametrize("method", ["add", "note_stale", "move", "replace", "create", "settle"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.usefixtures("said")
def test_a_process_killed_while_it_writes_the_file_leaves_one_that_equals_a_rebuilt_one(
    method: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = getattr(IndexFile, method)

    def killed(*args: Any) -> None:
        if when == "after":
            original(*args)
        die()

    if method == "create":
        the_file().discard()
    with monkeypatch.context() as patch:
        patch.setattr(IndexFile, method, killed)
        with pytest.raises(KilledError):
            catch_up_twice()
    the_file().close()
    catch_up_twice()
    assert stored() == rebuilt()


def missing(path: Path) -> None:
    path.unlink()


def damaged(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"x" * 200)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def of_another_database(path: Path) -> None:
    begin_epoch()


def of_an_earlier_version(path: Path) -> None:
    with sqlite3.connect(path) as held:
        held.execute("UPDATE meta SET version = 0")
    held.close()


@only_file
@pytest.mark.parametrize("fault", [missing, damaged, empty, of_another_database, of_an_earlier_version])
def test_a_file_that_is_of_no_use_is_built_again_by_itself(
    mina: User, said: list[Message], derive: Derive, fault: Callable[[Path], None], find: Find
) -> None:
    the_file().close()
    fault(Path(settings.SEARCH_FILE))
    derive()
    derive()
    assert stored() == rebuilt()
    assert find(mina, "last") == ["the last one"]


@only_file
def test_damage_in_the_middle_of_the_file_is_noticed_by_who_searches(
    mina: User, general: Room, derive: Derive, find: Find
) -> None:
    for number in range(300):
        send_message(mina, room_id=general.pk, key=uuid.uuid4(), body=f"number{number} " + "x" * number)
    derive()
    the_file().settle()
    the_file().close()
    path = Path(settings.SEARCH_FILE)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    for query in ("number7", "xxxx"):
        with suppress(Unavailable):
            find(mina, query)
    derive()
    derive()
    assert stored() == rebuilt()
    assert len(find(mina, "number7")) == 11


@only_file
def test_an_older_file_that_somebody_put_in_place_is_caught_up(
    mina: User, general: Room, say: Say, derive: Derive, find: Find
) -> None:
    say(mina, general, "early")
    the_file().settle()
    kept = Path(settings.SEARCH_FILE).read_bytes()
    say(mina, general, "late")
    the_file().discard()
    Path(settings.SEARCH_FILE).write_bytes(kept)
    catch_up(runner_of(search_deriver()))
    assert sorted(find(mina, "in:general")) == ["early", "late"]


@only_file
def test_a_search_without_a_file_says_that_the_index_is_being_built(
    mina: User, general: Room, say: Say, derive: Derive
) -> None:
    say(mina, general, "hello")
    assert search(mina, Search(type="search", query="hello")).building is None
    the_file().discard()
    progress.forget()
    reply = search(mina, Search(type="search", query="hello"))
    assert (list(reply.hits), reply.building) == ([], 0.0)
    derive()
    progress.forget()
    assert search(mina, Search(type="search", query="hello")).building is None


def test_progress_is_said_while_much_is_missing(
    mina: User, general: Room, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "BEHIND", 2)
    say(mina, general, "hello")
    for number in range(7):
        send_message(mina, room_id=general.pk, key=uuid.uuid4(), body=f"number {number}")
    progress.forget()
    building = search(mina, Search(type="search", query="hello")).building
    assert building is not None
    assert 0 < building < 1


@only_file
def test_the_file_is_readable_by_its_owner_only(mina: User, general: Room, say: Say) -> None:
    say(mina, general, "hello")
    place = Path(settings.SEARCH_FILE)
    assert {oct(path.stat().st_mode & 0o777) for path in place.parent.glob(f"{place.name}*")} == {"0o600"}


@pytest.fixture
def old(mina: User, general: Room, say: Say) -> int:
    """The epoch of an index."""
    say(mina, general, "hello")
    return DeriverState.objects.get(name="search").epoch


def test_the_command_builds_the_index_again(
    mina: User, general: Room, old: int, find: Find, capsys: pytest.CaptureFixture[str]
) -> None:
    send_message(mina, room_id=general.pk, key=uuid.uuid4(), body="another one")
    call_command("search_rebuild")
    assert "complete" in capsys.readouterr().out
    assert DeriverState.objects.get(name="search").epoch > old
    assert stored() == rebuilt()
    assert find(mina, "another") == ["another one"]


def test_the_command_builds_an_index_that_there_never_was(mina: User, general: Room, find: Find) -> None:
    send_message(mina, room_id=general.pk, key=uuid.uuid4(), body="the first one")
    call_command("search_rebuild")
    assert stored() == rebuilt()
    assert find(mina, "first") == ["the first one"]


def test_what_changes_while_the_index_is_built_is_in_it(mina: User, general: Room, say: Say, find: Find) -> None:
    edited, deleted = say(mina, general, "before"), say(mina, general, "gone")
    for _step in rebuild():
        edit_message(mina, message_id=edited.pk, body="afterwards")
        delete_message(mina, message_id=deleted.pk)
        send_message(mina, room_id=general.pk, key=uuid.uuid4(), body="meanwhile")
    catch_up_twice()
    assert stored() == rebuilt()
    assert find(mina, "meanwhile") == ["meanwhile"]


@pytest.mark.django_db(transaction=True)
def test_one_process_builds_an_index_at_a_time(
    mina: User, general: Room, derive: Derive, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused() -> str:
        try:
            with pytest.raises(CommandError) as error:
                call_command("search_rebuild")
            return str(error.value)
        finally:
            connection.close()

    send_message(mina, room_id=general.pk, key=uuid.uuid4(), body="hello")
    derive()
    with the_index().new(), ThreadPoolExecutor(1) as pool:
        assert pool.submit(refused).result() == "Another process is building the index."
    call_command("search_rebuild")
    assert "complete" in capsys.readouterr().out


def test_what_a_killed_rebuild_left_is_removed(mina: User, general: Room, say: Say, find: Find) -> None:
    say(mina, general, "hello")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE search_newtokens (message_id int, tokens text, other text)")
    else:
        Path(f"{settings.SEARCH_FILE}.building").write_bytes(b"x" * 5_000)
        Path(f"{settings.SEARCH_FILE}.building-wal").write_bytes(b"x" * 5_000)
    call_command("search_rebuild")
    assert stored() == rebuilt()
    assert find(mina, "hello") == ["hello"]


def test_messages_of_a_room_that_is_removed_while_the_index_is_built_are_not_in_it(
    mina: User, general: Room, founders: Room, say: Say, derive: Derive
) -> None:
    say(mina, general, "hello")
    say(mina, founders, "gone")
    steps = rebuild()
    next(steps)
    archive_room(mina, room_id=founders.pk)
    delete_room(mina, room_id=founders.pk)
    finish_deletions()
    list(steps)
    derive()
    derive()
    assert stored() == rebuilt()


def test_a_rewound_deriver_builds_the_index_again(mina: User, old: int, derive: Derive, find: Find) -> None:
    call_command("derive", "--rewind", "search")
    derive()
    assert stored() == rebuilt()
    assert find(mina, "hello") == ["hello"]
