"""Files go with their messages: from every table, from the storage, and from what is uploaded."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db.models.functions import Now
from django.utils import timezone

from chat.derive.due_kind import DueKind
from chat.derive.due_runner import DueRunner
from chat.derive.erasure import EraseAccount
from chat.models import Due, Message, Room, User
from chat.protocol.errors import Invalid
from chat.queries import rooms
from chat.services.deleted_rooms import finish_deletions
from chat.services.erasure import OwnMessages, erase
from chat.services.messages import delete_message, edit_message, send_message
from chat.services.rooms import archive_room, delete_room
from chat.services.threads import reply_in_thread
from files import parts
from files.due_kinds import KINDS
from files.models import Attachment
from files.services import finishing, uploads
from files.storage import Variant, storage, stored_name
from tests.harness.stored import files_with, tables_with

pytestmark = pytest.mark.django_db

SECRET = "xyzzy"


def uploaded(
    author: User, room: Room | None, *, name: str = f"{SECRET}.txt", content: bytes = f"it says {SECRET}".encode()
) -> Attachment:
    """A file that is ready, with a thumbnail, as far as the storage knows."""
    file = uploads.begin_upload(author, room_id=None if room is None else room.pk, name=name, size=len(content))
    uploads.append_part(author, file=file.pk, offset=0, pieces=[content])
    finishing.finish(file.pk)
    storage().save(stored_name(file.pk, Variant.SMALL), ContentFile(f"small {SECRET}".encode()))
    return Attachment.objects.get(pk=file.pk)


def say(author: User, room: Room, *files: Attachment, body: str = "", **more: Any) -> Message:
    return send_message(author, room_id=room.pk, key=uuid.uuid4(), body=body, files=[file.pk for file in files], **more)


def run_due(*more: DueKind[Any]) -> None:
    """Do what is due now, as a process that works does."""
    runner = DueRunner({kind.name: kind for kind in (*KINDS, *more)})
    while runner.step():
        pass


def is_nowhere(roots: Path) -> bool:
    return tables_with(SECRET) == set() and files_with(SECRET, roots) == []


def test_a_deleted_message_leaves_nothing_of_its_files(mina: User, joon: User, general: Room, roots: Path) -> None:
    said = say(mina, general, uploaded(mina, general), uploaded(mina, general))
    say(joon, general, body="an answer", reply_to=said.pk)
    rooms.room_summaries([joon])
    assert tables_with(SECRET) == {"chat_message", "files_attachment", "files_filetext"}
    assert len(files_with(SECRET, roots)) == 4
    delete_message(mina, message_id=said.pk)
    assert tables_with(SECRET) == set()
    run_due()
    assert is_nowhere(roots)
    assert SECRET not in rooms.open_room(joon, room_id=general.pk).encode()
    assert SECRET not in "".join(summary.encode() for summary in rooms.room_summaries([joon])[joon.pk])


def test_a_deleted_reply_takes_the_files_of_its_copy_along(mina: User, joon: User, general: Room, roots: Path) -> None:
    asked = say(joon, general, body="?")
    where: dict[str, Any] = {"room_id": general.pk, "message_id": asked.pk, "key": uuid.uuid4(), "body": ""}
    reply = reply_in_thread(mina, **where, also_in_room=True, files=[uploaded(mina, general).pk])
    copy = Message.objects.get(room=general, position=2)
    delete_message(mina, message_id=reply.pk)
    copy.refresh_from_db()
    run_due()
    assert copy.is_deleted
    assert is_nowhere(roots)


def test_a_deleted_copy_leaves_the_files_to_the_reply(mina: User, joon: User, general: Room, roots: Path) -> None:
    asked = say(joon, general, body="?")
    where: dict[str, Any] = {"room_id": general.pk, "message_id": asked.pk, "key": uuid.uuid4(), "body": ""}
    reply_in_thread(mina, **where, also_in_room=True, files=[uploaded(mina, general).pk])
    delete_message(mina, message_id=Message.objects.get(room=general, position=2).pk)
    run_due()
    assert Attachment.objects.count() == 1
    assert len(files_with(SECRET, roots)) == 2


def test_an_edited_message_keeps_its_files_and_may_lose_its_text(mina: User, general: Room) -> None:
    said = say(mina, general, uploaded(mina, general), body="Look")
    shown = said.extras
    edited = edit_message(mina, message_id=said.pk, body="  ")
    assert (edited.body, edited.extras) == ("", shown)
    plain = say(mina, general, body="Look")
    with pytest.raises(Invalid):
        edit_message(mina, message_id=plain.pk, body="  ")


def test_a_deleted_room_takes_its_files_along_with_those_of_its_threads(
    mina: User, joon: User, general: Room, roots: Path
) -> None:
    asked = say(mina, general, *(uploaded(mina, general) for _number in range(3)))
    where: dict[str, Any] = {"room_id": general.pk, "message_id": asked.pk, "key": uuid.uuid4(), "body": ""}
    reply_in_thread(mina, **where, files=[uploaded(mina, general).pk])
    uploaded(joon, general)
    archive_room(mina, room_id=general.pk)
    delete_room(mina, room_id=general.pk)
    run_due()
    finish_deletions()
    assert is_nowhere(roots)


@pytest.mark.parametrize("rooms_first", [True, False])
def test_it_does_not_matter_whether_messages_or_files_of_a_deleted_room_go_first(
    mina: User, general: Room, roots: Path, rooms_first: bool
) -> None:
    say(mina, general, uploaded(mina, general))
    archive_room(mina, room_id=general.pk)
    delete_room(mina, room_id=general.pk)
    for act in (finish_deletions, run_due) if rooms_first else (run_due, finish_deletions):
        act()
    assert is_nowhere(roots)
    assert not Room.deleted.exists()


def test_an_erased_account_takes_its_files_along(mina: User, joon: User, general: Room, roots: Path) -> None:
    say(joon, general, uploaded(joon, general))
    uploaded(joon, general)
    erase(joon, user_id=joon.pk, own_messages=OwnMessages.DELETE)
    run_due(EraseAccount())
    assert is_nowhere(roots)


def test_an_erased_account_that_leaves_its_messages_leaves_their_files(
    mina: User, joon: User, general: Room, roots: Path
) -> None:
    sent = uploaded(joon, general)
    say(joon, general, sent)
    uploaded(joon, general)
    erase(joon, user_id=joon.pk, own_messages=OwnMessages.KEEP)
    run_due()
    assert list(Attachment.objects.all()) == [sent]
    assert len(files_with(SECRET, roots)) == 2


@contextmanager
def storage_away(roots: Path) -> Iterator[None]:
    """A storage that cannot be reached."""
    (roots / "files").rename(roots / "elsewhere")
    (roots / "files").write_text("not a folder")
    try:
        yield
    finally:
        (roots / "files").unlink()
        (roots / "elsewhere").rename(roots / "files")


def test_while_the_storage_is_away_removal_waits_and_follows_soon_after(mina: User, general: Room, roots: Path) -> None:
    said = say(mina, general, uploaded(mina, general))
    delete_message(mina, message_id=said.pk)
    with storage_away(roots):
        for _try in range(20):
            Due.objects.update(due_at=Now())
            run_due()
        waiting = Due.objects.get(kind="remove_files")
        assert (waiting.done_at, waiting.failed_at) == (None, None)
        assert (waiting.due_at - timezone.now()).total_seconds() <= 60
    Due.objects.update(due_at=Now())
    run_due()
    assert is_nowhere(roots)


def test_while_the_storage_is_away_an_upload_waits(mina: User, general: Room, roots: Path) -> None:
    storage().save("x", ContentFile(b"x"))
    file = uploads.begin_upload(mina, room_id=general.pk, name="a.txt", size=3)
    uploads.append_part(mina, file=file.pk, offset=0, pieces=[b"abc"])
    with storage_away(roots), pytest.raises(OSError, match=r".*"):
        finishing.finish(file.pk)
    assert parts.offset_of(file.pk) == 3
    Attachment.objects.update(leased_until=None)  # as soon as the turn that failed has ended
    Due.objects.update(due_at=Now())
    run_due()
    file.refresh_from_db()
    assert file.state == "ready"


def test_a_cancelled_file_that_was_being_stored_is_removed_afterwards(mina: User, general: Room, roots: Path) -> None:
    file = uploads.begin_upload(mina, room_id=general.pk, name="a.txt", size=3)
    uploads.append_part(mina, file=file.pk, offset=0, pieces=[b"abc"])
    uploads.cancel_upload(mina, file=file.pk)
    run_due()
    assert Due.objects.filter(kind="remove_files", done_at=None).count() == 1
    storage().save(stored_name(file.pk), ContentFile(SECRET.encode()))  # by the process that was storing it
    Due.objects.update(due_at=Now())
    run_due()
    assert files_with(SECRET, roots) == []
