"""Sheets over the room page: a new room, and invitation links."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.room.chatting import Chatter, Team

EMPTY_ROOM = """
from chat.services.rooms import create_room
answer = create_room(mina, name=f"First {mina.pk}").get_absolute_url()
"""
STAFF = "User.objects.filter(pk=mina.pk).update(is_staff=True)"


def sheet(person: Chatter) -> Locator:
    return person.page.get_by_role("dialog")


def open_new_room(person: Chatter) -> Locator:
    person.page.get_by_role("link", name="New room").click()
    expect(sheet(person).get_by_label("Name")).to_be_focused()
    return sheet(person)


def open_invitations(person: Chatter) -> Locator:
    person.page.locator("#space-menu-open").click()
    person.page.get_by_role("menuitem", name="Invite people").click()
    expect(sheet(person).get_by_role("button", name="Create a link")).to_be_focused()
    return sheet(person)


def test_a_room_is_made_in_a_sheet_and_opens_in_place(team: Team, mina: Chatter) -> None:
    mina.page.evaluate("window.samePage = true")
    dialog = open_new_room(mina)
    dialog.get_by_label("Name").fill(f"Lunch {team.ids['mina']}")
    dialog.get_by_label("Topic").fill("Where to eat")
    dialog.get_by_label("Private: only invited people know that it exists").check()
    dialog.get_by_role("button", name="Create the room").click()
    expect(mina.page.locator("#room-name .name")).to_have_text(f"Lunch {team.ids['mina']}")
    expect(mina.page.locator("#room-about")).to_have_text("Where to eat")
    expect(mina.page).to_have_url(re.compile(r"/rooms/lunch-\d+-\w{6}/$"))
    expect(sheet(mina)).to_have_count(0)
    assert mina.page.evaluate("window.samePage") is True


def test_escape_closes_the_sheet_and_the_focus_returns(mina: Chatter) -> None:
    open_new_room(mina)
    mina.page.keyboard.press("Escape")
    expect(sheet(mina)).to_have_count(0)
    expect(mina.page.get_by_role("link", name="New room")).to_be_focused()
    mina.page.locator("#space-menu-open").click()
    mina.page.get_by_role("menuitem", name="Create a room").click()
    expect(sheet(mina).get_by_label("Name")).to_be_focused()
    mina.page.keyboard.press("Escape")
    expect(mina.page.locator("#space-menu-open")).to_be_focused()
    expect(mina.page.get_by_role("menu")).to_be_hidden()


def test_a_similar_name_is_a_hint_and_no_refusal(team: Team, mina: Chatter) -> None:
    name = f"Kitchen {team.ids['mina']}"
    team.new_room(name)
    dialog = open_new_room(mina)
    dialog.get_by_label("Name").press_sequentially(name.lower())
    hint = dialog.get_by_role("link", name=f"#{name.lower().replace(' ', '-')}")
    expect(hint).to_have_attribute("href", f"/rooms/{name.lower().replace(' ', '-')}/")
    dialog.get_by_role("button", name="Create the room").click()
    expect(mina.page.locator("#room-name .name")).to_have_text(name.lower())


def test_an_error_stands_at_its_field_and_the_text_stays(mina: Chatter) -> None:
    dialog = open_new_room(mina)
    dialog.get_by_label("Topic").fill("Where to eat")
    dialog.get_by_role("button", name="Create the room").click()
    name = dialog.get_by_label("Name")
    expect(name).to_have_accessible_description(re.compile("This field is required."))
    expect(name).to_be_focused()
    expect(dialog.get_by_label("Topic")).to_have_value("Where to eat")
    name.fill("x")
    expect(name).not_to_have_attribute("aria-invalid", "true")


def test_a_modified_click_opens_the_page_of_a_sheet_in_another_tab(mina: Chatter) -> None:
    with mina.page.context.expect_page() as opened:
        mina.page.get_by_role("link", name="New room").click(modifiers=["Control"])
    expect(opened.value).to_have_url(re.compile("/rooms/new/$"))
    expect(sheet(mina)).to_have_count(0)


def test_who_may_not_invite_people_finds_no_way_to_it(mina: Chatter) -> None:
    mina.page.locator("#space-menu-open").click()
    expect(mina.page.get_by_role("menuitem", name="Create a room")).to_be_visible()
    expect(mina.page.get_by_role("menuitem", name="Invite people")).to_have_count(0)


def test_a_link_is_made_copied_used_and_revoked(team: Team) -> None:
    team.run(STAFF)
    mina = team.visit("mina", permissions=["clipboard-read", "clipboard-write"])
    dialog = open_invitations(mina)
    expect(dialog.get_by_label("7 days")).to_be_checked()
    expect(dialog.get_by_label("Any number")).to_be_checked()
    dialog.get_by_label("1 day", exact=True).check(force=True)
    dialog.get_by_label("1", exact=True).check(force=True)
    dialog.get_by_role("button", name="Create a link").click()
    expect(dialog.get_by_role("img", name="QR code of the link")).to_be_visible()
    link = dialog.get_by_label("Invitation link").input_value()
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    assert mina.page.evaluate("navigator.clipboard.readText()") == link
    guest = team.new_context().new_page()
    guest.goto(link)
    expect(guest.get_by_role("button", name="Sign up")).to_be_visible()
    dialog.get_by_role("button", name="See and revoke").click()
    mine = dialog.get_by_role("listitem").filter(has_text="0 of 1 joined")
    expect(mine).to_contain_text("Mina Kim")
    before = dialog.get_by_role("listitem").count()
    mine.get_by_role("button", name=re.compile("Revoke")).click()
    expect(dialog.get_by_role("listitem")).to_have_count(before - 1)


def test_the_choices_of_a_link_are_made_by_keyboard(team: Team) -> None:
    team.run(STAFF)
    mina = team.visit("mina")
    dialog = open_invitations(mina)
    dialog.get_by_label("7 days").focus()
    mina.page.keyboard.press("ArrowRight")
    expect(dialog.get_by_label("No end")).to_be_checked()
    mina.page.keyboard.press("Tab")
    mina.page.keyboard.press("ArrowLeft")
    expect(dialog.get_by_label("10", exact=True)).to_be_checked()
    mina.page.keyboard.press("Enter")
    dialog.get_by_role("button", name="See and revoke").click()
    expect(dialog.get_by_role("listitem").filter(has_text="0 of 10 joined · no end").first).to_be_visible()


def test_the_buttons_at_the_beginning_of_a_room_open_its_panels(team: Team) -> None:
    team.run(STAFF)
    address = team.run(EMPTY_ROOM)
    mina = team.visit("mina", address)
    beginning = mina.page.locator("#top")
    beginning.get_by_role("link", name="Add people").click()
    expect(mina.page.locator("#panel").get_by_role("combobox")).to_be_focused()
    beginning.get_by_role("link", name="Change topic").click()
    expect(mina.page.get_by_label("Topic")).to_be_focused()
    mina.page.get_by_label("Topic").fill("What it is for")
    mina.page.keyboard.press("Enter")
    expect(mina.page.locator("#room-about")).to_have_text("What it is for")
