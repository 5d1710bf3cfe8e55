"""The panel of the room: its name and topic, what I want of it, its people, and how it ends; all in place."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.room.chatting import Chatter, Team

LONG = (
    "하나의 줄이 폭을 다 쓰고 다음 줄로 넘어갈 만큼 긴 한국어 문장이 이어지면 줄이 어디에서 나뉘는지 볼 수 있어요. "
    "And a sentence of English words that is long enough to be broken into several lines, whatever the font is. "
)
LINES = """(messages) => messages.flatMap((message) => {
  const range = document.createRange();
  range.selectNodeContents(message);
  const tops = [...range.getClientRects()].map((box) => Math.round(box.top));
  return [[...new Set(tops)].length, Math.round(message.getBoundingClientRect().width)];
})"""


def open_details(person: Chatter) -> Locator:
    person.page.locator("#details-open").click()
    expect(person.page.locator("#panel-title")).to_have_text("Room details")
    return person.page.locator("#panel")


def open_people(person: Chatter) -> Locator:
    person.page.locator("#people-open").click()
    expect(person.page.locator("#panel-title")).to_have_text("People")
    return person.page.locator("#panel")


def row(panel: Locator, name: str) -> Locator:
    return panel.locator("li.person-row", has_text=name)


def test_at_1440_px_opening_and_closing_the_panel_breaks_no_line_elsewhere(team: Team) -> None:
    team.said("joon", *(LONG * number for number in range(1, 5)))
    mina = team.visit("mina", viewport={"width": 1440, "height": 900})
    bodies = mina.page.locator(".msg .body p")
    expect(bodies).to_have_count(4)
    before = bodies.evaluate_all(LINES)
    assert max(before[::2]) > 4
    for opening in (open_details, open_people):
        opening(mina)
        assert bodies.evaluate_all(LINES) == before
    mina.page.locator("#panel-close").click()
    expect(mina.page.locator("#panel")).to_be_hidden()
    assert bodies.evaluate_all(LINES) == before


def test_a_topic_is_saved_in_place_and_everybody_sees_it(mina: Chatter, joon: Chatter) -> None:
    panel = open_details(mina)
    expect(panel.get_by_role("button", name="Save")).to_be_hidden()
    panel.get_by_label("Topic").fill("Everything that concerns all of us")
    expect(panel.get_by_text("34 of 250")).to_be_visible()
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_role("button", name="Save")).to_be_hidden()
    expect(panel.get_by_label("Topic")).to_be_focused()
    expect(joon.page.locator("#room-about")).to_have_text("Everything that concerns all of us")
    theirs = open_details(joon)
    expect(theirs).to_contain_text("Everything that concerns all of us")
    expect(theirs.get_by_role("textbox")).to_have_count(0)


def test_what_was_typed_is_taken_back_by_escape_and_the_panel_stays(mina: Chatter) -> None:
    panel = open_details(mina)
    name = panel.get_by_label("Name")
    name.fill("Something else")
    name.press("Escape")
    expect(name).to_have_value("General")
    expect(panel.get_by_role("button", name="Save")).to_be_hidden()
    name.press("Escape")
    expect(panel).to_be_hidden()
    expect(mina.page.locator("#details-open")).to_be_focused()


def test_what_is_refused_is_said_at_the_field_and_what_was_typed_stays(mina: Chatter) -> None:
    panel = open_details(mina)
    name = panel.get_by_label("Name")
    name.fill("   ")
    name.press("Enter")
    expect(name).to_have_accessible_description("This field is required.")
    expect(name).to_have_attribute("aria-invalid", "true")
    name.fill("x" * 81)
    name.press("Enter")
    expect(name).to_have_accessible_description(re.compile("at most 80 characters"))
    expect(name).to_have_value("x" * 81)
    name.fill("Renamed")
    name.press("Enter")
    expect(mina.page.locator("#room-name .name")).to_have_text("Renamed")


def test_a_name_that_another_room_has_is_saved_at_the_second_try(team: Team, mina: Chatter) -> None:
    team.new_room("Kitchen")
    panel = open_details(mina)
    name = panel.get_by_label("Name")
    name.fill("kitchen")
    name.press("Enter")
    expect(name).to_have_accessible_description(re.compile("There is already a room with this name"))
    name.press("Enter")
    expect(mina.page.locator("#room-name .name")).to_have_text("kitchen")


def test_without_a_network_nothing_typed_is_lost(mina: Chatter) -> None:
    panel = open_details(mina)
    topic = panel.get_by_label("Topic")
    topic.fill("Later")
    mina.page.context.set_offline(True)
    topic.press("Enter")
    expect(topic).to_have_accessible_description("You are not connected.")
    mina.is_offline()
    mina.page.context.set_offline(False)
    mina.is_live()
    topic.press("Enter")
    expect(mina.page.locator("#room-about")).to_have_text("Later")


def test_what_one_is_typing_stays_when_somebody_else_changes_the_room(team: Team, mina: Chatter) -> None:
    panel = open_details(mina)
    panel.get_by_label("Topic").fill("Half a thou")
    team.run("from chat.services.rooms import update_room\nupdate_room(mina, room_id=general.pk, name='Renamed')")
    expect(panel.get_by_label("Name")).to_have_value("Renamed")
    expect(panel.get_by_label("Topic")).to_have_value("Half a thou")


def test_what_i_am_notified_of_is_chosen_in_place(team: Team, mina: Chatter) -> None:
    panel = open_details(mina)
    row = panel.get_by_role("button", name="Notify me of")
    expect(row).to_contain_text("My default (Every message)")
    row.click()
    expect(panel.get_by_label("My default")).to_be_focused()
    panel.get_by_label("Mentions").check()
    expect(row).to_contain_text("Mentions")
    panel.get_by_role("switch", name="Mute").click()
    expect(row).to_contain_text("Nothing")
    panel.get_by_role("switch", name="Mute").click()
    expect(row).to_contain_text("Mentions")
    another = mina.another_tab()
    expect(open_details(another).get_by_role("button", name="Notify me of")).to_contain_text("Mentions")


def test_a_room_is_left_after_a_question(joon: Chatter) -> None:
    panel = open_details(joon)
    expect(panel.get_by_role("button", name="Archive the room")).to_be_hidden()
    leave = panel.get_by_role("button", name="Leave the room")
    leave.click()
    expect(panel).to_contain_text("You can join again at any time.")
    panel.get_by_role("button", name="Cancel").click()
    expect(leave).to_be_focused()
    leave.press("Enter")
    panel.get_by_role("button", name="Yes, leave").click()
    expect(joon.page.locator("#gone")).to_contain_text("You have left this room.")
    expect(panel).to_be_hidden()


def test_a_room_is_archived_opened_again_and_deleted(mina: Chatter) -> None:
    panel = open_details(mina)
    archive = panel.get_by_role("button", name="Archive the room")
    archive.click()
    panel.get_by_role("button", name="Yes, archive").click()
    expect(mina.page.locator("#archived")).to_be_visible()
    expect(panel.get_by_role("textbox")).to_have_count(0)
    panel.get_by_role("button", name="Open the room again").click()
    expect(mina.field).to_be_visible()
    archive.click()
    panel.get_by_role("button", name="Yes, archive").click()
    panel.get_by_role("button", name="Delete the room…").click()
    typed = panel.get_by_label("Type the name of the room to delete it")
    expect(typed).to_be_focused()
    expect(panel).to_contain_text("2 people are in it.")
    typed.fill("general")
    panel.get_by_role("button", name="Delete permanently").click()
    expect(typed).to_have_accessible_description("This is not the name of the room.")
    typed.fill("General")
    panel.get_by_role("button", name="Delete permanently").click()
    expect(mina.page.locator("#gone")).to_contain_text("This room was deleted.")


def test_a_role_is_given_by_keyboard_alone(mina: Chatter, joon: Chatter) -> None:
    panel = open_people(mina)
    more = row(panel, "Joon Lee").locator("[aria-haspopup=menu]")
    more.focus()
    keys = mina.page.keyboard
    keys.press("Enter")
    expect(mina.page.get_by_role("menuitemradio", name="Owner")).to_be_focused()
    keys.press("m")
    expect(mina.page.get_by_role("menuitemradio", name="Moderator")).to_be_focused()
    keys.press("Enter")
    expect(row(panel, "Joon Lee")).to_contain_text("moderator")
    expect(more).to_be_focused()
    expect(row(open_people(joon), "Joon Lee")).to_contain_text("moderator")


def test_a_member_has_no_menu_on_people(joon: Chatter) -> None:
    panel = open_people(joon)
    expect(row(panel, "Mina Kim")).to_contain_text("owner")
    expect(panel.locator("li [aria-haspopup=menu]")).to_have_count(0)


def test_the_last_owner_stays_and_the_panel_says_why(mina: Chatter) -> None:
    panel = open_people(mina)
    row(panel, "Mina Kim").locator("[aria-haspopup=menu]").click()
    expect(mina.page.get_by_role("menuitem", name="Remove from the room")).to_be_hidden()
    mina.page.get_by_role("menuitemradio", name="Member").click()
    expect(panel.get_by_role("alert").first).to_contain_text("A room needs an owner.")
    expect(row(panel, "Mina Kim")).to_contain_text("owner")


def test_somebody_is_removed_after_a_question(mina: Chatter, joon: Chatter) -> None:
    panel = open_people(mina)
    more = row(panel, "Joon Lee").locator("[aria-haspopup=menu]")
    more.click()
    mina.page.get_by_role("menuitem", name="Remove from the room").click()
    expect(panel).to_contain_text("Joon Lee will no longer be able to read this room")
    panel.get_by_role("button", name="Cancel").click()
    expect(more).to_be_focused()
    more.click()
    mina.page.get_by_role("menuitem", name="Remove from the room").click()
    panel.get_by_role("button", name="Remove from the room").click()
    expect(joon.page.locator("#gone")).to_contain_text("You are no longer in this room.")
    expect(row(panel, "Joon Lee")).to_have_count(0)


NEWCOMER = "answer = User.objects.create_user(username=f'haeun{mina.pk}', display_name='최하은').username"


def test_somebody_is_invited_by_initial_consonants_and_keyboard(team: Team, mina: Chatter) -> None:
    team.run(NEWCOMER)
    panel = open_people(mina)
    add = panel.get_by_role("button", name="Invite somebody")
    add.press("Enter")
    field = panel.get_by_label("Name or username")
    expect(field).to_be_focused()
    field.press_sequentially("ㅊㅎㅇ")
    expect(panel.get_by_role("option").first).to_contain_text("최하은")
    field.press("ArrowDown")
    expect(panel.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    expect(panel).to_contain_text("최하은 is in the room.")
    expect(panel.locator("ul[aria-label=People] li", has_text="최하은").first).to_be_visible()
    expect(field).to_be_focused()
    field.press("Escape")
    expect(add).to_be_focused()
    expect(field).to_be_hidden()


TWINS = """
for number in (1, 2):
    User.objects.create_user(username=f"ada{number}x{mina.pk}", display_name=f"Ada{mina.pk}")
"""


def test_a_name_of_nobody_and_of_several_is_said(team: Team, mina: Chatter) -> None:
    team.run(TWINS)
    name = f"Ada{team.ids['mina']}"
    panel = open_people(mina)
    panel.get_by_role("button", name="Invite somebody").click()
    field = panel.get_by_label("Name or username")
    field.fill("nobody at all")
    field.press("Enter")
    expect(field).to_have_accessible_description("Nobody here is called “nobody at all”.")
    field.fill(name)
    field.press("Enter")
    expect(field).to_have_accessible_description("Whom do you mean?")
    options = panel.get_by_role("option")
    expect(options).to_have_count(2)
    options.filter(has_text="ada2x").click()
    expect(panel).to_contain_text(f"{name} is in the room.")


@pytest.mark.parametrize("width", [360, 1024])
def test_the_panel_is_no_wider_than_the_screen(team: Team, width: int) -> None:
    mina = team.visit("mina", viewport={"width": width, "height": 740}, has_touch=True, is_mobile=width < 500)
    for opening in (open_details, open_people):
        opening(mina)
        assert overflow(mina.page) <= 0
        mina.page.get_by_role("button", name="Back" if width < 500 else "Close", exact=True).click()
        expect(mina.page.locator("#panel")).to_be_hidden()


def overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def test_owners_get_from_the_details_to_all_settings_and_the_webhooks_of_the_room(mina: Chatter, joon: Chatter) -> None:
    expect(open_details(joon).get_by_role("link", name="All settings of the room")).to_be_hidden()
    open_details(mina).get_by_role("link", name="All settings of the room").click()
    mina.page.get_by_role("link", name="Manage Webhooks").click()
    expect(mina.page.get_by_role("heading", name="Webhooks", level=1)).to_be_visible()
    mina.page.get_by_role("link", name="New outgoing webhook").click()
    form = mina.page.locator("#page form.form")
    form.get_by_label("Name").fill("Archive")
    form.get_by_label("Address").fill("https://archive.example.com/hook")
    mina.page.get_by_role("button", name="Create the webhook").click()
    expect(mina.page.get_by_label("Secret of the webhook")).to_have_value(re.compile("^whsec_.{44}$"))
    mina.page.locator("#page").get_by_role("link", name="Archive", exact=True).click()
    expect(mina.page.get_by_text("https://archive.example.com/hook")).to_be_visible()
