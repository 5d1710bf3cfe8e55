"""The archive of one's own data: what is in it, who gets it, and for how long."""

import io
import json
import tracemalloc
import uuid
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from chat.derive.data_exports import ExportData, RemoveExport
from chat.models import DataExport, Due, HeldMessage, Message, Room, User
from chat.protocol.commands import NewPoll
from chat.protocol.errors import Conflict, RateLimited
from chat.queries.own_data import write_archive
from chat.services import data_exports
from chat.services.erasure import erase
from chat.services.memberships import remove_member
from chat.services.messages import edit_message, send_message
from chat.services.person_items import set_item
from chat.services.polls import send_poll, vote
from chat.services.reactions import react
from chat.services.reports import report_message
from chat.services.rooms import update_room
from chat.services.statuses import set_status
from chat.services.threads import follow_thread, reply_in_thread
from tests.harness.admin_actions import signed_in

PAGE, DOWNLOAD = "/profile/data/", "/accounts/data/download/"


@pytest.fixture(autouse=True)
def root(settings: Any, tmp_path: Path) -> Path:
    settings.EXPORTS_ROOT = tmp_path / "exports"
    return tmp_path / "exports"


def say(author: User, room: Room, body: str = "hi") -> Message:
    return send_message(author, room_id=room.pk, key=uuid.uuid4(), body=body)


def confirmed(user: User) -> Client:
    """A browser in which somebody has just entered the password."""
    client = signed_in(user)
    client.post("/accounts/reauthenticate/", {"password": user.username * 2})
    return client


def finish() -> None:
    """Do what is due now, as a process that works does."""
    for kind in (ExportData(), RemoveExport()):
        for due in Due.objects.filter(kind=kind.name, done_at=None, due_at__lte=timezone.now()):
            result: Any = kind.run(due.pk, due.args)
            with transaction.atomic():
                kind.apply(due.args, result)
                Due.objects.filter(pk=due.pk).update(done_at=timezone.now())


def opened(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def archive_of(user: User) -> dict[str, str]:
    file = io.BytesIO()
    write_archive(file, user)
    return opened(file.getvalue())


def test_the_archive_has_what_somebody_wrote_and_chose_and_nothing_of_others(
    mina: User, joon: User, general: Room
) -> None:
    said = say(mina, general, "first <b>text</b>")
    edit_message(mina, message_id=said.pk, body="second & last")
    theirs = say(joon, general, "text of joon")
    react(mina, message_id=theirs.pk, emoji="👍", on=True)
    set_item(mina, kind="draft", key=str(general.pk), value={"text": "unsent"})
    set_status(mina, emoji="", text="On a train")
    report_message(mina, message_id=theirs.pk, reason="other", note="Please look")
    poll = send_poll(joon, room_id=general.pk, key=uuid.uuid4(), body="Tea?", poll=NewPoll(choices=["Green", "Black"]))
    vote(mina, message_id=poll.pk, choices=[2])
    reply_in_thread(mina, room_id=general.pk, message_id=theirs.pk, key=uuid.uuid4(), body="in a thread")
    follow_thread(mina, room_id=Room.objects.get(parent=general).pk, on=True)
    HeldMessage.objects.create(room=general, author=mina, key=uuid.uuid4(), body="held")
    files = archive_of(mina)
    assert [held["text"] for held in json.loads(files["held_messages.json"])] == ["held"]
    assert json.loads(files["profile.json"])[0]["username"] == "mina"
    assert json.loads(files["profile.json"])[0]["status"] == "On a train"
    assert json.loads(files["votes.json"]) == [{"message": poll.pk, "choice": "Black"}]
    assert [report["note"] for report in json.loads(files["reports.json"])] == ["Please look"]
    assert [room["name"] for room in json.loads(files["rooms.json"])] == ["General"]
    assert [message["text"] for message in json.loads(files["messages.json"])] == [
        "second & last",
        "in a thread",
    ]
    assert [(row["message"], row["follows"]) for row in json.loads(files["threads.json"])] == [(theirs.pk, True)]
    assert [version["text"] for version in json.loads(files["former_texts.json"])] == ["first <b>text</b>"]
    assert [reaction["emoji"] for reaction in json.loads(files["reactions.json"])] == ["👍"]
    assert "unsent" in files["settings_and_drafts.json"]
    assert "second &amp; last" in files["index.html"]
    assert "<h2>General</h2>" in files["index.html"]
    assert "<h2>Thread: General</h2>" in files["index.html"]
    assert not any("text of joon" in content or mina.password in content for content in files.values())


def test_an_empty_archive_is_complete(mina: User) -> None:
    files = archive_of(mina)
    assert json.loads(files["messages.json"]) == []
    assert "You have written no messages." in files["index.html"]


def test_the_archive_does_not_tell_the_new_name_of_a_room_that_somebody_was_removed_from(
    mina: User, joon: User, founders: Room
) -> None:
    say(joon, founders, "mine")
    remove_member(mina, room_id=founders.pk, user_id=joon.pk)
    update_room(mina, room_id=founders.pk, name="Layoffs", topic="")
    files = archive_of(joon)
    assert "mine" in files["messages.json"]
    assert not any("Layoffs" in content for content in files.values())


@pytest.mark.once
def test_memory_does_not_grow_with_the_number_of_messages(mina: User, general: Room, tmp_path: Path) -> None:
    now = timezone.now()
    facts = {"room": general, "author": mina, "revision": 1, "created_at": now, "body": "x" * 10_000}
    for start in range(0, 3_000, 500):
        Message.objects.bulk_create(Message(position=start + n, key=uuid.uuid4(), **facts) for n in range(500))
    tracemalloc.start()
    try:
        with (tmp_path / "archive.zip").open("wb") as file:
            write_archive(file, mina)
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 3_000 * 10_000 / 2


def test_its_owner_prepares_and_downloads_it_after_entering_the_password(mina: User, joon: User, general: Room) -> None:
    say(mina, general, "hello")
    assert signed_in(mina).get(PAGE).headers["Location"].startswith("/accounts/reauthenticate/")
    client = confirmed(mina)
    assert "Prepare your data" in client.get(PAGE).content.decode()
    assert "is being prepared" in client.post(PAGE, follow=True).content.decode()
    assert client.get(DOWNLOAD).status_code == 404
    finish()
    assert DOWNLOAD in client.get(PAGE).content.decode()
    response: Any = client.get(DOWNLOAD)
    assert "attachment" in response.headers["Content-Disposition"]
    assert "no-store" in response.headers["Cache-Control"]
    assert "hello" in opened(b"".join(response.streaming_content))["messages.json"]
    assert confirmed(joon).get(DOWNLOAD).status_code == 404
    assert Client().get(DOWNLOAD).headers["Location"].startswith("/accounts/login/")


def test_only_the_site_can_read_the_file(mina: User, root: Path) -> None:
    data_exports.request_export(mina)
    finish()
    [file] = root.iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert root.stat().st_mode & 0o077 == 0


@pytest.mark.django_db(transaction=True)
def test_it_is_gone_after_some_days(mina: User, root: Path) -> None:
    data_exports.request_export(mina)
    finish()
    [due] = Due.objects.filter(kind="remove_export")
    assert due.due_at > timezone.now() + timedelta(days=6)
    Due.objects.filter(pk=due.pk).update(due_at=timezone.now())
    finish()
    assert not DataExport.objects.exists()
    assert list(root.iterdir()) == []
    assert confirmed(mina).get(DOWNLOAD).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_new_one_replaces_the_former_and_one_is_prepared_at_a_time(mina: User, root: Path) -> None:
    data_exports.request_export(mina)
    with pytest.raises(Conflict, match="already"):
        data_exports.request_export(mina)
    finish()
    before = set(root.iterdir())
    data_exports.request_export(mina)
    finish()
    after = set(root.iterdir())
    assert len(after) == 1
    assert not before & after
    DataExport.objects.update(requested_at=timezone.now() - timedelta(days=2), ready_at=None)
    data_exports.request_export(mina)
    DataExport.objects.update(ready_at=timezone.now())
    with pytest.raises(RateLimited):
        data_exports.request_export(mina)


def test_a_try_after_a_kill_leaves_one_file(mina: User, root: Path) -> None:
    export = data_exports.request_export(mina)
    key = uuid.uuid4()
    root.mkdir()
    (root / f"{key}.abc.part").write_text("half")
    for _try in range(2):
        data_exports.write_export(key, export_id=export.pk, language="ko")
    assert [file.name for file in root.iterdir()] == [f"{key}.zip"]


@pytest.mark.django_db(transaction=True)
def test_erasing_the_account_removes_it_even_while_it_is_being_written(mina: User, root: Path) -> None:
    data_exports.request_export(mina)
    finish()
    erase(mina, user_id=mina.pk, own_messages="keep")
    assert list(root.iterdir()) == []
    export = DataExport.objects.create(user=mina)
    written = data_exports.write_export(uuid.uuid4(), export_id=export.pk, language="en")
    export.delete()
    data_exports.finish_export(written, export_id=export.pk or 0)
    assert list(root.iterdir()) == []
