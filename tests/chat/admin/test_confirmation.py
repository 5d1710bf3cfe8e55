"""Deleting several messages asks for confirmation, names them, and is done by the service."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.utils import translation

from chat.admin import base
from chat.models import AuditEntry, Message, Room, User
from chat.services.rooms import archive_room, create_room
from tests.harness.admin_actions import act_on, say, signed_in, url

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_the_deletion_of_messages_asks_first(keeper: User, general: Room, mina: User, joon: User) -> None:
    first, second = say(mina, general, "first words"), say(joon, general, "second words")
    response = act_on(signed_in(keeper), "message", "delete_messages", first, second)
    page = response.content.decode()
    assert not Message.objects.filter(deleted_at__isnull=False).exists()
    for text in (
        "Delete 2 messages?",
        "first words",
        "second words",
        "Mina (@mina) in General",
        "Joon (@joon) in General",
    ):
        assert text in page
    assert "can&#x27;t be restored" in page
    assert page.count('name="_selected_action"') == 2


def test_the_confirmation_page_posts_the_deletion(keeper: User, general: Room, mina: User) -> None:
    message = say(mina, general)
    client = signed_in(keeper)
    assert b'name="post" value="yes"' in act_on(client, "message", "delete_messages", message).content
    response = act_on(client, "message", "delete_messages", message, post="yes")
    assert [str(message) for message in response.context["messages"]] == ["1 message was deleted."]
    assert Message.objects.get().is_deleted


@pytest.mark.parametrize("answer", ["", "no", "1", "YES"])
def test_only_a_confirmed_request_deletes(answer: str, keeper: User, general: Room, mina: User) -> None:
    act_on(signed_in(keeper), "message", "delete_messages", say(mina, general), post=answer)
    assert not Message.objects.get().is_deleted


def test_messages_already_deleted_are_not_asked_about(keeper: User, general: Room, mina: User) -> None:
    message = say(mina, general)
    client = signed_in(keeper)
    act_on(client, "message", "delete_messages", message, post="yes")
    response = act_on(client, "message", "delete_messages", message)
    assert response.redirect_chain[-1][0] == url("message", "changelist")


def test_a_refusal_names_author_and_room_instead_of_text(clerk: User, general: Room, mina: User) -> None:
    message = say(mina, general, "hidden words")
    response = act_on(signed_in(clerk), "message", "delete_messages", message, post="yes")
    [shown] = [str(message) for message in response.context["messages"]]
    assert shown.startswith("Mina (@mina) in General, ")
    assert shown.endswith(": Join the room first.")


def test_an_action_takes_a_bounded_number_of_rows(
    keeper: User, general: Room, mina: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "ACTED_ON_AT_ONCE", 2)
    for number in range(3):
        say(mina, general, f"message {number}")
    client = signed_in(keeper)
    chosen: dict[str, Any] = {"select_across": "1", "post": "yes"}
    response = act_on(client, "message", "delete_messages", *Message.objects.all(), **chosen)
    assert [str(message) for message in response.context["messages"]] == [
        "Choose at most 2 rows. Nothing has been changed."
    ]
    assert not Message.objects.filter(deleted_at__isnull=False).exists()


def test_the_page_asks_in_the_language_of_the_reader(keeper: User, general: Room, mina: User) -> None:
    client = signed_in(keeper)
    client.cookies["django_language"] = "ko"
    page = act_on(client, "message", "delete_messages", say(mina, general)).content.decode()
    with translation.override("ko"):
        assert translation.ngettext("Delete %d message?", "Delete %d messages?", 1) % 1 in page
    assert '<html lang="ko"' in page


# --- rooms ------------------------------------------------------------------------------------------------------------


def test_the_deletion_of_rooms_asks_first_and_deletes_only_archived_ones(
    keeper: User, general: Room, mina: User, joon: User
) -> None:
    say(mina, general)
    archived = create_room(joon, name="Old plans")
    archive_room(joon, room_id=archived.pk)
    client = signed_in(keeper)
    page = act_on(client, "room", "delete_rooms", general, archived).content.decode()
    for text in ("Delete 2 rooms?", "Old plans", "1 message", "can&#x27;t be restored"):
        assert text in page
    assert Room.objects.count() == 2
    response = act_on(client, "room", "delete_rooms", general, archived, post="yes")
    assert [str(message) for message in response.context["messages"]] == [
        "General: Archive the room first.",
        "1 room is deleted.",
    ]
    assert list(Room.objects.all()) == [general]


@pytest.mark.parametrize(("kind", "recorded"), [("public", "Plans"), ("private", "")])
def test_the_audit_names_a_deleted_room_only_if_it_was_public(
    kind: str, recorded: str, keeper: User, mina: User
) -> None:
    room = create_room(mina, name="Plans", kind=kind)
    archive_room(mina, room_id=room.pk)
    act_on(signed_in(keeper), "room", "delete_rooms", room, post="yes")
    entry = AuditEntry.objects.get(actor=keeper)
    assert (entry.action, entry.target_id, entry.target_name) == ("room.deleted", room.pk, recorded)


def test_staff_with_every_permission_cannot_delete_rooms(clerk: User, general: Room, mina: User) -> None:
    archive_room(mina, room_id=general.pk)
    client = signed_in(clerk)
    assert "delete_rooms" not in client.get(url("room", "changelist")).content.decode()
    act_on(client, "room", "delete_rooms", general, post="yes")
    assert Room.objects.filter(pk=general.pk).exists()


def test_message_texts_are_removed_from_the_log_of_an_earlier_version(keeper: User, general: Room, mina: User) -> None:
    message = say(mina, general, "my password is hunter2")
    content_type = ContentType.objects.get_for_model(Message)
    LogEntry.objects.create(
        user=keeper, content_type=content_type, object_id=str(message.pk), object_repr=message.body, action_flag=3
    )
    import_module("chat.migrations.0005_admin_log_without_texts").forget_texts(apps, connection.schema_editor())
    assert LogEntry.objects.get().object_repr == f"Message {message.pk}"
