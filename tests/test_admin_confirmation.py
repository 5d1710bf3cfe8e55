"""The deletion of several messages asks first, says what it is about, and is done by the service."""

from typing import Any

import pytest
from django.utils import translation

from chat.admin import keeping
from chat.models import Message, Room, User
from tests.keepers import act_on, say, signed_in, url

pytestmark = pytest.mark.django_db


def test_the_deletion_of_messages_asks_first(keeper: User, general: Room, mina: User, joon: User) -> None:
    first, second = say(mina, general, "first words"), say(joon, general, "second words")
    response = act_on(signed_in(keeper), "message", "delete_messages", first, second)
    page = response.content.decode()
    assert not Message.objects.filter(deleted_at__isnull=False).exists()
    for text in ("Delete 2 messages?", "first words", "second words", "Mina in General", "Joon in General"):
        assert text in page
    assert "can&#x27;t be brought back" in page
    assert page.count('name="_selected_action"') == 2


def test_the_page_that_asks_posts_what_deletes(keeper: User, general: Room, mina: User) -> None:
    message = say(mina, general)
    client = signed_in(keeper)
    assert b'name="post" value="yes"' in act_on(client, "message", "delete_messages", message).content
    response = act_on(client, "message", "delete_messages", message, post="yes")
    assert [str(told) for told in response.context["messages"]] == ["1 message was deleted."]
    assert Message.objects.get().is_deleted


@pytest.mark.parametrize("answer", ["", "no", "1", "YES"])
def test_nothing_but_a_yes_deletes(answer: str, keeper: User, general: Room, mina: User) -> None:
    act_on(signed_in(keeper), "message", "delete_messages", say(mina, general), post=answer)
    assert not Message.objects.get().is_deleted


def test_messages_that_are_deleted_already_are_not_asked_about(keeper: User, general: Room, mina: User) -> None:
    message = say(mina, general)
    client = signed_in(keeper)
    act_on(client, "message", "delete_messages", message, post="yes")
    response = act_on(client, "message", "delete_messages", message)
    assert response.redirect_chain[-1][0] == url("message", "changelist")


def test_a_refusal_names_author_and_room_instead_of_text(clerk: User, general: Room, mina: User) -> None:
    message = say(mina, general, "hidden words")
    response = act_on(signed_in(clerk), "message", "delete_messages", message, post="yes")
    [told] = [str(told) for told in response.context["messages"]]
    assert told.startswith("Mina in General, ")
    assert told.endswith(": Join the room first.")


def test_an_action_takes_no_more_rows_than_it_can_do_at_once(
    keeper: User, general: Room, mina: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "ACTED_ON_AT_ONCE", 2)
    for number in range(3):
        say(mina, general, f"message {number}")
    client = signed_in(keeper)
    chosen: dict[str, Any] = {"select_across": "1", "post": "yes"}
    response = act_on(client, "message", "delete_messages", *Message.objects.all(), **chosen)
    assert [str(told) for told in response.context["messages"]] == ["Choose at most 2 rows. Nothing has been changed."]
    assert not Message.objects.filter(deleted_at__isnull=False).exists()


def test_the_page_asks_in_the_language_of_the_reader(keeper: User, general: Room, mina: User) -> None:
    client = signed_in(keeper)
    client.cookies["django_language"] = "ko"
    page = act_on(client, "message", "delete_messages", say(mina, general)).content.decode()
    with translation.override("ko"):
        assert translation.ngettext("Delete %d message?", "Delete %d messages?", 1) % 1 in page
    assert '<html lang="ko"' in page
