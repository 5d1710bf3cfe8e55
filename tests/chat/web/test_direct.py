"""The pages of direct rooms, and the page of blocked people."""

import uuid
from typing import Any

import pytest
from django.urls import reverse

from chat.derive.mentions import Mentions
from chat.models import Room
from chat.services.blocks import set_block
from chat.services.direct import send_direct
from chat.services.messages import send_message
from tests.chat.web.test_rooms import signed_in, text
from tests.harness import deriving
from tests.harness.admin_actions import signed_in as signed_in_to_admin
from tests.harness.admin_actions import url

pytestmark = pytest.mark.once


@pytest.fixture
def conversation(mina: Any, joon: Any) -> Room:
    sent = send_direct(mina, people=[joon.pk], key=uuid.uuid4(), body="hello")
    return Room.objects.get(pk=sent.room_id)


def html(response: Any) -> str:
    found: str = response.content.decode()
    return found


def test_the_page_has_the_name_of_the_other_as_its_title(mina: Any, joon: Any, conversation: Room) -> None:
    for reader, other in ((mina, joon), (joon, mina)):
        page = html(signed_in(reader).get(conversation.get_absolute_url()))
        assert f"<title>{other.name} · " in page
        assert f">{other.name}</span></h1>" in page


def test_a_stranger_finds_nothing_at_its_address(stranger: Any, keeper: Any, conversation: Room) -> None:
    for person in (stranger, keeper):
        assert signed_in(person).get(conversation.get_absolute_url()).status_code == 404


def test_it_is_in_no_directory_and_has_no_settings(mina: Any, keeper: Any, conversation: Room) -> None:
    client = signed_in(mina)
    assert f"/rooms/{conversation.slug}/" not in html(client.get(reverse("rooms"))).split('id="page"')[1]
    settings = client.get(reverse("room_settings", args=[conversation.slug]))
    assert settings.headers["Location"] == conversation.get_absolute_url()
    for name in ("room_leave", "room_archive", "room_delete"):
        client.post(reverse(name, args=[conversation.slug]))
    conversation.refresh_from_db()
    assert not conversation.is_archived
    assert conversation.memberships.current().count() == 2


def test_the_composer_of_a_closed_conversation_is_not_shown_at_first(mina: Any, joon: Any, conversation: Room) -> None:
    set_block(mina, user_id=joon.pk, on=True)
    assert 'id="composer" hidden' in html(signed_in(joon).get(conversation.get_absolute_url()))


def test_a_mention_in_a_conversation_is_listed_with_its_people(mina: Any, joon: Any, conversation: Room) -> None:
    send_message(joon, room_id=conversation.pk, key=uuid.uuid4(), body="@mina look")
    deriving.catch_up(deriving.runner_of(Mentions()))
    assert f"{joon.name}</span> ·" in html(signed_in(mina).get(reverse("inbox")))


def test_the_page_of_blocked_people_lists_them_and_unblocks_them(mina: Any, joon: Any, conversation: Room) -> None:
    client, address = signed_in(mina), reverse("blocked_people")
    assert "You have blocked nobody." in text(client.get(address))
    set_block(mina, user_id=joon.pk, on=True)
    assert joon.name in text(client.get(address))
    assert "You have blocked nobody." in text(signed_in(joon).get(address))
    client.post(address, {"user": joon.pk})
    assert "You have blocked nobody." in text(client.get(address))
    conversation.refresh_from_db()
    assert conversation.closed == ""


def test_the_page_of_blocked_people_survives_nonsense(mina: Any) -> None:
    for user in ("", "x", "0", 10**30):
        assert signed_in(mina).post(reverse("blocked_people"), {"user": user}).status_code == 200


# --- the admin --------------------------------------------------------------------------------------------------------


def test_superusers_inspect_conversations_and_cannot_change_them(
    keeper: Any, mina: Any, joon: Any, conversation: Room
) -> None:
    client = signed_in_to_admin(keeper)
    listed = text(client.get(url("room", "changelist")))
    assert f"{mina.name}, {joon.name}" in listed
    page = client.get(url("room", "change", conversation.pk))
    assert f"{mina.name}, {joon.name}" in text(page)
    refused = client.post(url("room", "change", conversation.pk), {"name": "Two", "topic": ""})
    assert refused.status_code == 403
    conversation.refresh_from_db()
    assert conversation.name == ""


def test_other_staff_see_no_conversations_of_others(clerk: Any, conversation: Room) -> None:
    client = signed_in_to_admin(clerk)
    assert f"/room/{conversation.pk}/" not in html(client.get(url("room", "changelist")))
    assert client.get(url("room", "change", conversation.pk)).status_code == 302
