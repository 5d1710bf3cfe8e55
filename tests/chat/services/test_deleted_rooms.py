"""Deleting a room with everything in it: who may, what remains at each moment, and that nothing remains in the end."""

import uuid
from functools import partial
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.utils import timezone

from chat.models import Membership, Message, Room
from chat.protocol.errors import Conflict, Forbidden, NotFound
from chat.queries import rooms
from chat.queries.changes import changes_since
from chat.services.deleted_rooms import MESSAGES_AT_ONCE, finish_deletions, remove_some
from chat.services.memberships import invite_member, join_room, leave_room, mark_read
from chat.services.messages import delete_message, edit_message, send_message
from chat.services.rooms import archive_room, create_room, delete_room, update_room
from tests.harness.stored import everything_stored
from tests.harness.threads import at_once

SECRET = "xyzzy"


def say(author: Any, room: Room, body: str = "hi", **more: Any) -> Message:
    return send_message(author, room_id=room.pk, key=uuid.uuid4(), body=body, **more)


def delete(actor: Any, room: Room) -> None:
    """Archive and delete a room, but keep its messages: the test runs in a transaction."""
    archive_room(actor, room_id=room.pk)
    delete_room(actor, room_id=room.pk)


# --- who may ----------------------------------------------------------------------------------------------------------


def test_a_room_is_archived_before_it_is_deleted(mina: Any, general: Any) -> None:
    with pytest.raises(Conflict, match="Archive the room first"):
        delete_room(mina, room_id=general.pk)
    delete(mina, general)
    assert not Room.objects.filter(pk=general.pk).exists()


def test_only_owners_and_superusers_delete_a_room(mina: Any, joon: Any, stranger: Any, general: Any) -> None:
    archive_room(mina, room_id=general.pk)
    for actor in (joon, stranger):
        with pytest.raises(Forbidden):
            delete_room(actor, room_id=general.pk)
    stranger.is_superuser = True
    delete_room(stranger, room_id=general.pk)
    assert Room.deleted.filter(pk=general.pk).exists()


def test_strangers_do_not_learn_of_a_private_room_by_deleting_it(mina: Any, stranger: Any, founders: Any) -> None:
    archive_room(mina, room_id=founders.pk)
    with pytest.raises(NotFound):
        delete_room(stranger, room_id=founders.pk)


def test_a_superuser_deletes_a_private_room_that_everybody_left(
    mina: Any, joon: Any, stranger: Any, founders: Any
) -> None:
    leave_room(joon, room_id=founders.pk)
    leave_room(mina, room_id=founders.pk)
    stranger.is_superuser = True
    delete(stranger, founders)
    assert not Room.objects.filter(pk=founders.pk).exists()


# --- while its messages are still there -------------------------------------------------------------------------------


@pytest.fixture
def half_deleted(mina: Any, joon: Any, general: Room) -> Room:
    """General, deleted, with a message of each of the two still stored."""
    for author in (mina, joon):
        say(author, general, f"{SECRET} of {author.username}")
    delete(mina, general)
    return general


def test_nobody_writes_in_a_deleted_room_nor_gets_an_earlier_message_for_its_key(mina: Any, half_deleted: Room) -> None:
    earlier = Message.objects.get(room_id=half_deleted.pk, author=mina, kind="text")
    for key in (uuid.uuid4(), earlier.key):
        with pytest.raises(NotFound):
            send_message(mina, room_id=half_deleted.pk, key=key, body="hi")
    assert half_deleted.messages.filter(kind="text").count() == 2


def test_a_deleted_room_looks_to_everybody_as_if_it_never_existed(mina: Any, joon: Any, half_deleted: Room) -> None:
    mina.is_superuser = True
    message = Message.objects.get(room_id=half_deleted.pk, author=mina, kind="text")
    for act in (
        partial(join_room, joon, room_id=half_deleted.pk),
        partial(leave_room, joon, room_id=half_deleted.pk),
        partial(invite_member, mina, room_id=half_deleted.pk, user_id=joon.pk),
        partial(mark_read, joon, room_id=half_deleted.pk, position=1),
        partial(update_room, mina, room_id=half_deleted.pk, name="again"),
        partial(delete_room, mina, room_id=half_deleted.pk),
        partial(edit_message, mina, message_id=message.pk, body="again"),
        partial(delete_message, mina, message_id=message.pk),
        partial(rooms.open_room, mina, room_id=half_deleted.pk),
        partial(rooms.history, mina, room_id=half_deleted.pk, after=0),
    ):
        with pytest.raises(NotFound):
            act()
    assert changes_since(half_deleted.pk, 0) is None
    assert rooms.room_revisions([half_deleted.pk]) == {}
    assert not Room.objects.visible_to(mina).exists()
    assert not Membership.objects.current().filter(room_id=half_deleted.pk).exists()


def test_the_address_of_a_deleted_room_is_free(mina: Any, half_deleted: Room) -> None:
    assert create_room(mina, name="General").slug == half_deleted.slug


# --- in the end -------------------------------------------------------------------------------------------------------


def test_no_text_of_a_deleted_room_is_left_in_any_table(mina: Any, joon: Any, founders: Any, general: Any) -> None:
    update_room(mina, room_id=founders.pk, name=f"Name {SECRET}", topic=f"Topic {SECRET}")
    first = say(mina, founders, f"first {SECRET}")
    edit_message(mina, message_id=first.pk, body=f"edited {SECRET}")
    say(joon, founders, f"second {SECRET}", reply_to=first.pk)
    for thing in (founders, first):
        LogEntry.objects.create(
            user=mina,
            content_type=ContentType.objects.get_for_model(type(thing)),
            object_id=str(thing.pk),
            object_repr=f"The {SECRET}",
            change_message=f"Changed {SECRET}",
            action_flag=CHANGE,
        )
    kept = say(joon, general, "something else")
    assert SECRET in everything_stored()
    delete(mina, founders)
    assert finish_deletions()
    assert SECRET not in everything_stored()
    assert list(Message.objects.all()) == [kept]
    assert not Room.deleted.exists()


def fill(room: Room, author: Any, count: int) -> None:
    Message.objects.bulk_create(
        Message(room=room, author=author, position=n, revision=n, key=uuid.uuid4(), created_at=room.created_at)
        for n in range(1, count + 1)
    )
    Room.objects.filter(pk=room.pk).update(message_count=count, revision=count)


def test_a_large_room_is_removed_in_parts_and_a_later_call_continues_after_a_crash(mina: Any, general: Any) -> None:
    fill(general, mina, MESSAGES_AT_ONCE + 1)
    delete(mina, general)
    assert finish_deletions(seconds=0) is False
    lines = 1  # it was archived
    assert (general.memberships.count(), general.messages.count()) == (0, MESSAGES_AT_ONCE + 1 + lines)
    assert finish_deletions(seconds=0) is False
    assert general.messages.count() == 1 + lines
    call_command("purge")
    assert general.messages.count() == 0
    assert not Room.deleted.exists()
    assert remove_some() is False


@pytest.mark.django_db(transaction=True)
def test_two_processes_remove_a_room_together(mina: Any, joon: Any, general: Any) -> None:
    fill(general, mina, 3 * MESSAGES_AT_ONCE)
    Room.objects.filter(pk=general.pk).update(deleted_at=timezone.now())
    outcomes = at_once(finish_deletions, finish_deletions, finish_deletions)
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    finish_deletions()
    assert not Room.deleted.exists()
    assert not Message.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_small_room_is_gone_when_the_call_returns(mina: Any, general: Any) -> None:
    say(mina, general)
    delete(mina, general)
    assert not Room.deleted.exists()
    assert not Message.objects.exists()
