"""The former texts of edited messages: which are kept, who may read them, and that a deletion deletes them."""

import uuid
from datetime import timedelta
from functools import partial

import pytest
from django.core.management import call_command
from django.utils import timezone

from chat.handlers import handle
from chat.models import Message, MessageVersion, Room, User
from chat.models.message import BODY_CHARS
from chat.protocol.commands import parse
from chat.protocol.errors import Conflict, Forbidden, NotFound, RateLimited
from chat.protocol.limits import OUTBOUND_FRAME_BYTES, VERSIONS_PER_MINUTE
from chat.protocol.shapes import timestamp
from chat.queries.versions import versions
from chat.services import quotas
from chat.services.memberships import join_room, leave_room
from chat.services.messages import delete_message, edit_message, send_message
from chat.services.rooms import archive_room
from chat.services.versions import MOST_VERSIONS
from tests.harness.threads import at_once


def say(author: User, room: Room, body: str = "one") -> Message:
    return send_message(author, room_id=room.pk, key=uuid.uuid4(), body=body)


def edit(actor: User, message: Message, *bodies: str) -> None:
    for body in bodies:
        edit_message(actor, message_id=message.pk, body=body)


def texts(reader: User, message: Message) -> list[tuple[int, str]]:
    return [(version.number, version.body) for version in versions(reader, message_id=message.pk).versions]


def test_an_edit_keeps_the_text_that_it_replaces(mina: User, joon: User, general: Room) -> None:
    said = say(mina, general)
    assert texts(joon, said) == [(1, "one")]
    edit(mina, said, "two", "three")
    assert texts(joon, said) == [(1, "one"), (2, "two"), (3, "three")]


def test_a_text_has_the_time_at_which_it_was_written(mina: User, general: Room) -> None:
    said, later = say(mina, general), timezone.now() + timedelta(hours=1)
    edit_message(mina, message_id=said.pk, body="two", at=later)
    reply = versions(mina, message_id=said.pk)
    said.refresh_from_db()
    assert [version.written_at for version in reply.versions] == [timestamp(said.created_at), timestamp(later)]
    assert (reply.id, reply.revision) == (said.pk, said.revision)


def test_an_equal_text_is_no_edit(mina: User, general: Room) -> None:
    said = say(mina, general)
    edit(mina, said, "one", "one ")
    assert not MessageVersion.objects.exists()


def test_the_original_and_the_latest_texts_are_kept(mina: User, general: Room) -> None:
    said, edits = say(mina, general, "0"), MOST_VERSIONS + 5
    edit(mina, said, *map(str, range(1, edits + 1)))
    assert said.versions.count() == MOST_VERSIONS
    kept = texts(mina, said)
    assert kept[0] == (1, "0")
    assert kept[1:] == [(number, str(number - 1)) for number in range(edits - MOST_VERSIONS + 2, edits + 2)]


def test_a_message_edited_before_texts_were_kept_has_no_original(mina: User, general: Room) -> None:
    said = say(mina, general)
    Message.objects.filter(pk=said.pk).update(edited_at=timezone.now())
    assert texts(mina, said) == [(2, "one")]
    edit(mina, said, "two")
    assert texts(mina, said) == [(2, "one"), (3, "two")]


def test_as_many_texts_are_returned_as_fit_into_a_frame(mina: User, general: Room) -> None:
    said = say(mina, general, "0" + "\x01" * (BODY_CHARS - 1))
    edit(mina, said, *(f"{number}" + "\x01" * (BODY_CHARS - 1) for number in range(1, 10)))
    reply = versions(mina, message_id=said.pk)
    assert len(reply.encode().encode()) < OUTBOUND_FRAME_BYTES
    assert [version.number for version in reply.versions] == [1, *range(4, 11)]


# --- who may read them ------------------------------------------------------------------------------------------------


def test_whoever_may_read_the_message_may_read_its_former_texts(
    mina: User, joon: User, stranger: User, keeper: User, general: Room, founders: Room
) -> None:
    public, private = say(mina, general), say(mina, founders)
    for outsider in (stranger, keeper):
        with pytest.raises(Forbidden):
            versions(outsider, message_id=public.pk)
        with pytest.raises(NotFound):
            versions(outsider, message_id=private.pk)
    archive_room(mina, room_id=founders.pk)
    assert texts(joon, private) == [(1, "one")]
    leave_room(joon, room_id=general.pk)
    with pytest.raises(Forbidden):
        versions(joon, message_id=public.pk)
    join_room(stranger, room_id=general.pk)
    assert texts(stranger, public) == [(1, "one")]
    with pytest.raises(NotFound):
        versions(mina, message_id=public.pk + 1000)


def test_a_person_reads_them_so_often_in_a_minute(mina: User, general: Room) -> None:
    command = parse(f'{{"type": "versions", "message": {say(mina, general).pk}}}')
    handle(mina, command)
    for _time in range(VERSIONS_PER_MINUTE - 1):
        quotas.VERSIONS.take(mina)  # faster than a second, after which there would be another one
    with pytest.raises(RateLimited):
        handle(mina, command)


# --- deletion ---------------------------------------------------------------------------------------------------------


def test_the_deletion_of_a_message_deletes_its_former_texts(mina: User, general: Room) -> None:
    said, other = say(mina, general), say(mina, general, "other")
    edit(mina, said, "two")
    edit(mina, other, "another")
    delete_message(mina, message_id=said.pk)
    assert list(MessageVersion.objects.values_list("message", "body")) == [(other.pk, "other")]
    with pytest.raises(Conflict):
        versions(mina, message_id=said.pk)


def test_purge_deletes_what_an_earlier_version_of_the_site_left(mina: User, general: Room) -> None:
    said = say(mina, general)
    edit(mina, said, "two")
    Message.objects.update(body="", deleted_at=timezone.now())
    call_command("purge")
    assert not MessageVersion.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_edits_at_once_lose_no_text(mina: User, general: Room) -> None:
    said = say(mina, general, "edit 0")
    calls = [partial(edit_message, mina, message_id=said.pk, body=f"edit {number}") for number in range(1, 9)]
    outcomes = at_once(*calls)
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    reply = versions(mina, message_id=said.pk)
    assert [version.number for version in reply.versions] == list(range(1, 10))
    assert {version.body for version in reply.versions} == {f"edit {number}" for number in range(9)}


@pytest.mark.django_db(transaction=True)
def test_a_deletion_and_an_edit_at_once_leave_no_text(mina: User, general: Room) -> None:
    for _time in range(4):
        said = say(mina, general)
        at_once(partial(edit, mina, said, "two"), partial(delete_message, mina, message_id=said.pk))
        assert not said.versions.exists()
