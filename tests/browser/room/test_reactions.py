"""Reacting to a message: with a click, by keyboard, by finger, and without a connection."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.room.chatting import Chatter, Team

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
IS_AT_END = "(box) => box.scrollHeight - box.scrollTop - box.clientHeight < 2"

REACT = """
from chat.services.reactions import react
from chat.models import Message
message = Message.objects.get(room=general, body={text!r})
react({who}, message_id=message.pk, emoji={emoji!r}, on={on})
"""


DELETE = """
from chat.services.messages import delete_message
delete_message(joon, message_id=general.messages.get().pk)
"""


def react(team: Team, who: str, text: str, emoji: str, *, on: bool = True) -> None:
    """Somebody reacts elsewhere."""
    team.run(REACT.format(who=who, text=text, emoji=emoji, on=on))


def shows(person: Chatter, text: str, *reactions: str) -> None:
    """The reactions to a message; those of one's own have a star."""
    chips = person.message(text).locator(".react[data-emoji]")
    expect(chips).to_have_count(len(reactions))
    for chip, reaction in zip(chips.all(), reactions, strict=True):
        own = "true" if reaction.endswith("*") else "false"
        expect(chip).to_contain_text(reaction.removesuffix("*"))
        expect(chip).to_have_attribute("aria-pressed", own)


def test_two_people_react_and_each_sees_who_reacted(team: Team) -> None:
    team.said("mina", *(f"line {number}" for number in range(40)), "look")
    team.run("general.memberships.update(last_read=41)")
    mina, joon = team.visit("mina"), team.visit("joon")
    joon.message("look").hover()
    joon.message("look").get_by_role("button", name="React with 👍").click()
    shows(joon, "look", "👍1*")
    shows(mina, "look", "👍1")
    assert mina.timeline.evaluate(IS_AT_END)
    expect(mina.page.locator("#announcer")).to_have_text("Joon Lee reacted to your message with 👍")
    mina.chip("look", "👍").click()
    for person in (mina, joon):
        shows(person, "look", "👍2*")
    expect(mina.chip("look", "👍")).to_have_accessible_name("👍 2: You and Joon Lee")
    mina.chip("look", "👍").hover()
    expect(mina.message("look").locator(".tip").first).to_be_visible()
    joon.message("look").get_by_role("button", name="Add a reaction").first.click()
    joon.page.get_by_role("dialog", name="Emoji").get_by_role("option", name="party popper").click()
    shows(mina, "look", "👍2*", "🎉1")
    joon.chip("look", "👍").click()
    shows(joon, "look", "👍1", "🎉1*")
    shows(mina, "look", "👍1*", "🎉1")
    joon.page.reload()
    shows(joon, "look", "👍1", "🎉1*")


def test_what_i_do_in_one_tab_is_mine_in_the_other(team: Team) -> None:
    team.said("joon", "look")
    mina = team.visit("mina")
    other = mina.another_tab()
    mina.message("look").focus()
    mina.page.keyboard.press("+")
    search = mina.page.get_by_role("dialog", name="Emoji").get_by_role("combobox")
    expect(search).to_be_focused()
    search.fill("red heart")
    expect(mina.page.get_by_role("option", name="red heart")).to_be_visible()
    mina.page.keyboard.press("Enter")
    shows(other, "look", "❤️1*")
    expect(mina.message("look")).to_be_focused()
    mina.page.keyboard.press("Tab")
    mina.page.keyboard.press("Tab")
    expect(mina.chip("look", "❤️")).to_be_focused()
    react(team, "joon", "look", "❤️")
    shows(mina, "look", "❤️2*")
    expect(mina.chip("look", "❤️")).to_be_focused()
    mina.page.keyboard.press("Enter")
    for tab in (mina, other):
        shows(tab, "look", "❤️1")


def test_a_reaction_without_a_connection_is_sent_with_the_next_one(team: Team) -> None:
    team.said("joon", "look")
    mina, joon = team.visit("mina"), team.visit("joon")
    mina.page.context.set_offline(True)
    mina.is_offline()
    mina.message("look").hover()
    for emoji in ("👍", "❤️", "👍"):
        mina.message("look").get_by_role("button", name=f"React with {emoji}").click()
    shows(mina, "look", "❤️1*")
    mina.page.context.set_offline(False)
    shows(joon, "look", "❤️1")
    shows(mina, "look", "❤️1*")


def test_a_refused_reaction_disappears_with_its_reason(team: Team) -> None:
    team.said("joon", "look")
    mina = team.visit("mina")
    mina.page.context.set_offline(True)
    mina.is_offline()
    mina.message("look").hover()
    mina.message("look").get_by_role("button", name="React with 👍").click()
    team.run(DELETE)
    mina.page.context.set_offline(False)
    expect(mina.page.locator("#note")).to_have_text("This message was deleted.")
    expect(mina.page.locator(".react")).to_have_count(0)


@pytest.mark.parametrize("locale", ["en-GB", "ko-KR"])
def test_on_a_phone_the_sheet_of_a_message_begins_with_reactions(team: Team, locale: str) -> None:
    team.said("joon", "look")
    mina = team.visit("mina", **PHONE, locale=locale)
    touch = {"pointerType": "touch", "bubbles": True}
    mina.message("look").locator(".body").dispatch_event("pointerdown", touch)
    quick = mina.page.locator(".quick button")
    expect(quick).to_have_count(6)
    assert all(button.evaluate("(one) => one.getBoundingClientRect().height") >= 44 for button in quick.all())
    quick.first.tap()
    shows(mina, "look", "👍1*")
    assert mina.page.evaluate("document.documentElement.scrollWidth") == 360


def test_the_selection_of_a_text_survives_a_reaction_to_it(team: Team) -> None:
    team.said("joon", "look")
    mina = team.visit("mina")
    mina.message("look").locator(".body p").select_text()
    react(team, "joon", "look", "👍")
    shows(mina, "look", "👍1")
    assert mina.page.evaluate("String(getSelection())") == "look"


def test_in_an_archived_room_reactions_are_read_only(team: Team) -> None:
    team.said("joon", "look")
    react(team, "joon", "look", "👍")
    mina = team.visit("mina")
    team.run("from chat.services.rooms import archive_room\narchive_room(mina, room_id=general.pk)")
    expect(mina.chip("look", "👍")).to_have_attribute("aria-disabled", "true")
    expect(mina.page.locator(".react.add")).to_have_count(0)
    mina.chip("look", "👍").dispatch_event("click")
    shows(mina, "look", "👍1")
