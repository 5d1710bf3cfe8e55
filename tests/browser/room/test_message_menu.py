"""The menu of a message, its keys, and the sheet that a long press opens."""

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.room.chatting import Chatter, Team

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
CLIPBOARD = ["clipboard-read", "clipboard-write"]


def copied(mina: Chatter) -> str:
    return str(mina.page.evaluate("navigator.clipboard.readText()"))


def long_press(mina: Chatter, text: str) -> Locator:
    mina.message(text).locator(".body").dispatch_event("pointerdown", {"pointerType": "touch", "bubbles": True})
    sheet = mina.page.get_by_role("dialog", name="Message actions")
    expect(sheet).to_be_visible()
    return sheet


def test_the_menu_offers_what_i_may_do_and_shows_the_keys(team: Team) -> None:
    team.said("joon", "of joon")
    team.said("mina", "of mina")
    team.run("general.memberships.filter(user=mina).update(role='member')")
    mina = team.visit("mina")
    rows = mina.menu_of("of mina").get_by_role("menuitem")
    others = [
        "ReplyR",
        "Reply in a threadT",
        "Add a reaction+",
        "Copy the textC",
        "Copy the linkL",
        "Pin to the room",
        "Mark as unread from hereU",
        "Who has read it",
    ]
    expect(rows).to_have_text(["EditE", "DeleteDelete", *others])
    expect(rows.first).to_be_focused()
    mina.page.keyboard.press("Escape")
    expect(mina.message("of mina").get_by_role("button", name="More actions")).to_be_focused()
    rows = mina.menu_of("of joon").get_by_role("menuitem")
    expect(rows).to_have_text([*others, "Report to the administrators…"])


def test_pressing_the_button_again_closes_the_menu(team: Team) -> None:
    team.said("mina", "mine")
    mina = team.visit("mina")
    for _ in range(2):
        menu = mina.menu_of("mine")
        mina.message("mine").get_by_role("button", name="More actions").click()
        expect(menu).to_be_hidden()


def test_a_copied_link_leads_to_its_message(team: Team) -> None:
    team.said("joon", *(f"message {number}" for number in range(1, 101)))
    team.run("general.memberships.update(last_read=100)")
    mina = team.visit("mina", permissions=CLIPBOARD)
    mina.menu_of("message 95").get_by_role("menuitem", name="Copy the link").click()
    expect(mina.page.locator("#announcer")).to_have_text("Copied")
    assert copied(mina).endswith(f"{team.address}95/")
    mina.page.goto(copied(mina))
    expect(mina.message("message 95")).to_be_focused()


@pytest.mark.parametrize("key", ["c", "C", "ㅊ"])
def test_letters_run_the_actions_of_the_message_that_has_the_focus(team: Team, key: str) -> None:
    team.said("mina", "mine")
    mina = team.visit("mina", permissions=CLIPBOARD)
    mina.timeline.focus()
    mina.page.keyboard.press("ArrowUp")
    mina.message("mine").dispatch_event("keydown", {"key": key, "code": "KeyC", "bubbles": True, "cancelable": True})
    expect(mina.page.locator("#announcer")).to_have_text("Copied")
    assert copied(mina) == "mine"
    mina.page.keyboard.press("e")
    expect(mina.field).to_have_value("mine")


def test_a_letter_that_runs_no_action_begins_a_message(team: Team) -> None:
    team.said("joon", "of joon")
    team.run("general.memberships.filter(user=mina).update(role='member')")
    mina = team.visit("mina")
    mina.timeline.focus()
    mina.page.keyboard.press("ArrowUp")
    mina.page.keyboard.type("easy")
    expect(mina.field).to_have_value("easy")


def test_a_message_is_deleted_by_key_and_the_focus_is_on_its_undo(team: Team) -> None:
    team.said("mina", "oops")
    mina = team.visit("mina")
    mina.timeline.focus()
    mina.page.keyboard.press("ArrowUp")
    mina.page.keyboard.press("Delete")
    expect(mina.page.get_by_role("button", name="Undo")).to_be_focused()


def test_letters_work_in_the_menu_too(team: Team) -> None:
    team.said("mina", "mine")
    mina = team.visit("mina")
    menu = mina.menu_of("mine")
    mina.page.keyboard.press("e")
    expect(menu).to_be_hidden()
    expect(mina.field).to_have_value("mine")


def test_a_room_marked_as_unread_is_unread_in_all_tabs_until_it_is_seen_again(team: Team) -> None:
    launch = team.new_room("Launch")
    team.said("joon", "one", "two", "three")
    mina = team.visit("mina")
    expect(mina.page).to_have_title("General · Maple Studio")
    other_tab = Chatter(mina.page.context.new_page()).open(launch)
    third_tab = Chatter(mina.page.context.new_page()).open(team.address)
    mina.menu_of("two").get_by_role("menuitem", name="Mark as unread from here").click()
    for tab in (mina, other_tab, third_tab):
        expect(tab.page).to_have_title(f"• {'Launch' if tab is other_tab else 'General'} · Maple Studio")
    expect(other_tab.room_link("General").locator(".badge")).to_have_text("2")
    expect(mina.page.locator(".unread-line + .msg")).to_contain_text("two")
    mina.room_link("Launch").click()
    expect(mina.room_link("General")).to_have_class("unread")
    expect(mina.room_link("General").locator(".badge")).to_have_text("2")
    mina.page.go_back()
    expect(mina.page.locator(".unread-line + .msg")).to_contain_text("two")
    mina.menu_of("two").get_by_role("menuitem", name="Mark as unread from here").click()
    expect(mina.page.locator(".unread-line + .msg")).to_contain_text("two")
    team.said("joon", "four")
    for tab in (mina, other_tab, third_tab):
        expect(tab.page).to_have_title(f"• {'Launch' if tab is other_tab else 'General'} · Maple Studio")
    other_tab.page.bring_to_front()
    other_tab.room_link("General").click()
    expect(other_tab.page.locator(".unread-line + .msg")).to_contain_text("two")
    for tab in (mina, other_tab, third_tab):
        expect(tab.page).to_have_title("General · Maple Studio")


def test_an_answer_ends_the_mark_of_a_room(team: Team) -> None:
    team.said("joon", "one", "two")
    mina = team.visit("mina")
    mina.menu_of("one").get_by_role("menuitem", name="Mark as unread from here").click()
    expect(mina.page).to_have_title("• General · Maple Studio")
    mina.say("an answer")
    expect(mina.page).to_have_title("General · Maple Studio")
    mina.page.reload()
    expect(mina.page.locator(".unread-line")).to_have_count(0)


def test_a_long_press_opens_a_sheet_at_the_bottom(team: Team) -> None:
    team.said("mina", "press me")
    mina = team.visit("mina", **PHONE)
    sheet = long_press(mina, "press me")
    expect(mina.page.get_by_role("toolbar")).to_have_count(0)
    box = sheet.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] == pytest.approx(740, abs=1)
    rows = sheet.get_by_role("button")
    actions = [
        "Edit",
        "Delete",
        "Reply",
        "Reply in a thread",
        "Copy the text",
        "Copy the link",
        "Pin to the room",
        "Mark as unread from here",
        "Who has read it",
    ]
    expect(rows).to_have_text(["👍", "❤️", "👀", "👏", "🙏", "", *actions])
    assert all(row.evaluate("row => row.getBoundingClientRect().height") >= 44 for row in rows.all())
    mina.page.touchscreen.tap(180, 40)
    expect(sheet).to_be_hidden()
    sheet = long_press(mina, "press me")
    mina.page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    long_press(mina, "press me").get_by_role("button", name="Edit").tap()
    expect(mina.field).to_have_value("press me")


def test_without_a_network_the_menu_says_that_it_could_not_be_loaded(team: Team) -> None:
    team.said("mina", "mine")
    mina = team.visit("mina")
    mina.page.route("**/message_menu*", lambda route: route.abort())
    mina.message("mine").hover()
    mina.message("mine").get_by_role("button", name="More actions").click()
    expect(mina.page.locator("#note")).to_contain_text("could not be loaded")
    mina.page.unroute("**/message_menu*")
    mina.menu_of("mine")
