"""Real browsers on a real server: Chromium, and people who use it."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from devserver.chromium import ARGUMENTS, chromium
from tests.harness.services import Server

WAIT_MILLISECONDS = 25_000
"""A page that lost its server tries again after up to 20 s."""
WIDE = {"width": 1280, "height": 800}


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright, for the length of the run."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One Chromium for the run; every person gets a context of their own in it."""
    try:
        path = chromium(playwright)
    except RuntimeError as error:
        pytest.exit(str(error), returncode=pytest.ExitCode.USAGE_ERROR)
    launched = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
    yield launched
    launched.close()


@pytest.fixture
def new_context(browser: Browser, server: Server) -> Iterator[Callable[..., BrowserContext]]:
    """Opens a browser of somebody's own, with their cookies and storage, on the site of `server`."""
    opened: list[BrowserContext] = []

    def open_context(**options: object) -> BrowserContext:
        settings = {"base_url": server.url, "locale": "en-GB", "timezone_id": "Asia/Seoul", "viewport": WIDE}
        context = browser.new_context(**(settings | options))  # type: ignore[arg-type]
        context.set_default_timeout(WAIT_MILLISECONDS)
        opened.append(context)
        return context

    yield open_context
    for context in opened:
        context.close()


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """A page of somebody who has just come."""
    return new_context().new_page()
