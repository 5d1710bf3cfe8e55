"""The command palette and the sheet of keyboard shortcuts."""

import json
import re

from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.room.chatting import Chatter, Team
from tests.browser.room.holding import hold, release

MANY_ROOMS = """
made = Room.objects.bulk_create(
    Room(name=f"Room {number:03}", slug=f"room-{mina.pk}-{number}", kind="private", created_by=mina, revision=1)
    for number in range(500)
)
Membership.objects.bulk_create(Membership(room=room, user=mina, revision=1) for room in made)
"""

MEASURED = """async () => {
  const field = document.querySelector("#palette-input");
  const dialog = document.querySelector("#palette");
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const timed = (act) => { const start = performance.now(); act(); return performance.now() - start; };
  const opening = timed(() => document.querySelector("#jump").click());
  await frame();
  const typing = [];
  for (const text of ["r", "ro", "room", "room 4", "room 49", "xyz"]) {
    field.value = text;
    typing.push(timed(() => field.dispatchEvent(new Event("input"))));
    await frame();
  }
  return { opening, slowest: Math.max(...typing), isOpen: dialog.open };
}"""


def palette(page: Page) -> Locator:
    return page.locator("#palette")


def options(page: Page) -> Locator:
    return palette(page).get_by_role("option")


def matches(page: Page) -> Locator:
    """The options but the last one, which searches messages for what is typed."""
    return palette(page).locator("[role=group]:not(:last-child) [role=option]")


def active(page: Page) -> Locator:
    """The option that Enter chooses, which `aria-activedescendant` names for screen readers."""
    name = page.locator("#palette-input").get_attribute("aria-activedescendant")
    return page.locator(f"#{name}")


def test_by_keyboard_alone_a_room_is_found_by_its_initial_consonants(team: Team) -> None:
    team.new_room("디자인 이야기")
    mina = team.visit("mina")
    keys = mina.page.keyboard
    keys.press("Control+k")
    expect(mina.page.locator("#palette-input")).to_be_focused()
    keys.type("ㄷㅈ")
    expect(options(mina.page).first).to_contain_text("디자인 이야기")
    expect(active(mina.page)).to_contain_text("디자인 이야기")
    expect(active(mina.page).locator("mark")).to_have_text("디자")
    keys.press("Enter")
    expect(palette(mina.page)).to_be_hidden()
    expect(mina.page.locator("#room-name")).to_contain_text("디자인 이야기")
    expect(mina.field).to_be_focused()


def test_what_is_typed_and_pressed_before_the_palette_is_loaded_is_done_then(team: Team) -> None:
    for name in ("Launch week", "Launch party"):
        team.new_room(name)
    mina = team.tab("mina")
    held = hold(mina.page, "**/shell_parts*")
    mina.open(team.address)
    mina.page.keyboard.press("Control+k")
    mina.page.keyboard.type("laun")
    mina.page.keyboard.press("Enter")
    mina.page.keyboard.type("ch")
    mina.page.keyboard.press("ArrowDown")
    mina.page.keyboard.press("Enter")
    expect(mina.page.locator("#palette-input")).to_have_value("launch")
    release(mina.page, held)
    expect(palette(mina.page)).to_be_hidden()
    expect(mina.page.locator("#room-name")).to_contain_text("Launch week")
    expect(mina.field).to_be_focused()
    expect(mina.field).to_have_value("")
    expect(mina.messages).to_have_count(0)


def test_a_palette_that_cannot_be_loaded_says_so_and_keeps_what_is_typed_until_it_can(team: Team) -> None:
    team.new_room("Launch")
    mina = team.tab("mina")
    mina.page.route("**/shell_parts*", lambda route: route.abort())
    mina.open(team.address)
    mina.page.keyboard.press("Control+k")
    expect(palette(mina.page).get_by_role("status")).to_contain_text("could not be loaded")
    mina.page.keyboard.type("laun")
    mina.page.unroute("**/shell_parts*")
    mina.page.keyboard.press("Enter")
    expect(mina.page.locator("#room-name")).to_contain_text("Launch")


def test_enter_before_the_server_has_answered_chooses_what_it_finds(team: Team, mina: Chatter) -> None:
    username = team.run("answer = joon.username")
    mina.page.locator("#details-open").click()
    held = hold(mina.page, "**/find/*")
    mina.page.keyboard.press("Control+k")
    mina.page.keyboard.type(username)
    mina.page.keyboard.press("Enter")
    expect(palette(mina.page)).to_be_visible()
    release(mina.page, held)
    expect(mina.page.get_by_role("dialog", name="New message").locator(".chip")).to_contain_text("Joon Lee")


def test_the_room_that_one_was_in_before_comes_first(team: Team) -> None:
    for name in ("Attic", "Kitchen", "Launch"):
        team.new_room(name)
    mina = team.visit("mina")
    for name in ("Launch", "Kitchen", "General"):
        mina.room_link(name).click()
        expect(mina.page.locator("#room-name")).to_contain_text(name)
        mina.page.keyboard.press("Control+k")
        expect(options(mina.page).first).to_be_visible()
        mina.page.keyboard.press("Escape")
    mina.page.keyboard.press("Control+k")
    rooms = palette(mina.page).get_by_role("group", name="Recent rooms").get_by_role("option")
    expect(rooms).to_have_text([re.compile("Kitchen"), re.compile("Launch"), re.compile("Attic")])


def test_arrow_keys_home_and_end_move_and_go_round(team: Team) -> None:
    mina = team.visit("mina")
    keys = mina.page.keyboard
    keys.press("Control+k")
    expect(options(mina.page).first).to_have_attribute("aria-selected", "true")
    first = active(mina.page).inner_text()
    keys.press("End")
    expect(options(mina.page).last).to_have_attribute("aria-selected", "true")
    assert "Sign out" in active(mina.page).inner_text()
    keys.press("ArrowDown")
    expect(options(mina.page).first).to_have_attribute("aria-selected", "true")
    keys.press("ArrowUp")
    expect(options(mina.page).last).to_have_attribute("aria-selected", "true")
    keys.press("Home")
    assert active(mina.page).inner_text() == first
    keys.press("Escape")
    expect(palette(mina.page)).to_be_hidden()


def test_enter_that_ends_a_korean_syllable_chooses_nothing(mina: Chatter) -> None:
    mina.page.keyboard.press("Control+k")
    field = mina.page.locator("#palette-input")
    field.fill("방")
    field.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True, "cancelable": True})
    expect(palette(mina.page)).to_be_visible()


def test_a_person_is_found_to_write_to_them(team: Team, mina: Chatter) -> None:
    mina.page.keyboard.press("Control+k")
    username = team.run("answer = joon.username")
    mina.page.keyboard.type(username)
    person = palette(mina.page).get_by_role("group", name="People").get_by_role("option")
    expect(person).to_have_text(re.compile("Joon Lee"))
    person.click()
    expect(mina.page.get_by_role("dialog", name="New message").locator(".chip")).to_contain_text("Joon Lee")
    expect(mina.page.get_by_role("dialog", name="New message").get_by_label("Your message")).to_be_focused()


def test_a_public_room_of_others_is_found_and_leads_to_its_door(team: Team, mina: Chatter) -> None:
    team.run("from chat.services.rooms import create_room\ncreate_room(joon, name='Orchard of ' + joon.username)")
    mina.page.keyboard.press("Control+k")
    mina.page.keyboard.type(f"orchard {team.run('answer = joon.username')}")
    expect(options(mina.page).first).to_contain_text("not joined")
    mina.page.keyboard.press("Enter")
    expect(mina.page.get_by_role("button", name="Join the room")).to_be_visible()
    mina.page.get_by_role("button", name="Join the room").click()
    expect(mina.page.locator("#room-name")).to_contain_text("Orchard of")
    expect(mina.field).to_be_focused()


def test_answers_to_earlier_questions_are_dropped(team: Team, mina: Chatter) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    mina.page.route("**/find/*", hold)
    mina.page.keyboard.press("Control+k")
    for number, text in enumerate(("zoe", "zoe!"), start=1):
        mina.page.locator("#palette-input").fill(text)
        while len(held) < number:
            mina.page.wait_for_function("true")
    late, last = held
    person = {"id": 1, "username": "zoe", "name": "zoe!"}
    last.fulfill(json={"people": [], "rooms": []})
    expect(mina.page.locator("#palette-nothing")).to_contain_text("No room, person or action matches")
    with mina.page.expect_response("**/find/?q=zoe"):
        late.fulfill(body=json.dumps({"people": [person], "rooms": []}), content_type="application/json")
    expect(options(mina.page)).to_have_text(["Search messages for “zoe!” Ctrl Enter"])


def test_actions_mute_the_room_and_change_the_theme(mina: Chatter) -> None:
    keys = mina.page.keyboard
    keys.press("Control+k")
    expect(options(mina.page).first).to_be_visible()
    keys.type("mute gen")
    keys.press("Enter")
    expect(mina.room_link("General").get_by_role("img", name="muted")).to_be_visible()
    keys.press("Control+k")
    keys.type("unmute")
    expect(matches(mina.page)).to_have_count(1)
    keys.press("Enter")
    expect(mina.room_link("General").get_by_role("img", name="muted")).to_have_count(0)
    keys.press("Control+k")
    keys.type("theme dark")
    keys.press("Enter")
    expect(mina.page.locator("html")).to_have_attribute("data-theme", "dark")


def test_in_korean_an_action_is_found_by_its_korean_and_its_english_name(team: Team) -> None:
    mina = team.visit("mina", locale="ko-KR")
    for text in ("단축키", "ㄷㅊㅋ", "shortcuts"):
        mina.page.keyboard.press("Control+k")
        mina.page.locator("#palette-input").fill(text)
        expect(matches(mina.page)).to_have_count(1)
        mina.page.keyboard.press("Escape")


def test_what_matches_nothing_is_said_in_words_and_messages_can_be_searched_for_it(mina: Chatter) -> None:
    mina.page.keyboard.press("Control+k")
    mina.page.locator("#palette-input").fill("qqqq")
    expect(mina.page.locator("#palette-nothing")).to_have_text("No room, person or action matches “qqqq”.")
    expect(matches(mina.page)).to_have_count(0)
    expect(active(mina.page)).to_contain_text("Search messages for “qqqq”")


def test_with_500_rooms_every_letter_filters_them(team: Team) -> None:
    team.run(MANY_ROOMS)
    mina = team.visit("mina")
    mina.page.keyboard.press("Control+k")
    expect(palette(mina.page)).to_be_visible()
    mina.page.keyboard.press("Escape")
    expect(mina.page.locator("#rooms a")).to_have_count(501)
    measured = mina.page.evaluate(MEASURED)
    assert measured["isOpen"], measured
    mina.page.locator("#palette-input").fill("room 499")
    expect(matches(mina.page)).to_have_text([re.compile("Room 499")])


def test_a_question_mark_opens_the_shortcuts_unless_somebody_is_typing(mina: Chatter) -> None:
    sheet = mina.page.get_by_role("dialog", name="Keyboard shortcuts")
    mina.field.press("?")
    expect(mina.field).to_have_value("?")
    expect(sheet).to_have_count(0)
    mina.field.fill("")
    mina.timeline.focus()
    mina.page.keyboard.press("?")
    expect(sheet).to_be_visible()
    expect(sheet.get_by_text("Move a favourite up or down")).to_be_visible()
    mina.page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(mina.timeline).to_be_focused()
    expect(mina.field).to_have_value("")


def test_the_menu_opens_the_shortcuts_and_the_palette_takes_their_place(mina: Chatter) -> None:
    mina.page.locator("#space-menu-open").click()
    mina.page.get_by_role("menuitem", name="Keyboard shortcuts").click()
    sheet = mina.page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_be_visible()
    mina.page.keyboard.press("Control+k")
    expect(palette(mina.page)).to_be_visible()
    expect(sheet).to_be_hidden()


def test_on_a_mac_the_keys_have_the_names_of_its_caps(team: Team) -> None:
    page = team.browser("mina").new_page()
    page.add_init_script("Object.defineProperty(navigator, 'platform', { get: () => 'MacIntel' })")
    mina = Chatter(page).open(team.address)
    expect(page.locator("#jump-key")).to_have_text("⌘ K")
    mina.timeline.focus()
    page.keyboard.press("?")
    expect(page.locator("#shortcuts dd").first).to_have_text("⌘K")
