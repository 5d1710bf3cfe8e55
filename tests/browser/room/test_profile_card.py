"""The card of a person, opened from a message or from the people of the room."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.room.chatting import Chatter, Team
from tests.browser.room.holding import hold, release


def card(mina: Chatter, name: str = "Joon Lee") -> Locator:
    return mina.page.get_by_role("dialog", name=name)


def test_a_name_among_the_messages_opens_a_card(team: Team) -> None:
    team.said("joon", "hello")
    mina = team.visit("mina")
    mina.message("hello").get_by_role("button", name="Joon Lee").click()
    expect(card(mina)).to_contain_text(re.compile("@joon"))
    expect(card(mina)).to_contain_text("member of this room")
    expect(card(mina).get_by_role("link")).to_have_count(0)
    mina.page.mouse.click(5, 5)
    expect(card(mina)).to_be_hidden()


def test_a_picture_among_the_messages_opens_a_card(team: Team) -> None:
    team.said("mina", "hello")
    mina = team.visit("mina")
    mina.message("hello").locator(".avatar").click()
    expect(card(mina, "Mina Kim")).to_contain_text("owner")
    expect(card(mina, "Mina Kim").get_by_role("link", name="Your profile")).to_have_attribute("href", "/profile/")


def test_the_keyboard_opens_a_card_and_the_focus_returns_to_the_name(team: Team) -> None:
    team.said("joon", "hello")
    mina = team.visit("mina")
    mina.message("hello").focus()
    mina.page.keyboard.press("Tab")
    name = mina.message("hello").get_by_role("button", name="Joon Lee")
    expect(name).to_be_focused()
    mina.page.keyboard.press("Enter")
    expect(card(mina).get_by_role("button", name="Message")).to_be_focused()
    mina.page.keyboard.press("Escape")
    expect(card(mina)).to_be_hidden()
    expect(name).to_be_focused()


def test_tab_reaches_no_name_of_a_message_without_the_focus(team: Team) -> None:
    team.said("joon", "hello")
    mina = team.visit("mina")
    mina.timeline.focus()
    expect(mina.message("hello").locator(".head button")).to_have_attribute("tabindex", "-1")


def test_the_people_of_the_room_have_cards_and_the_username_is_copied(team: Team) -> None:
    mina = team.visit("mina", permissions=["clipboard-read", "clipboard-write"])
    mina.page.locator("#people-open").click()
    mina.page.locator("#panel .who", has_text="Joon Lee").click()
    card(mina).get_by_role("button", name="Copy the username").click()
    expect(card(mina).get_by_text("Copied")).to_be_visible()
    copied = mina.page.evaluate("navigator.clipboard.readText()")
    assert copied == team.run("answer = joon.username")


def test_somebody_is_mentioned_from_their_card(team: Team) -> None:
    team.said("joon", "hello")
    mina = team.visit("mina")
    mina.field.fill("thanks")
    mina.message("hello").get_by_role("button", name="Joon Lee").click()
    card(mina).get_by_role("button", name="Mention").click()
    expect(card(mina)).to_be_hidden()
    expect(mina.field).to_have_value("thanks @" + team.run("answer = joon.username") + " ")
    expect(mina.field).to_be_focused()
    team.said("mina", "mine")
    mina.message("mine").locator(".head [data-person]").click()
    expect(card(mina, "Mina Kim").get_by_role("button", name="Notes to yourself")).to_be_visible()
    expect(card(mina, "Mina Kim").get_by_role("button", name="Mention")).to_have_count(0)


def test_a_card_that_is_open_shows_a_new_name_at_once(team: Team) -> None:
    team.said("joon", "hello")
    mina = team.visit("mina")
    mina.message("hello").get_by_role("button", name="Joon Lee").click()
    expect(card(mina)).to_be_visible()
    team.run("from chat.services.people import update_profile\nupdate_profile(joon, display_name='이준', time_zone='')")
    expect(card(mina, "이준")).to_be_visible()


def test_a_question_in_a_card_stays_when_more_is_known_of_the_person(team: Team) -> None:
    team.said("joon", "hello")
    mina = team.visit("mina")
    held = hold(mina.page, "**/people/*/")
    mina.message("hello").get_by_role("button", name="Joon Lee").click()
    card(mina).get_by_role("button", name="Block…").click()
    block = card(mina).get_by_role("button", name="Block Joon Lee")
    block.focus()
    expect(card(mina)).not_to_contain_text(re.compile("rooms? with you"))
    release(mina.page, held)
    expect(card(mina)).to_contain_text(re.compile("rooms? with you"))
    expect(block).to_be_focused()


def test_a_new_picture_replaces_the_initials_in_open_browsers(team: Team) -> None:
    team.said("joon", "hello")
    mina = team.visit("mina")
    expect(mina.message("hello").locator(".avatar")).to_have_text("JL")
    team.run(
        "from chat.services.pictures import set_picture\nfrom tests.harness import images\n"
        "set_picture(joon, data=images.image())"
    )
    expect(mina.message("hello").locator(".avatar img")).to_have_js_property("naturalWidth", 96)


def test_a_room_shows_its_emoji_in_open_browsers(team: Team) -> None:
    mina = team.visit("mina")
    team.run("from chat.services.rooms import update_room\nupdate_room(mina, room_id=general.pk, emoji='🌱')")
    expect(mina.page.locator("#rooms a.current .symbol")).to_have_text("🌱")
    expect(mina.page.locator("#room-name .symbol")).to_have_text("🌱")
