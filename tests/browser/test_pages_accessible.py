"""axe finds no fault on any page besides the rooms, in either language, wide and narrow, light and dark."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.axe import findings_in_every_look
from tests.harness.services import Installation, Installations, Server

NewContext = Callable[..., BrowserContext]

LANGUAGES = ["en-GB", "ko-KR"]

SITE = """
from uuid import uuid4
from django.test import Client
from chat.models import User
from chat.services.blocks import set_block
from chat.services.bots import create_bot
from chat.services.memberships import join_room
from chat.services.messages import send_message
from chat.services.erasure import erase
from chat.services.person_items import set_item
from chat.services.room_invitations import invite
from chat.services.rooms import archive_room, create_room
from chat.services.sanctions import ban_member, mute_member
from chat.services.spaces import create_space
from django.utils import timezone
from datetime import timedelta
from webhooks.models import WebhookDelivery
from webhooks.services.incoming import create_incoming
from webhooks.services.outgoing import create_outgoing, send_test

mina = create_space(name="Maple Studio", username="mina", display_name="Mina Kim", password="paper lantern 42")
joon = User.objects.create_user("joon", display_name="하준", email="joon@example.com")
general = mina.memberships.get().room
join_room(joon, room_id=general.pk)
send_message(mina, room_id=general.pk, key=uuid4(), body="Hello")
design = create_room(joon, name="디자인", topic="색과 글자")
join_room(mina, room_id=design.pk)
create_room(mina, name="Founders", kind="private")
create_room(joon, name="Garden", topic="Tomatoes")
attic = create_room(mina, name="Attic")
archive_room(mina, room_id=attic.pk)
tomorrow = timezone.now() + timedelta(days=1)
mute_member(mina, room_id=general.pk, user_id=joon.pk, until=tomorrow)
cellar = create_room(joon, name="Cellar")
join_room(mina, room_id=cellar.pk)
ban_member(joon, room_id=cellar.pk, user_id=mina.pk, until=tomorrow)
books = create_room(joon, name="책 모임", kind="private")
invite(joon, room_id=books.pk, user_id=mina.pk)
gone = User.objects.create_user("gone", display_name="서유나", is_guest=True)
erase(mina, user_id=gone.pk, own_messages="keep")
User.objects.create_user("dana", display_name="Dana Ito", is_guest=True)
set_block(mina, user_id=joon.pk, on=True)
set_item(mina, kind="setting", key="quiet_hours", value={"from": 1320, "to": 480, "days": [1, 2]})
bot = create_bot(mina, username="builder", display_name="Builder")
create_incoming(mina, room_id=general.pk, name="Builds", bot_id=bot.pk)
kinds = ["message.posted"]
hook = create_outgoing(mina, room_id=general.pk, name="보관소", url="https://example.com/hook", kinds=kinds)[0]
send_test(mina, webhook_id=hook.pk)
WebhookDelivery.objects.update(state="sent", tries=1, status=200, milliseconds=5, answer="ok", tried_at=timezone.now())
client = Client()
client.force_login(mina)
print(client.cookies["sessionid"].value)
"""

FOR_GUESTS = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-wrong/",
    "/accounts/password/reset/key/done/",
    "/accounts/confirm-email/unknown/",
    "/accounts/inactive/",
    "/nothing-here/",
]
FOR_MEMBERS = [
    "/rooms/",
    "/rooms/?archived=1",
    "/rooms/?q=nothing-like-this",
    "/people/",
    "/people/?q=nothing-like-this",
    "/inbox/",
    "/profile/blocked/",
    "/profile/security/",
    "/rooms/new/",
    "/rooms/garden/",
    "/rooms/cellar/",
    "/rooms/general/settings/",
    "/rooms/디자인/settings/",
    "/rooms/attic/settings/",
    "/rooms/general/webhooks/",
    "/rooms/general/webhooks/in/1/",
    "/rooms/general/webhooks/out/1/",
    "/rooms/general/webhooks/out/1/1/",
    "/rooms/general/webhooks/out/1/edit/",
    "/profile/",
    "/profile/notifications/",
    "/profile/tokens/",
    "/api/",
    "/accounts/password/change/",
    "/accounts/email/",
    "/accounts/reauthenticate/",
    "/accounts/logout/",
    "/people/invite/",
    "/nothing-here/",
]


@pytest.fixture(scope="module")
def furnished(installations: Installations) -> Iterator[tuple[Installation, str]]:
    """A site with an object of every kind, and the session of its owner."""
    made = installations.create()
    session = made.python(SITE).strip()
    made.start_server()
    yield made, session
    made.stop()


@pytest.fixture
def server(furnished: tuple[Installation, str]) -> Server:
    return furnished[0].servers[0]


@pytest.fixture(params=LANGUAGES)
def context(request: pytest.FixtureRequest, new_context: NewContext) -> BrowserContext:
    """A browser in one of the languages."""
    return new_context(locale=request.param, reduced_motion="reduce")


@pytest.fixture
def guest(context: BrowserContext) -> Page:
    """Somebody without an account."""
    return context.new_page()


@pytest.fixture
def member(context: BrowserContext, server: Server, furnished: tuple[Installation, str]) -> Page:
    """The owner of the space, signed in."""
    context.add_cookies([{"name": "sessionid", "value": furnished[1], "url": server.url}])
    return context.new_page()


def found_on(page: Page, addresses: list[str]) -> list[str]:
    """The faults that axe finds on these pages, each with its address."""
    found = []
    for address in addresses:
        page.goto(address)
        found += [f"{address}: {finding}" for finding in findings_in_every_look(page)]
    return found


def test_axe_finds_nothing_on_pages_for_guests(guest: Page) -> None:
    found = found_on(guest, FOR_GUESTS)
    assert not found, "\n".join(found)


def test_axe_finds_nothing_on_pages_for_members(member: Page) -> None:
    found = found_on(member, FOR_MEMBERS)
    assert not found, "\n".join(found)
