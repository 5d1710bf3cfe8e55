"""Beside a message, how many people have not read it yet: live, with their names, gone at zero."""

from playwright.sync_api import Locator, expect

from tests.browser.room.chatting import Chatter, Team


def figure(person: Chatter, text: str) -> Locator:
    return person.message(text).locator(".unread-by")


def load_late_parts(person: Chatter) -> None:
    """They load some seconds after the page, or when one of their buttons is pressed."""
    person.page.locator("#details-open").click()
    expect(person.page.locator("#panel")).to_be_visible()


def test_a_message_shows_who_has_not_read_it_until_everybody_has(team: Team) -> None:
    team.said("mina", "good morning")
    mina = team.visit("mina")
    load_late_parts(mina)
    expect(figure(mina, "good morning")).to_contain_text("1")
    figure(mina, "good morning").hover()
    expect(figure(mina, "good morning").locator(".tip")).to_have_text("Not yet: Joon Lee")
    mina.message("good morning").focus()
    while "unread-by" not in (mina.page.locator(":focus").get_attribute("class") or ""):
        mina.page.keyboard.press("Tab")
    expect(figure(mina, "good morning")).to_have_accessible_name("Have not read it yet: 1. Not yet: Joon Lee")
    mina.act("good morning", "Who has read it")
    sheet = mina.page.get_by_role("dialog", name="Who has read it")
    expect(sheet.get_by_role("heading")).to_have_text(["Who has read it", "Not yet: 1", "Read: 0"])
    joon = team.visit("joon")
    expect(sheet.get_by_role("heading")).to_have_text(["Who has read it", "Not yet: 0", "Read: 1"])
    mina.page.keyboard.press("Escape")
    expect(figure(mina, "good morning")).to_have_count(0)
    joon.say("and to you")
    expect(mina.message("and to you")).to_be_visible()
    load_late_parts(joon)
    expect(figure(joon, "and to you")).to_have_count(0)


def test_a_room_and_a_person_can_turn_it_off(team: Team) -> None:
    team.said("mina", "good morning")
    mina = team.visit("mina")
    load_late_parts(mina)
    expect(figure(mina, "good morning")).to_contain_text("1")
    switch = mina.page.get_by_role("switch", name="Show who has not read a message")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")
    expect(figure(mina, "good morning")).to_have_count(0)
    switch.click()
    expect(figure(mina, "good morning")).to_contain_text("1")
    hide = "from chat.services.person_items import set_item\nset_item(mina, kind='setting', key='hide_reads', value={})"
    team.run(hide.format("True"))
    expect(figure(mina, "good morning")).to_have_count(0)
    team.run(hide.format("None"))
    expect(figure(mina, "good morning")).to_contain_text("1")
