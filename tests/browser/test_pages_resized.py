"""Text follows the text size set in the browser, and nothing overflows the screen."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright

from devserver.chromium import ARGUMENTS, chromium
from tests.browser.conftest import WAIT_MILLISECONDS
from tests.browser.test_pages_by_hand import PAGES, create_space
from tests.harness.services import Server

# Twice the browser's default of 16 px.
LARGE = "--blink-settings=defaultFontSize=32"


@pytest.fixture(scope="module")
def large_text(playwright: Playwright) -> Iterator[Browser]:
    """A browser set to a text size of 200 %."""
    launched = playwright.chromium.launch(executable_path=chromium(playwright), args=[*ARGUMENTS, LARGE])
    yield launched
    launched.close()


@pytest.fixture
def page(large_text: Browser, server: Server) -> Iterator[Page]:
    context = large_text.new_context(base_url=server.url, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(WAIT_MILLISECONDS)
    yield context.new_page()
    context.close()


def font_size(page: Page, selector: str) -> str:
    """The font size of an element."""
    size: str = page.locator(selector).first.evaluate("(element) => getComputedStyle(element).fontSize")
    return size


def leaves_the_screen(page: Page) -> list[str]:
    """Controls that cannot be reached by vertical scrolling alone, at three widths."""
    found = []
    for width in (1280, 640, 360):
        page.set_viewport_size({"width": width, "height": 800})
        found += page.evaluate(
            """(width) => [...document.querySelectorAll("a, button, input:not([type=hidden]), textarea, h1, h2, p")]
              .filter((element) => element.checkVisibility({visibilityProperty: true})
                && !element.closest(".visually-hidden"))
              .filter((element) => element.getBoundingClientRect().right > width + 1)
              .map((element) => `${width}: ${element.outerHTML}`)""",
            width,
        )
    return found


def test_at_200_percent_text_is_twice_as_large_and_the_whole_page_can_be_reached(page: Page) -> None:
    create_space(page)
    page.wait_for_selector(".state.live", state="attached")
    assert [font_size(page, selector) for selector in ("body", "#room-name", ".steps p")] == ["30px", "32px", "26px"]
    assert leaves_the_screen(page) == []
    for path in PAGES:
        page.goto(path)
        assert font_size(page, "body") == "30px"
        assert leaves_the_screen(page) == [], path
