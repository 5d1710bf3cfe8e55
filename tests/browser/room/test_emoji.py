"""Emoji: the picker, suggestions while a name is typed, and the space's own."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.room.chatting import Chatter, Team
from tests.browser.room.holding import hold, release
from tests.harness import images

OPENING_MS = 100
"""The longest that opening the picker may take, when its names are loaded."""

SPREAD_MS = 15_000
"""The longest that it may take until all open pages have read a changed list of emoji."""

OPENED = """async () => {
  const opener = document.querySelector("#emoji-open");
  const start = performance.now();
  opener.click();
  const picker = await new Promise((resolve) => {
    const look = () => {
      const found = document.querySelector(".emoji-picker [role=option]");
      if (found) resolve(found); else requestAnimationFrame(look);
    };
    look();
  });
  picker.getBoundingClientRect();
  return performance.now() - start;
}"""


def picker(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Emoji")


def open_picker(person: Chatter) -> Locator:
    person.page.get_by_role("button", name="Emoji", exact=True).click()
    expect(picker(person.page).get_by_role("option", name="grinning face", exact=True)).to_be_visible()
    return picker(person.page)


def suggestions(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Suggestions").get_by_role("option")


def chosen(page: Page) -> Locator:
    """The suggestion that Enter chooses."""
    return page.get_by_role("listbox", name="Suggestions").get_by_role("option", selected=True)


def test_by_keyboard_an_emoji_is_found_in_korean_and_inserted_at_the_caret(mina: Chatter) -> None:
    keys = mina.page.keyboard
    mina.field.fill("Well done!")
    keys.press("ArrowLeft")
    shown = open_picker(mina)
    keys.type("단풍")
    expect(shown.get_by_role("option", selected=True)).to_have_accessible_name("maple leaf")
    expect(shown.locator(".shown")).to_contain_text(":maple_leaf:")
    keys.press("Enter")
    expect(shown).to_be_hidden()
    expect(mina.field).to_have_value("Well done🍁!")
    expect(mina.field).to_be_focused()
    keys.press("Control+z")
    expect(mina.field).to_have_value("Well done!")
    # What was used comes first now; arrow keys move on from there, and Escape leaves everything as it was.
    shown = open_picker(mina)
    expect(shown.get_by_role("group").first).to_have_accessible_name("Mine, most used")
    expect(shown.get_by_role("option", selected=True)).to_have_accessible_name("maple leaf")
    keys.press("ArrowDown")
    expect(shown.get_by_role("option", selected=True)).to_have_accessible_name("grinning face")
    keys.press("End")
    keys.press("ArrowRight")
    expect(shown.get_by_role("option", selected=True)).not_to_have_accessible_name("grinning face")
    keys.press("Escape")
    expect(shown).to_be_hidden()
    expect(mina.page.locator("#emoji-open")).to_be_focused()


def test_a_skin_tone_is_chosen_once_and_kept(mina: Chatter) -> None:
    shown = open_picker(mina)
    shown.get_by_role("button", name="Skin tone: No skin tone").click()
    shown.get_by_role("button", name="Medium skin", exact=True).click()
    expect(shown.get_by_role("button", name="Skin tone: Medium skin")).to_be_focused()
    shown.get_by_role("combobox").fill("clap")
    shown.get_by_role("option", name="clapping hands").click()
    expect(mina.field).to_have_value("👏🏽")
    mina.page.reload()
    shown = open_picker(mina)
    expect(shown.get_by_role("group", name="Mine, most used").get_by_role("option")).to_have_text(["👏🏽"])


def test_the_picker_opens_at_once(mina: Chatter) -> None:
    open_picker(mina)
    times = []
    for _ in range(3):
        mina.page.keyboard.press("Escape")
        times.append(mina.page.evaluate(OPENED))
    assert min(times) < OPENING_MS


def test_without_a_network_the_picker_says_so_and_works_later(mina: Chatter) -> None:
    mina.page.locator("#details-open").click()  # the parts of the page are loaded
    mina.page.route("**/emoji/*.json", lambda route: route.abort())
    mina.page.get_by_role("button", name="Emoji", exact=True).click()
    expect(picker(mina.page)).to_contain_text("could not be loaded")
    mina.page.keyboard.press("Escape")
    mina.page.unroute("**/emoji/*.json")
    open_picker(mina)


def test_people_rooms_and_emoji_are_suggested_while_their_names_are_typed(team: Team, mina: Chatter) -> None:
    team.new_room("디자인 이야기")
    mina.page.reload()
    keys = mina.page.keyboard
    mina.field.press_sequentially("Thanks @jo")
    expect(suggestions(mina.page)).to_have_count(1)
    expect(chosen(mina.page)).to_contain_text("Joon Lee")
    expect(mina.field).to_have_attribute("aria-activedescendant", "suggestion-0")
    keys.press("Enter")
    expect(mina.field).to_have_value(re.compile(r"^Thanks @joon\d* $"))
    keys.type("see #ㄷㅈㅇ")
    expect(chosen(mina.page)).to_contain_text("디자인 이야기")
    keys.press("Tab")
    expect(mina.field).to_be_focused()
    expect(mina.field).to_have_value(re.compile(r" see #디자인-이야기\S* $"))
    keys.type(":maple")
    expect(chosen(mina.page)).to_contain_text(":maple_leaf:")
    keys.press("Enter")
    expect(mina.field).to_have_value(re.compile("🍁$"))
    expect(mina.messages).to_have_count(0)
    keys.press("Enter")
    expect(mina.messages).to_have_count(1)


def test_escape_and_code_leave_a_name_as_it_is_typed(mina: Chatter) -> None:
    keys = mina.page.keyboard
    mina.field.press_sequentially("@")
    expect(suggestions(mina.page)).to_have_text([re.compile("Joon"), re.compile("@here"), re.compile("@all")])
    keys.press("ArrowUp")
    expect(chosen(mina.page)).to_contain_text("@all")
    keys.press("Escape")
    expect(suggestions(mina.page)).to_have_count(0)
    keys.type("jo")
    expect(suggestions(mina.page)).to_have_count(0)
    mina.field.fill("")
    mina.field.press_sequentially("`@jo")
    expect(suggestions(mina.page)).to_have_count(0)
    mina.page.get_by_role("button", name="Mention somebody").click()
    expect(mina.field).to_have_value("`@jo @")


def test_an_input_method_completes_its_syllable_before_enter_chooses(mina: Chatter) -> None:
    mina.field.press_sequentially(":ta")
    expect(suggestions(mina.page).first).to_be_visible()
    mina.field.fill("")
    input_method = mina.page.context.new_cdp_session(mina.page)
    mina.field.press_sequentially(":")
    for syllable in ("ㄷ", "다", "단"):
        input_method.send("Input.imeSetComposition", {"text": syllable, "selectionStart": 1, "selectionEnd": 1})
    expect(suggestions(mina.page).first).to_be_visible()
    mina.field.dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "isComposing": True, "bubbles": True})
    expect(mina.field).to_have_value(":단")
    input_method.send("Input.insertText", {"text": "단풍"})
    expect(mina.field).to_have_value(":단풍")
    expect(chosen(mina.page)).to_contain_text(":maple_leaf:")
    mina.page.keyboard.press("Enter")
    expect(mina.field).to_have_value("🍁")
    expect(mina.messages).to_have_count(0)


def test_what_is_typed_and_entered_before_the_emoji_are_loaded_counts(mina: Chatter, joon: Chatter) -> None:
    held = hold(mina.page, "**/emoji/en*.json")
    mina.page.locator("#details-open").click()
    choice = mina.page.locator("#panel").get_by_role("group", name="Emoji")
    choice.get_by_role("button", name="Choose an emoji").click()
    picker(mina.page).get_by_role("combobox").fill("seedling")
    mina.page.keyboard.press("Enter")
    expect(picker(mina.page)).to_be_visible()
    release(mina.page, held)
    expect(joon.page.locator("#rooms a.current .emoji")).to_have_text("🌱")


def test_an_owner_gives_the_room_an_emoji_in_its_details(mina: Chatter, joon: Chatter) -> None:
    mina.page.locator("#details-open").click()
    choice = mina.page.locator("#panel").get_by_role("group", name="Emoji")
    choice.get_by_role("button", name="Choose an emoji").click()
    picker(mina.page).get_by_role("combobox").fill("seedling")
    mina.page.keyboard.press("Enter")
    expect(joon.page.locator("#rooms a.current .emoji")).to_have_text("🌱")
    choice.get_by_role("button", name="Remove").click()
    expect(joon.page.locator("#rooms a.current .emoji")).to_have_count(0)


def test_an_emoji_of_the_space_is_added_picked_and_shown_in_messages(team: Team, mina: Chatter) -> None:
    team.run("User.objects.filter(pk=mina.pk).update(is_staff=True, is_superuser=True)")
    mina.page.reload()
    mina.is_live()
    name = f"logo-{team.ids['mina']}"
    mina.page.get_by_role("button", name="Emoji", exact=True).click()
    picker(mina.page).get_by_role("option", name="Add an emoji").click()
    mina.page.get_by_label("Name").fill(name)
    mina.page.locator("#page input[type=file]").set_input_files(
        {"name": "logo.png", "mimeType": "image/png", "buffer": images.image(80, 40, colour=images.RED)}
    )
    mina.page.get_by_role("button", name="Add the emoji").click()
    expect(mina.page.locator("#page .members")).to_contain_text(f":{name}:")
    mina.open(team.address)
    mina.page.get_by_role("button", name="Emoji", exact=True).click()
    own = picker(mina.page).get_by_role("group", name="Maple Studio").get_by_role("option", name=name, exact=True)
    expect(own.locator("img")).to_have_js_property("complete", value=True)
    own.click()
    expect(mina.field).to_have_value(f":{name}:")
    mina.field.press("Enter")
    expect(mina.messages).to_have_count(1)
    shown = mina.messages.get_by_role("img", name=f":{name}:")
    expect(shown).to_be_visible()
    expect(shown).to_have_css("display", "inline-block")  # it stands in the line


ADD_EMOJI = """
from chat.services.custom_emoji import add_emoji
from tests.harness import images
User.objects.filter(pk=mina.pk).update(is_staff=True, is_superuser=True)
add_emoji(User.objects.get(pk=mina.pk), name="leaf-{name}", data=images.image(64, 64, colour=images.RED))
"""
ARCHIVE_EMOJI = """
from chat.models import CustomEmoji
from chat.services.custom_emoji import archive_emoji
archive_emoji(User.objects.get(pk=mina.pk), emoji_id=CustomEmoji.objects.get(name="leaf-{name}").pk)
"""


def test_people_react_with_an_emoji_of_the_space_that_was_added_and_archived_meanwhile(team: Team) -> None:
    name = str(team.ids["mina"])
    code = f":leaf-{name}:"
    team.said("mina", "look", f"soon there is {code}")
    mina, joon = team.visit("mina"), team.visit("joon")
    for person in (mina, joon):
        with person.page.expect_response("**/emoji/"):  # what is said names an emoji that nobody knows
            person.page.locator("#details-open").click()
    team.run(ADD_EMOJI.format(name=name))
    for person in (mina, joon):
        expect(person.message("soon").get_by_role("img", name=code)).to_be_visible(timeout=SPREAD_MS)
    mina.message("look").hover()
    mina.message("look").get_by_role("button", name="Add a reaction").click()
    picker(mina.page).get_by_role("combobox").fill("leaf-")
    picker(mina.page).get_by_role("option", name=f"leaf-{name}").click()
    for person in (mina, joon):
        expect(person.chip("look", code).locator("img")).to_have_js_property("complete", value=True)
    expect(joon.chip("look", code)).to_have_accessible_name(f"{code} 1: Mina Kim")
    joon.chip("look", code).click()
    expect(mina.chip("look", code)).to_contain_text("2")
    team.run(ARCHIVE_EMOJI.format(name=name))
    joon.chip("look", code).click()
    expect(mina.chip("look", code)).to_contain_text("1")
    expect(joon.chip("look", code).locator("img")).to_be_visible()
    joon.chip("look", code).click()
    expect(joon.page.locator("#note")).to_contain_text("archived")
    expect(joon.chip("look", code)).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize("width", [360, 1440])
def test_the_picker_is_on_the_screen_as_a_whole(mina: Chatter, width: int) -> None:
    mina.page.set_viewport_size({"width": width, "height": 700})
    shown = open_picker(mina)
    box = shown.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert 0 <= box["y"] <= 700 - box["height"]
    assert (round(box["width"]) == width) == (width == 360)
