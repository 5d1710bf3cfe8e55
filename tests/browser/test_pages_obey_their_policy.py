"""The pages live under the policy that they are sent with."""

import pytest
from playwright.sync_api import Page

from tests.harness.services import Installation

# Refused scripts and styles, failed loads and uncaught errors all end up here.
SCRIPT = """
from chat.services.spaces import create_space
create_space(name="Sarangbang", username="mina", display_name="Mina", password="correct horse")
"""


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser has to say against the pages."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def test_the_first_page_violates_no_rule_of_its_policy(page: Page, complaints: list[str]) -> None:
    page.goto("/", wait_until="networkidle")
    assert page.url.endswith("/welcome/")
    assert complaints == []


def test_signing_in_and_the_pages_behind_it_break_no_rule(
    page: Page, complaints: list[str], installation: Installation
) -> None:
    installation.python(SCRIPT)
    page.goto("/accounts/login/")
    page.fill("input[name=login]", "mina")
    page.fill("input[name=password]", "correct horse")
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/rooms/**")
    for address in (
        "/rooms/",
        "/rooms/new/",
        "/rooms/general/settings/",
        "/profile/",
        "/profile/notifications/",
        "/profile/tokens/",
        "/api/",
        "/admin/",
        "/admin/chat/room/",
    ):
        response = page.goto(address)
        assert response is not None
        assert response.status == 200, address
    assert complaints == []
