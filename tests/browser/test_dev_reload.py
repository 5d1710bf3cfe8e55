"""An open page follows the source: `bin/dev` in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.harness.dev_site import DevSite
from tests.harness.services import temporary_directory

WAIT_MILLISECONDS = 15_000


@pytest.fixture(scope="module")
def site() -> Iterator[DevSite]:
    with temporary_directory() as directory:
        site = DevSite(directory)
        try:
            yield site.start()
        finally:
            site.stop()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser writes on its console."""
    return []


@pytest.fixture
def sign_in_page(browser: Browser, site: DevSite, complaints: list[str]) -> Iterator[Page]:
    """The page of somebody who is about to sign in and has connected to the changes."""
    context = browser.new_context(base_url=site.url)
    page = context.new_page()
    page.set_default_timeout(WAIT_MILLISECONDS)

    def keep(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    page.on("console", keep)
    with page.expect_websocket():
        page.goto("/accounts/login/")
    page.get_by_label("Username").fill("min")
    yield page
    context.close()


def test_a_changed_stylesheet_is_applied_without_a_reload(
    sign_in_page: Page, site: DevSite, complaints: list[str]
) -> None:
    site.replace("chat/static/chat/css/base.css", "body {", "body { outline-width: 7px;")
    expect(sign_in_page.locator("body")).to_have_css("outline-width", "7px")
    expect(sign_in_page.get_by_label("Username")).to_have_value("min")
    assert complaints == []


def test_a_changed_template_reloads_the_page(sign_in_page: Page, site: DevSite) -> None:
    site.replace("templates/account/login.html", "Sign up", "Join us")
    expect(sign_in_page.get_by_role("link", name="Join us")).to_be_visible()


def test_a_changed_module_of_python_reloads_the_page_once_the_site_serves_again(
    sign_in_page: Page, site: DevSite
) -> None:
    with sign_in_page.expect_navigation(), sign_in_page.expect_response("**/accounts/login/") as response:
        site.replace("chatproject/csp.py", '"blob:"', '"blob:", "https://changed.example"')
    assert "https://changed.example" in (response.value.header_value("content-security-policy") or "")
