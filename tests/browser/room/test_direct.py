"""Direct messages: writing the first one, reading it, hiding the conversation, blocking the other."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.room.chatting import Chatter, Team

FRIEND = """
friend = User.objects.create(username=f"{mina.username}-ada", display_name="Ada Okafor", password="!")
answer = friend.username
"""


def sheet(page: Page) -> Locator:
    return page.get_by_role("dialog", name="New message")


def conversations(page: Page) -> Locator:
    return page.locator("#direct-rooms a")


def write_to_joon(mina: Chatter, text: str) -> None:
    """From the card of Joon, whose message is in General."""
    mina.message("hello").get_by_role("button", name="Joon Lee").click()
    mina.page.get_by_role("dialog", name="Joon Lee").get_by_role("button", name="Message").click()
    sheet(mina.page).get_by_label("Your message").fill(text)
    sheet(mina.page).get_by_role("button", name="Send").click()
    expect(sheet(mina.page)).to_be_hidden()


def test_the_first_message_from_a_card_begins_a_conversation_that_is_hidden_until_the_next(team: Team) -> None:
    team.said("joon", "hello")
    mina, joon = team.visit("mina"), team.visit("joon")
    write_to_joon(mina, "just you")
    expect(mina.page.locator("#room-name .name")).to_have_text("Joon Lee")
    mina.reads("just you")
    unread = conversations(joon.page).first
    expect(unread).to_contain_text("Mina Kim")
    expect(unread.locator(".badge.hot")).to_have_text("1")
    unread.click()
    joon.say("and you")
    mina.reads("just you", "and you")
    expect(unread.locator(".badge")).to_have_count(0)

    mina.page.locator("#details-open").click()
    hide = mina.page.get_by_role("switch", name="Hide until the next message")
    hide.click()
    expect(hide).to_have_attribute("aria-checked", "true")
    mina.room_link("General").click()
    expect(conversations(mina.page)).to_have_count(0)
    joon.say("are you there?")
    expect(conversations(mina.page).locator(".badge.hot")).to_have_text("1")

    # The card leads to the conversation that there is.
    mina.message("hello").get_by_role("button", name="Joon Lee").click()
    mina.page.get_by_role("dialog", name="Joon Lee").get_by_role("button", name="Message").click()
    mina.reads("just you", "and you", "are you there?")


def test_by_keyboard_alone_a_group_is_written_to(team: Team) -> None:
    ada = team.run(FRIEND)
    mina = team.visit("mina")
    mina.page.keyboard.press("Control+k")
    mina.page.keyboard.type("New message")
    option = mina.page.locator("#palette").get_by_role("option", name="New message", exact=True)
    expect(option).to_have_attribute("aria-selected", "true")
    mina.page.keyboard.press("Enter")
    expect(sheet(mina.page).get_by_role("combobox")).to_be_focused()
    for username in (ada, team.run("answer = joon.username")):
        mina.page.keyboard.type(username)
        expect(sheet(mina.page).get_by_role("option")).to_have_count(1)
        mina.page.keyboard.press("Enter")
    expect(sheet(mina.page).locator(".chip > span:last-of-type")).to_have_text(["Ada Okafor", "Joon Lee"])
    mina.page.keyboard.press("Enter")
    mina.page.keyboard.press("Enter")
    expect(sheet(mina.page).get_by_role("alert")).to_have_text("Write something first.")
    mina.page.keyboard.type("three of us")
    mina.page.keyboard.press("Enter")
    expect(mina.page.locator("#room-name .name")).to_have_text("Joon Lee, Ada Okafor")
    expect(mina.page.locator("#room-about")).to_have_text("3 people")
    mina.reads("three of us")


def test_people_who_are_here_have_a_dot_wherever_they_are_found(team: Team) -> None:
    mina = team.visit("mina")
    joon = team.visit("joon")
    name = team.run("answer = joon.username")
    mina.page.keyboard.press("Control+k")
    mina.page.locator("#palette-input").fill(name)
    found = mina.page.locator("#palette").get_by_role("option", name="Joon Lee")
    expect(found.locator(".presence.here")).to_be_visible()
    mina.page.locator("#palette-input").fill("New message")
    mina.page.keyboard.press("Enter")
    sheet(mina.page).get_by_role("combobox").fill(name)
    expect(sheet(mina.page).get_by_role("option", name="Joon Lee").locator(".presence.here")).to_be_visible()
    mina.page.keyboard.press("Enter")
    sheet(mina.page).get_by_label("Your message").fill("just you")
    mina.page.keyboard.press("Enter")
    mina.reads("just you")
    conversation = conversations(mina.page).first
    expect(conversation.locator(".presence.here")).to_be_visible()
    joon.page.locator("#direct-rooms a").first.click()
    joon.say("and you")  # the row is drawn again
    mina.reads("just you", "and you")
    mina.room_link("General").click()
    expect(conversation.locator(".presence.here")).to_be_visible()


def test_what_a_blocked_person_writes_is_folded_and_neither_can_write_until_they_are_unblocked(team: Team) -> None:
    team.said("joon", "hello")
    mina, joon = team.visit("mina"), team.visit("joon")
    write_to_joon(mina, "just you")
    conversations(joon.page).first.click()
    joon.reads("just you")
    mina.room_link("General").click()
    mina.message("hello").get_by_role("button", name="Joon Lee").click()
    card = mina.page.get_by_role("dialog", name="Joon Lee")
    card.get_by_role("button", name="Block…").click()
    card.get_by_role("button", name="Block Joon Lee").click()
    expect(card.get_by_role("button", name="Unblock")).to_be_visible()
    mina.page.keyboard.press("Escape")
    mina.reads("Message of a person you blocked. Show")
    mina.page.get_by_role("button", name="Show").click()
    mina.reads("hello")

    expect(joon.page.get_by_text("You cannot send messages to this person.")).to_be_visible()
    expect(joon.field).to_be_hidden()
    expect(joon.page.locator("body")).not_to_contain_text(re.compile("block", re.IGNORECASE), use_inner_text=True)
    conversations(mina.page).first.click()
    expect(mina.field).to_be_hidden()
    expect(mina.page.get_by_text("You have blocked Joon Lee.")).to_be_visible()
    mina.page.get_by_role("button", name="Unblock").click()
    expect(mina.field).to_be_visible()
    expect(joon.field).to_be_visible()


def test_on_a_phone_a_message_is_begun_from_the_list(team: Team) -> None:
    mina = team.visit("mina", viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    mina.page.locator("#drawer-open").click()
    mina.page.get_by_role("button", name="New message").click()
    field = sheet(mina.page).get_by_role("combobox")
    field.fill(team.run("answer = joon.username"))
    sheet(mina.page).get_by_role("option").click()
    sheet(mina.page).get_by_label("Your message").fill("from my phone")
    sheet(mina.page).get_by_role("button", name="Send").click()
    mina.reads("from my phone")
    assert mina.page.evaluate("document.documentElement.scrollWidth") <= 360
