"""Files of messages that wait for a decision, and what the archive of one's own data has of them."""

import io
import json
import uuid
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chat.models import Due, HeldMessage, Message, Room, User
from chat.protocol.errors import Conflict, Forbidden, Held, Invalid, Muted
from chat.queries.own_data import write_archive
from chat.queries.rooms import room_summaries
from chat.services.direct import send_direct
from chat.services.held_decisions import decline_held, post_held
from chat.services.messages import send_message
from chat.services.quotes import quote_of
from chat.services.sanctions import mute_member
from chat.services.threads import reply_in_thread
from files.models import Attachment
from files.services import uploads
from files.services.late_facts import add_facts
from files.services.removal import is_held
from tests.files.test_deletion import say, uploaded
from tests.harness.admin_actions import signed_in
from tests.harness.files import png
from tests.harness.space import set_space

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(mina: User) -> User:
    User.objects.filter(pk=mina.pk).update(is_superuser=True, is_staff=True)
    mina.refresh_from_db()
    return mina


def hold_back() -> None:
    set_space(blocked_words=["grapefruit"], blocked_words_act="hold")


def test_the_files_of_a_held_message_wait_with_it(boss: User, joon: User, general: Room) -> None:
    hold_back()
    files = [uploaded(joon, general) for _number in range(2)]
    with pytest.raises(Held):
        say(joon, general, *files, body="a grapefruit")
    assert all(map(is_held, files))
    with pytest.raises(Conflict):
        uploads.cancel_upload(joon, file=files[0].pk)
    post_held(boss, held_id=HeldMessage.objects.get().pk)
    message = Message.objects.get(room=general)
    assert [file["id"] for file in message.extras["attachments"]] == [str(file.pk) for file in files]
    assert Attachment.objects.filter(message=message).count() == 2


def test_the_files_of_a_held_reply_in_a_thread_wait_with_it(boss: User, joon: User, general: Room) -> None:
    hold_back()
    asked = say(boss, general, body="?")
    file = uploaded(joon, general)
    with pytest.raises(Held):
        reply_in_thread(
            joon, room_id=general.pk, message_id=asked.pk, key=uuid.uuid4(), body="grapefruit", files=[file.pk]
        )
    post_held(boss, held_id=HeldMessage.objects.get().pk)
    file.refresh_from_db()
    assert file.message is not None
    assert file.message.body == "grapefruit"


def test_the_files_of_a_declined_message_are_removed(boss: User, joon: User, general: Room) -> None:
    hold_back()
    with pytest.raises(Held):
        say(joon, general, uploaded(joon, general), body="grapefruit")
    decline_held(boss, held_id=HeldMessage.objects.get().pk)
    assert not Attachment.objects.exists()


def test_a_word_in_the_name_of_a_file_counts_as_one_in_the_text(boss: User, joon: User, general: Room) -> None:
    hold_back()
    asked = say(boss, general, body="?")
    fine, bad = uploaded(joon, general, name="notes.txt"), uploaded(joon, general, name="my GRAPEFRUIT_2.txt")
    with pytest.raises(Held):
        say(joon, general, fine, bad, body="Look")
    assert HeldMessage.objects.get().files == [str(fine.pk), str(bad.pk)]
    other = uploaded(joon, general, name="Grape\u200bfruit.txt")
    reply: dict[str, Any] = {"room_id": general.pk, "message_id": asked.pk, "key": uuid.uuid4(), "body": ""}
    with pytest.raises(Held):
        reply_in_thread(joon, **reply, files=[other.pk])
    say(joon, general, uploaded(joon, general, name="pear.txt"))


def test_a_word_in_the_name_of_a_file_begins_no_conversation(boss: User, joon: User, general: Room) -> None:
    hold_back()
    file = uploaded(joon, None, name="grapefruit.txt")
    with pytest.raises(Forbidden):
        send_direct(joon, people=[boss.pk], key=uuid.uuid4(), body="", files=[file.pk])
    assert not Room.objects.filter(kind=Room.Kind.DIRECT).exists()
    assert not HeldMessage.objects.exists()


def test_the_names_of_files_of_others_are_not_looked_up(boss: User, joon: User, general: Room) -> None:
    hold_back()
    of_others = uploaded(boss, general, name="grapefruit.txt")
    with pytest.raises(Invalid):  # and not Held, which would tell the name
        say(joon, general, of_others, body="Look")


@pytest.fixture
def held_files(boss: User, joon: User, general: Room) -> list[Attachment]:
    """A document and a picture of a message that waits."""
    hold_back()
    files = [
        uploaded(joon, general, name="가격표 <b>.txt"),
        uploaded(joon, general, name="a grapefruit.png", content=png(900, 700)),
    ]
    with pytest.raises(Held):
        say(joon, general, *files)
    return files


def page_of_held(client: Client) -> str:
    held = HeldMessage.objects.get()
    return client.get(reverse("admin:chat_heldmessage_change", args=[held.pk])).content.decode()


def test_who_decides_about_a_message_sees_its_files(boss: User, held_files: list[Attachment]) -> None:
    text, picture = held_files
    client = signed_in(boss)
    page = page_of_held(client)
    assert "<mark>grapefruit</mark>" in page
    assert "가격표 &lt;b&gt;.txt" in page
    assert f'href="/files/{text.pk}/' in page
    assert f'src="/files/{picture.pk}/small/"' in page
    assert "picture ·" in page
    assert "2 files" in client.get(reverse("admin:chat_heldmessage_changelist")).content.decode()


def test_only_who_decides_about_a_message_reads_its_files(
    boss: User, joon: User, stranger: User, general: Room, held_files: list[Attachment]
) -> None:
    readable = Attachment.objects.filter(pk__in=[file.pk for file in held_files])
    assert readable.reviewable_by(boss).count() == 2
    assert not readable.reviewable_by(stranger).exists()
    assert not readable.reviewable_by(joon).exists()
    User.objects.filter(pk=boss.pk).update(rights_suspended=True)
    boss.refresh_from_db()
    assert not readable.reviewable_by(boss).exists()


def test_once_it_is_decided_only_those_in_the_room_read_the_files(
    boss: User, joon: User, general: Room, held_files: list[Attachment]
) -> None:
    decline_held(boss, held_id=HeldMessage.objects.get().pk)
    assert not Attachment.objects.reviewable_by(boss).exists()
    assert not Attachment.objects.exists()
    assert Due.objects.filter(kind="remove_files").exists()


def test_a_file_that_was_never_held_is_not_for_administrators(boss: User, joon: User, general: Room) -> None:
    uploaded(joon, general)
    assert not Attachment.objects.reviewable_by(boss).exists()


def test_what_cannot_be_sent_is_not_held_either(boss: User, joon: User, general: Room) -> None:
    hold_back()
    with pytest.raises(Invalid):
        say(joon, general, uploaded(boss, general), body="grapefruit")
    assert not HeldMessage.objects.exists()


def test_a_refused_message_leaves_its_files_to_be_sent_again(boss: User, joon: User, general: Room) -> None:
    file = uploaded(joon, general)
    mute_member(boss, room_id=general.pk, user_id=joon.pk, until=timezone.now() + timedelta(hours=1))
    with pytest.raises(Muted):
        say(joon, general, file)
    file.refresh_from_db()
    assert (file.message, file.state) == (None, "ready")


def test_late_facts_appear_in_the_message_and_its_copy(mina: User, general: Room) -> None:
    asked, file = say(mina, general, body="?"), uploaded(mina, general)
    add_facts(file.pk, {"blur": "00"})
    reply = reply_in_thread(
        mina,
        room_id=general.pk,
        message_id=asked.pk,
        key=uuid.uuid4(),
        body="",
        also_in_room=True,
        files=[file.pk],
    )
    assert reply.extras["attachments"][0]["blur"] == "00"
    assert add_facts(file.pk, {"poster": True})
    for message in Message.objects.exclude(pk=asked.pk).filter(kind="text"):
        assert message.extras["attachments"][0]["poster"] is True
        assert message.text_revision < message.revision
    assert not add_facts(uuid.uuid4(), {"poster": True})


def test_a_quote_says_how_many_files_the_message_has(mina: User, joon: User, general: Room) -> None:
    said = say(mina, general, uploaded(mina, general), uploaded(mina, general))
    answer = say(joon, general, body="Thanks", reply_to=said.pk)
    assert answer.extras["quote"] == {"id": said.pk, "author": mina.pk, "position": 1, "text": "", "files": 2}
    answer.refresh_from_db()
    assert answer.extras["quote"] == quote_of(said)


def test_the_list_of_rooms_says_what_a_message_carries(mina: User, general: Room) -> None:
    say(mina, general, uploaded(mina, general, name="가격표.txt"), uploaded(mina, general))
    (summary,) = room_summaries([mina])[mina.pk]
    assert summary.last_message is not None
    assert summary.last_message.files is not None
    assert summary.last_message.files.model_dump() == {"name": "가격표.txt", "count": 2, "kind": "text"}


def test_the_archive_of_ones_own_data_has_ones_files_and_not_those_of_others(
    mina: User, joon: User, general: Room
) -> None:
    sent, unsent = uploaded(mina, general, name="가격표.txt"), uploaded(mina, general)
    say(mina, general, sent)
    say(joon, general, uploaded(joon, general))
    file = io.BytesIO()
    write_archive(file, mina)
    with zipfile.ZipFile(file) as archive:
        rows = json.loads(archive.read("files.json"))
        assert {row["path"] for row in rows} == {f"files/{sent.pk}/가격표.txt", f"files/{unsent.pk}/xyzzy.txt"}
        assert {name for name in archive.namelist() if name.startswith("files/")} == {row["path"] for row in rows}
        assert archive.read(f"files/{sent.pk}/가격표.txt") == b"it says xyzzy"


def test_resending_a_key_in_a_transaction_of_another_is_harmless(mina: User, general: Room) -> None:
    file, key = uploaded(mina, general), uuid.uuid4()
    first = send_message(mina, room_id=general.pk, key=key, body="", files=[file.pk])
    assert send_message(mina, room_id=general.pk, key=key, body="", files=[file.pk]) == first
