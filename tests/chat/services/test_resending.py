"""chat.services.messages: the reply to a client that sends the same key again."""

import uuid
from typing import Any

import pytest

from chat.models import Message
from chat.protocol.errors import Archived, NotFound
from chat.services.memberships import remove_member
from chat.services.messages import send_message
from chat.services.rooms import archive_room

pytestmark = pytest.mark.django_db


def test_a_resent_key_returns_the_stored_message_to_somebody_who_was_removed_meanwhile(
    mina: Any, joon: Any, founders: Any
) -> None:
    key = uuid.uuid4()
    said = send_message(joon, room_id=founders.pk, key=key, body="the ack of this got lost")
    remove_member(mina, room_id=founders.pk, user_id=joon.pk)
    assert send_message(joon, room_id=founders.pk, key=key, body="the ack of this got lost") == said
    with pytest.raises(NotFound):
        send_message(joon, room_id=founders.pk, key=uuid.uuid4(), body="new")
    assert Message.objects.filter(kind="text").count() == 1


def test_a_resent_key_returns_the_stored_message_of_a_room_that_was_archived_meanwhile(
    mina: Any, founders: Any
) -> None:
    key = uuid.uuid4()
    said = send_message(mina, room_id=founders.pk, key=key, body="the ack of this got lost")
    archive_room(mina, room_id=founders.pk)
    assert send_message(mina, room_id=founders.pk, key=key, body="the ack of this got lost") == said
    with pytest.raises(Archived):
        send_message(mina, room_id=founders.pk, key=uuid.uuid4(), body="new")
