"""Signing in in two steps, with a passkey of a virtual device; and the pages about one's own account."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.axe import findings_in_every_look
from tests.harness.services import Installation, Server

NewContext = Callable[..., BrowserContext]

PASSWORD = "paper lantern 42"
SITE = f"""
from chat.models import User
from chat.services.rooms import create_room
from chat.services.room_invitations import invite
from chat.services.spaces import create_space
mina = create_space(name="Maple Studio", username="mina", display_name="Mina Kim", password="{PASSWORD}")
joon = User.objects.create_user("joon", password="{PASSWORD}", display_name="하준")
room = create_room(mina, name="Founders", kind="private")
invite(mina, room_id=room.pk, user_id=joon.pk)
"""
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
PAGES = (
    "/profile/security/",
    "/profile/security/app/",
    "/profile/security/passkeys/new/",
    "/profile/data/",
    "/profile/erase/",
    "/inbox/",
    "/accounts/erased/",
)


@pytest.fixture
def site(installation: Installation, server: Server) -> str:
    """The address of a site with two people. A passkey belongs to a name, and not to an IP address."""
    installation.python(SITE)
    return server.url.replace("127.0.0.1", "localhost")


def with_passkeys(context: BrowserContext) -> Page:
    """A page on a device that keeps passkeys, and confirms that it is its owner."""
    page = context.new_page()
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return page


def sign_in(page: Page, username: str) -> None:
    page.goto("/accounts/login/")
    page.fill("input[name=login]", username)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.locator("main form button").first.click()
    page.wait_for_url("**/accounts/login/**")


def test_a_passkey_signs_in_alone_and_as_the_second_step(new_context: NewContext, site: str) -> None:
    page = with_passkeys(new_context(base_url=site))
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    sign_in(page, "joon")
    page.wait_for_url("**/rooms/**")
    page.goto("/profile/security/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Name of the passkey").fill("My laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator(".codes li")).to_have_count(10)
    page.goto("/profile/security/")
    expect(page.get_by_text("My laptop", exact=True)).to_be_visible()
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/rooms/**")
    sign_out(page)
    sign_in(page, "joon")
    page.wait_for_url("**/accounts/second-step/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/rooms/**")
    assert said == []


def test_without_a_passkey_the_page_says_so_and_the_password_still_works(new_context: NewContext, site: str) -> None:
    page = with_passkeys(new_context(base_url=site))
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("No passkey was used.")
    sign_in(page, "joon")
    page.wait_for_url("**/rooms/**")


def test_axe_finds_nothing_on_the_pages_about_ones_own_account(new_context: NewContext, site: str) -> None:
    page = with_passkeys(new_context(base_url=site, locale="ko-KR", reduced_motion="reduce"))
    sign_in(page, "joon")
    page.wait_for_url("**/rooms/**")
    page.goto("/accounts/reauthenticate/")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/rooms/**")
    found: list[Any] = []
    for address in PAGES:
        page.goto(address)
        expect(page).to_have_url(f"{site}{address}")
        found += [f"{address}: {finding}" for finding in findings_in_every_look(page)]
    page.goto("/profile/security/passkeys/new/")
    page.locator("form[data-passkey] input[type=text]").fill("내 노트북")
    page.locator("form[data-passkey] .button").click()
    expect(page.locator(".codes li")).to_have_count(10)
    found += [f"codes: {finding}" for finding in findings_in_every_look(page)]
    page.goto("/profile/security/")
    expect(page.get_by_text("내 노트북", exact=True)).to_be_visible()
    found += [f"set up: {finding}" for finding in findings_in_every_look(page)]
    sign_out(page)
    sign_in(page, "joon")
    page.wait_for_url("**/accounts/second-step/")
    found += [f"second step: {finding}" for finding in findings_in_every_look(page)]
    assert found == []
