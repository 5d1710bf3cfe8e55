"""Nothing on the room page moves unless the reader moves it, once the conversation fills the screen."""

from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.browser.room.chatting import Chatter, Team
from tests.browser.room.test_details import open_details, open_people

# A shift counts unless the reader pressed a key or a button within the last half second.
WATCH = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, sources } of list.getEntries()) {
    const moved = sources.map(({ node, previousRect, currentRect }) => {
      const rects = [previousRect, currentRect].map(({ x, y, width, height }) => [x, y, width, height].join(" "));
      return `${node?.id || node?.className || node?.nodeName}: ${rects.join(" -> ")}`;
    });
    if (!hadRecentInput) window.shifts.push([value, ...moved]);
  }
}).observe({ type: "layout-shift", buffered: true });
"""
# The browser reports a shift after its frame.
SHIFTS = """() => new Promise((resolve) =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(window.shifts)))))"""
PUSH = "document.querySelector('.bar').style.marginBlockStart = '40px'"

MESSAGES = 40
"""More than a screen: a shorter conversation stands at the bottom, and new messages push it up."""

PICTURE = """
from chat.services.pictures import set_picture
from tests.harness import images
set_picture(joon, data=images.turned())
"""


def shifts(page: Page) -> Any:
    """What has moved by itself so far."""
    return page.evaluate(SHIFTS)


def load_all_parts(page: Page) -> None:
    """The page loads its panel some seconds later, or now: the palette needs the same parts."""
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Escape")


def test_nothing_moves_that_the_reader_does_not_move(team: Team) -> None:
    team.run(PICTURE)
    team.said("joon", *(f"message {number}" for number in range(MESSAGES)))
    team.run(f"general.memberships.update(last_read={MESSAGES})")
    held: list[Route] = []
    context = team.browser("mina", viewport={"width": 1440, "height": 900})
    context.add_init_script(WATCH)
    page = context.new_page()
    page.route("**/*.webp", lambda route: held.append(route))  # noqa: PLW0108  # Playwright marks its handlers
    mina = Chatter(page).open(team.address)
    assert shifts(page) == [], "while loading"

    with page.expect_response("**/*.webp"):
        for picture in held:
            picture.continue_()
    page.unroute("**/*.webp")
    joon = team.visit("joon")
    joon.say("hello", "a longer message, " * 40)
    expect(mina.message("a longer message")).to_be_in_viewport()
    assert shifts(page) == [], "when pictures and messages arrived"

    load_all_parts(page)
    for opening in (open_people, open_details):
        opening(mina)
    page.locator("#panel-close").click()
    for _ in range(12):
        mina.field.press("Shift+Enter")
    assert shifts(page) == [], "when the panel and the composer changed their sizes"

    context.set_offline(True)
    expect(page.locator("#banner")).to_be_visible()
    context.set_offline(False)
    expect(page.locator("#banner")).to_be_hidden()
    mina.is_live()
    assert shifts(page) == [], "while offline"

    page.evaluate(PUSH)
    page.wait_for_function("() => shifts.length > 0")
