"""axe finds no fault on any page of the admin, in either language, wide and narrow, light and dark."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.axe import findings, findings_in_every_look
from tests.harness.services import Installation, Installations, Server

NewContext = Callable[..., BrowserContext]

LANGUAGES = ["en-GB", "ko-KR"]

SITE = """
from uuid import uuid4
from django.contrib.auth.models import Group
from django.test import Client
from chat.models import User
from chat.services.memberships import join_room, set_role
from chat.services.messages import delete_message, edit_message, send_message
from chat.models import HeldMessage
from chat.services.reports import act_on_reports, report_message
from chat.services.rooms import archive_room, create_room
from chat.services.space_settings import change_settings
from chat.services.spaces import create_space

mina = create_space(name="Maple Studio", username="mina", display_name="Mina Kim", password="paper lantern 42")
joon = User.objects.create_user("joon", display_name="하준", email="joon@example.com")
general = mina.memberships.get().room
join_room(joon, room_id=general.pk)
texts = ("Hello", "W" * 300, "안녕")
one, _, three = (send_message(mina, room_id=general.pk, key=uuid4(), body=text) for text in texts)
edit_message(mina, message_id=one.pk, body="Hello again")
delete_message(mina, message_id=three.pk)
create_room(mina, name="R" * 80, topic="A topic that goes on and on, " * 8)
create_room(mina, name="Founders", kind="private")
attic = create_room(mina, name="Attic")
archive_room(mina, room_id=attic.pk)
Group.objects.create(name="helpers")
change_settings(mina, values={"signups": "invite", "send_burst": 30})
set_role(mina, room_id=general.pk, user_id=joon.pk, role="moderator")
for number, text in enumerate(("Buy 10,000 followers", "딴 데 가서 파세요", "안녕")):
    said = send_message(joon, room_id=general.pk, key=uuid4(), body=text)
    report_message(mina, message_id=said.pk, reason="spam", note="두 번 올렸어요." if number else "")
act_on_reports(mina, message_id=said.pk, outcome="muted")
HeldMessage.objects.create(author=joon, room=general, key=uuid4(), body="casino", reply_to=one)
change_settings(mina, values={"blocked_words": ["casino"], "blocked_words_act": "hold"})
client = Client()
client.force_login(mina)
print(client.cookies["sessionid"].value)
"""

PAGES = [
    "",
    "chat/",
    "chat/user/",
    "chat/user/?q=nothing-like-this",
    "chat/user/add/",
    "chat/user/1/change/",
    "chat/user/2/change/",
    "chat/auditentry/",
    "chat/auditentry/1/change/",
    "chat/user/2/password/",
    "chat/room/",
    "chat/room/add/",
    "chat/room/1/change/",
    "chat/message/",
    "chat/message/1/change/",
    "chat/message/1/delete/",
    "chat/message/?room__id__exact=1",
    "chat/report/",
    "chat/report/1/change/",
    "chat/report/3/change/",
    "chat/report/?q=&state=closed&reporter__id__exact=2",
    "chat/heldmessage/",
    "chat/heldmessage/1/change/",
    "chat/space/1/change/",
    "auth/group/",
    "auth/group/add/",
    "auth/group/1/delete/",
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
def keeper(
    request: pytest.FixtureRequest, new_context: NewContext, server: Server, furnished: tuple[Installation, str]
) -> Page:
    """The owner of the space in the admin, in one of the languages."""
    context = new_context(locale=request.param, reduced_motion="reduce")
    context.add_cookies([{"name": "sessionid", "value": furnished[1], "url": server.url}])
    return context.new_page()


def open_page(page: Page, address: str) -> None:
    """Open a page of the admin, and wait until its widgets are ready."""
    response = page.goto(f"/admin/{address}", wait_until="load")
    assert response is not None
    assert response.status == 200, address
    expect(page.locator("html")).not_to_have_attribute("x-cloak", "")


@pytest.mark.parametrize("address", PAGES)
def test_axe_finds_nothing_on_a_page_of_the_admin(keeper: Page, address: str) -> None:
    open_page(keeper, address)
    found = findings_in_every_look(keeper)
    assert not found, "\n".join(found)


def test_axe_finds_nothing_in_the_popups_of_the_admin(keeper: Page) -> None:
    open_page(keeper, "chat/message/")
    keeper.locator("a", has=keeper.get_by_text("filter_list")).press("Enter")
    expect(keeper.locator("#changelist-filter")).to_be_visible()
    found = findings(keeper)
    keeper.keyboard.press("Escape")
    keeper.locator("#nav-sidebar [role=button]", has_text="Mina Kim").press("Enter")
    expect(keeper.locator("#logout-form")).to_be_visible()
    found += findings(keeper)
    choose_first_message(keeper)
    found += findings_in_every_look(keeper)
    assert not found, "\n".join(found)


def test_a_report_is_dealt_with_by_keyboard(keeper: Page) -> None:
    open_page(keeper, "chat/report/1/change/")
    keeper.locator("button[value=deleted]").press("Enter")
    expect(keeper.locator("input[name=post][value=yes]")).to_be_attached()
    found = findings_in_every_look(keeper)
    assert not found, "\n".join(found)
    keeper.locator(".cancel-link").press("Enter")
    expect(keeper.locator("button[value=deleted]")).to_be_visible()


def choose_first_message(page: Page) -> None:
    """Choose a message in the list and its deletion, using the keyboard only; opens the confirmation page."""
    open_page(page, "chat/message/")
    page.get_by_role("row").filter(has_text="Hello again").locator("input[name=_selected_action]").press("Space")
    page.select_option("select[name=action]", "delete_messages")
    page.locator("button[name=index]").press("Enter")
    expect(page.locator("input[name=post][value=yes]")).to_be_attached()


def test_a_page_has_one_main_landmark_and_a_link_to_it(keeper: Page) -> None:
    open_page(keeper, "chat/room/")
    keeper.keyboard.press("Tab")
    expect(keeper.locator(".skip-link")).to_be_focused()
    keeper.keyboard.press("Enter")
    expect(keeper.locator("main #content")).to_be_focused()


CUT_OFF = """() => [...document.querySelectorAll("html, .result-list td, .result-list th, .simplebar-content-wrapper")]
  .filter((part) => part.clientWidth > 0 && part.scrollWidth > part.clientWidth + 1
    || part.matches("td, th") && part.clientHeight > 0 && part.scrollHeight > part.clientHeight + 1)
  .map((part) => `${part.className.slice(0, 40)}: ${part.scrollWidth} in ${part.clientWidth} wide, `
    + `${part.scrollHeight} in ${part.clientHeight} high`)"""


@pytest.mark.parametrize("width", [1440, 1280, 360])
def test_no_list_of_the_admin_is_cut_off(keeper: Page, width: int) -> None:
    keeper.set_viewport_size({"width": width, "height": 800})
    for address in (
        *("chat/room/", "chat/user/", "chat/message/", "chat/report/", "chat/heldmessage/"),
        *("chat/auditentry/", "auth/group/"),
    ):
        open_page(keeper, address)
        assert keeper.evaluate(CUT_OFF) == [], f"{address} at {width}"
