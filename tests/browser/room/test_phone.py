"""On a phone the list of rooms is a page of its own: how one comes to it, back to it and away from it."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.room.chatting import Chatter, Team

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
BAR_PX = 56


@pytest.fixture
def mina(team: Team) -> Chatter:
    """Mina on a phone, in General, where she came from another page; Launch is another room of hers."""
    team.new_room("Launch")
    page = team.browser("mina", **PHONE).new_page()
    page.goto("/accounts/password/reset/done/")
    return Chatter(page).open(team.address)


def room_list(page: Page) -> Locator:
    return page.locator("#sidebar")


def to_list(page: Page) -> None:
    page.get_by_role("main").get_by_role("button", name="Rooms", exact=True).tap()
    expect(room_list(page)).to_be_visible()


def is_in(page: Page, room: str) -> None:
    expect(page.locator("#room-name")).to_contain_text(room)
    expect(room_list(page)).to_be_hidden()


def bar_says(page: Page, name: str) -> None:
    """The heading of the page is in the bar, and there alone."""
    heading = page.get_by_role("main").get_by_role("heading", name=name)
    expect(heading).to_be_visible()
    expect(heading).to_have_count(1)
    box = heading.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= BAR_PX


def test_back_leads_from_a_room_to_the_list_it_was_opened_from_and_from_the_list_away(
    team: Team, mina: Chatter
) -> None:
    page = mina.page
    to_list(page)
    mina.room_link("Launch").tap()
    is_in(page, "Launch")
    page.go_back()
    expect(room_list(page)).to_be_visible()
    page.go_forward()
    is_in(page, "Launch")
    page.reload()
    to_list(page)
    mina.room_link("General").tap()
    is_in(page, "General")
    to_list(page)
    page.reload()
    expect(room_list(page)).to_be_visible()
    mina.is_live()
    page.go_back()
    expect(page).not_to_have_url(f"**{team.address}")
    expect(page.locator("main.card")).to_be_visible()


def test_the_current_room_and_escape_lead_from_the_list_into_the_room_and_back_to_the_list(mina: Chatter) -> None:
    page = mina.page
    to_list(page)
    mina.room_link("General").tap()
    is_in(page, "General")
    page.go_back()
    expect(room_list(page)).to_be_visible()
    page.keyboard.press("Escape")
    is_in(page, "General")
    page.go_back()
    expect(room_list(page)).to_be_visible()


def test_messages_that_come_while_the_list_covers_their_room_stay_unread(team: Team, mina: Chatter) -> None:
    page = mina.page
    to_list(page)
    team.said("joon", "are you there?")
    link = mina.room_link("General")
    expect(link.locator(".badge")).to_have_text("1")
    link.tap()
    mina.reads("are you there?")
    to_list(page)
    expect(link.locator(".badge")).to_have_count(0)


def test_pages_have_their_heading_in_the_bar_and_lead_back_to_where_they_were_opened(mina: Chatter) -> None:
    page = mina.page
    to_list(page)
    page.get_by_role("link", name="Browse all rooms").tap()
    bar_says(page, "Rooms")
    page.get_by_role("main").get_by_role("link", name="New room").tap()
    bar_says(page, "New room")
    to_list(page)
    tabs = page.get_by_role("navigation", name="Sections")
    expect(tabs.get_by_role("link", name="Chats")).to_have_attribute("aria-current", "page")
    tabs.get_by_role("link", name="Me", exact=True).tap()
    expect(room_list(page)).to_be_hidden()
    bar_says(page, "Profile")
    expect(page.get_by_role("button", name="Rooms", exact=True)).to_be_hidden()
    expect(tabs.get_by_role("link", name="Me", exact=True)).to_have_attribute("aria-current", "page")
    page.get_by_role("link", name="Email address").tap()
    bar_says(page, "Email address")
    page.get_by_role("main").get_by_role("link", name="Profile", exact=True).tap()
    bar_says(page, "Profile")
    tabs.get_by_role("link", name="Chats").tap()
    expect(room_list(page)).to_be_visible()
    page.go_back()
    expect(page.locator("main.card")).to_be_visible()
