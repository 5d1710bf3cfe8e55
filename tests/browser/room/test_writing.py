"""Text appears as typed, can be taken back while it waits and can be copied; dropped and pasted files are attached."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.room.chatting import Chatter, Team

LAID_OUT = "def f():\n    return  1\n\n  a    b\n\tend"

FILE = """(element, [type, kind]) => {
  const data = new DataTransfer();
  data.items.add(new File(["x"], "cat.png", {type: "image/png"}));
  if (kind === "with text") data.setData("text/plain", "cells");
  const event = type === "paste"
    ? new ClipboardEvent(type, {clipboardData: data, bubbles: true, cancelable: true})
    : new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true});
  element.dispatchEvent(event);
  return event.defaultPrevented;
}"""
NO_CLIPBOARD = "Object.defineProperty(Navigator.prototype, 'clipboard', {value: undefined})"


@pytest.fixture
def unplugged(mina: Chatter) -> Iterator[Chatter]:
    """Mina, whose browser is offline."""
    mina.page.context.set_offline(True)
    mina.is_offline()
    yield mina
    mina.page.context.set_offline(False)


def paragraphs(page: Page, text: str) -> list[list[float]]:
    """The boxes of a message's paragraphs, relative to the top of its row."""
    boxes: list[list[float]] = page.locator(".msg", has_text=text).evaluate(
        """(row) => {
          const top = row.getBoundingClientRect().top;
          const boxes = [...row.querySelectorAll(".body p")].map((paragraph) => paragraph.getBoundingClientRect());
          return boxes.map(({x, y, width, height}) => [x, y - top, width, height]);
        }"""
    )
    return boxes


def test_spaces_indentation_and_line_breaks_stay_as_typed(mina: Chatter, joon: Chatter) -> None:
    mina.say(LAID_OUT)
    for person in (mina, joon):
        expect(person.page.locator(".msg.pending")).to_have_count(0)
        body = person.message("return").locator(".body")
        assert body.evaluate("(element) => element.innerText.replace(/\\n+/g, '\\n')") == LAID_OUT.replace("\n\n", "\n")


def test_a_message_does_not_move_when_it_is_acked(mina: Chatter) -> None:
    mina.page.context.set_offline(True)
    mina.is_offline()
    mina.say(LAID_OUT)
    expect(mina.page.locator(".msg.pending")).to_have_count(1)
    before = paragraphs(mina.page, "return")
    mina.page.context.set_offline(False)
    expect(mina.page.locator(".msg.pending")).to_have_count(0)
    assert paragraphs(mina.page, "return") == before


def test_korean_text_breaks_between_words_on_an_english_page(team: Team) -> None:
    team.run("User.objects.filter(pk=joon.pk).update(display_name='이하준')")
    team.said("joon", "내일 오후에 다시 드릴게요", "Tomorrow")
    mina = team.visit("mina")
    korean = mina.message("드릴게요")
    expect(korean.locator(".body")).to_have_attribute("lang", "ko")
    expect(korean.locator(".body p")).to_have_css("word-break", "keep-all")
    expect(korean.locator(".head b")).to_have_attribute("lang", "ko")
    assert mina.message("Tomorrow").locator(".body").get_attribute("lang") is None


def test_an_unsent_message_is_discarded_while_offline(unplugged: Chatter) -> None:
    unplugged.say("never mind")
    unplugged.message("never mind").get_by_role("button", name="Discard").click()
    expect(unplugged.messages).to_have_count(0)
    expect(unplugged.field).to_be_focused()
    unplugged.page.context.set_offline(False)
    unplugged.is_live()
    unplugged.reads()


def test_an_unsent_message_returns_to_the_composer_above_newer_text(unplugged: Chatter) -> None:
    unplugged.say("a tpyo")
    unplugged.field.fill("and more")
    unplugged.message("a tpyo").get_by_role("button", name="Edit").click()
    expect(unplugged.messages).to_have_count(0)
    expect(unplugged.field).to_have_value("a tpyo\nand more")
    unplugged.field.fill("a typo")
    unplugged.field.press("Enter")
    unplugged.page.context.set_offline(False)
    unplugged.reads("a typo")


@pytest.mark.parametrize("way", ["paste", "drop"])
def test_a_file_is_attached_before_anything_else_is_loaded(mina: Chatter, way: str) -> None:
    mina.field.evaluate(FILE, [way, "alone"])
    expect(mina.page.locator("#composer .att")).to_have_count(1)
    expect(mina.field).to_be_focused()


def test_a_dropped_file_does_not_replace_the_page(mina: Chatter) -> None:
    assert mina.timeline.evaluate(FILE, ["dragover", "alone"])
    assert mina.timeline.evaluate(FILE, ["drop", "alone"])


def test_text_with_a_picture_of_it_is_pasted_as_text(mina: Chatter) -> None:
    assert not mina.field.evaluate(FILE, ["paste", "with text"])
    expect(mina.page.locator("#note")).to_be_empty()


def test_messages_are_copied_in_browsers_without_a_clipboard_object(team: Team) -> None:
    team.said("joon", "copy  me\n  please")
    context = team.browser("mina")
    context.add_init_script(NO_CLIPBOARD)
    mina = Chatter(context.new_page()).open(team.address)
    mina.act("copy", "Copy the text")
    expect(mina.page.locator("#announcer")).to_have_text("Copied")
    mina.field.focus()
    mina.page.keyboard.press("Control+v")
    expect(mina.field).to_have_value("copy  me\n  please")


def test_a_search_without_a_match_says_so_and_offers_to_search_messages(mina: Chatter) -> None:
    mina.page.keyboard.press("Control+k")
    expect(mina.page.get_by_role("option")).not_to_have_count(0)
    mina.page.keyboard.type("nothing like this")
    dialog = mina.page.get_by_role("dialog")
    expect(dialog.get_by_role("status")).to_have_text("No room, person or action matches “nothing like this”.")
    expect(dialog.get_by_role("option")).to_have_count(1)
    expect(dialog.get_by_role("option")).to_contain_text("Search messages for “nothing like this”")
    expect(dialog.get_by_role("combobox")).to_have_attribute("aria-expanded", "true")
