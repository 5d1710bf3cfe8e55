"""The people of the space: who is here, what they say of themselves, and that open browsers follow."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.room.chatting import Chatter, Team


def row(chatter: Chatter, name: str) -> Locator:
    return chatter.page.locator(".people-table tr", has_text=name)


def test_the_page_of_people_shows_who_is_here_and_follows_their_statuses(team: Team) -> None:
    mina = team.visit("mina")
    joon = team.visit("joon")
    mina.page.get_by_role("link", name="People", exact=True).click()
    mina.page.get_by_role("searchbox", name="Search people").fill(str(team.run("answer = joon.username")))
    mina.page.keyboard.press("Enter")
    expect(mina.page.locator(".people-table tbody tr")).to_have_count(1)
    expect(row(mina, "Joon Lee").locator(".presence.here")).to_have_text("here")
    mina.page.get_by_role("link", name="Here", exact=True).click()
    expect(mina.page.get_by_role("link", name="Here", exact=True)).to_have_attribute("aria-current", "page")
    expect(row(mina, "Joon Lee")).to_be_visible()

    joon.page.locator("#space-menu-open").click()
    joon.page.get_by_role("menuitem", name="Set a status").click()
    sheet = joon.page.get_by_role("dialog", name="Your status")
    sheet.get_by_role("button", name="🍚 Out for lunch").click()
    expect(sheet.get_by_label("Until")).to_have_value("hour")
    sheet.get_by_label("What are you up to?").fill("Lunch with Ada")
    joon.page.keyboard.press("Enter")
    expect(sheet).to_be_hidden()
    for place in (row(mina, "Joon Lee"), joon.page.locator(".me .says")):
        expect(place).to_contain_text("🍚 Lunch with Ada")

    mina.page.get_by_role("searchbox", name="Search people").press("ArrowDown")
    expect(row(mina, "Joon Lee").get_by_role("button", name="@joon")).to_be_focused()
    mina.page.keyboard.press("Enter")
    card = mina.page.get_by_role("dialog", name="Joon Lee")
    expect(card).to_contain_text(re.compile("here"))
    expect(card).to_contain_text("🍚 Lunch with Ada")
    expect(card).to_contain_text("1 room with you")
    mina.page.keyboard.press("Escape")
    row(mina, "Joon Lee").get_by_role("button", name="Message Joon Lee").click()
    expect(mina.page.get_by_role("dialog", name="New message")).to_contain_text("Joon Lee")
    mina.page.keyboard.press("Escape")
    row(mina, "Joon Lee").get_by_role("button", name="@joon").click()
    joon.page.close()
    expect(card.locator(".presence")).to_have_count(0, timeout=15_000)


def test_somebody_who_hides_is_not_shown_as_here_and_clears_their_status_by_keyboard(team: Team) -> None:
    team.run("from chat.services.statuses import set_status\nset_status(joon, emoji='🌴', text='Away')")
    mina = team.visit("mina")
    joon = team.visit("joon")
    mina.page.locator("#people-open").click()
    seen = mina.page.locator("#panel .person-row", has_text="Joon Lee")
    expect(seen.locator(".presence.here")).to_be_attached()
    expect(seen).to_contain_text("🌴 Away")

    joon.page.locator("#space-menu-open").click()
    joon.page.get_by_role("menuitem", name="Set a status").press("Enter")
    sheet = joon.page.get_by_role("dialog", name="Your status")
    sheet.get_by_label("Do not show others whether I am here").press("Space")
    sheet.get_by_role("button", name="Clear the status").press("Enter")
    expect(sheet).to_be_hidden()
    expect(seen.locator(".presence")).to_have_count(0)
    expect(seen).not_to_contain_text("Away")


def test_the_page_of_people_stands_without_the_width_of_a_desk(team: Team) -> None:
    team.run("from chat.services.statuses import set_status\nset_status(joon, emoji='', text='w' * 80)")
    mina = team.visit("mina", "/people/?q=joon", viewport={"width": 360, "height": 720})
    expect(mina.page.locator(".people-table")).to_be_visible()
    assert mina.page.evaluate("document.documentElement.scrollWidth") == 360
