"""The admin in a real browser: its widgets work under its policy, and what is done in it reaches open pages."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.harness.services import Installation

SPACE = """
from chat.models import User
from chat.services.memberships import join_room
from chat.services.messages import send_message
from chat.services.spaces import create_space
import uuid
mina = create_space(name="Sarangbang", username="mina", display_name="Mina", password="correct horse")
joon = User.objects.create_user("joon", password="correct horse", display_name="Joon")
room = mina.memberships.get().room
join_room(joon, room_id=room.pk)
send_message(mina, room_id=room.pk, key=uuid.uuid4(), body="to be deleted")
"""


@pytest.fixture
def complaints() -> list[str]:
    """What the browsers have to say against the pages."""
    return []


@pytest.fixture
def sign_in(
    installation: Installation, new_context: Callable[..., BrowserContext], complaints: list[str]
) -> Callable[[str], Page]:
    """Opens a page of somebody's own browser."""
    installation.python(SPACE)

    def open_page(username: str) -> Page:
        page = new_context().new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/accounts/login/")
        page.fill("input[name=login]", username)
        page.fill("input[name=password]", "correct horse")
        page.press("input[name=password]", "Enter")
        page.wait_for_url("**/rooms/**")
        return page

    return open_page


def test_what_is_done_in_the_admin_reaches_an_open_page(sign_in: Callable[[str], Page], complaints: list[str]) -> None:
    joon, mina = sign_in("joon"), sign_in("mina")
    joon.goto("/rooms/general/")
    expect(joon.get_by_text("to be deleted")).to_be_visible()

    mina.goto("/admin/")
    mina.locator('a[href="/admin/chat/room/"]').first.click()
    mina.get_by_role("link", name="General").first.click()
    mina.fill("input[name=name]", "Lobby")
    mina.get_by_role("button", name="Save", exact=True).click()
    expect(joon.get_by_role("heading", name="Lobby", exact=True)).to_be_visible()

    mina.goto("/admin/chat/message/")
    mina.get_by_role("row").filter(has_text="to be deleted").locator("input[name=_selected_action]").check()
    mina.select_option("select[name=action]", "delete_messages")
    mina.get_by_role("button", name="Run").click()
    expect(mina.get_by_text("Its text disappears for everybody at once")).to_be_visible()
    expect(joon.get_by_text("to be deleted")).to_be_visible()
    mina.get_by_role("button", name="Delete 1 message").click()
    expect(joon.get_by_text("to be deleted")).to_be_hidden()
    expect(joon.get_by_text("Message deleted").first).to_be_visible()

    mina.goto("/admin/chat/user/")
    mina.get_by_role("link", name="Joon").click()
    mina.locator("input[name=is_active]").press("Space")
    expect(mina.locator("input[name=is_active]")).not_to_be_checked()
    mina.get_by_role("button", name="Save", exact=True).click()
    expect(joon.get_by_text("Your account was deactivated.")).to_be_visible()
    assert complaints == []


def test_messages_are_filtered_by_a_room_that_is_looked_up(
    sign_in: Callable[[str], Page], complaints: list[str]
) -> None:
    mina = sign_in("mina")
    mina.goto("/admin/chat/message/")
    mina.get_by_text("Filters").first.click()
    mina.locator(".select2-selection").first.click()
    mina.get_by_role("option", name="General").click()
    mina.get_by_role("button", name="Apply Filters").click()
    mina.wait_for_url("**room__id__exact=**")
    expect(mina.get_by_role("link", name="to be deleted")).to_be_visible()
    assert complaints == []


def test_the_delete_page_and_the_forms_break_no_rule(sign_in: Callable[[str], Page], complaints: list[str]) -> None:
    mina = sign_in("mina")
    for address in (
        "message/1/delete/",
        "message/1/change/",
        "user/add/",
        "user/1/change/",
        "user/2/password/",
        "room/add/",
    ):
        response = mina.goto(f"/admin/chat/{address}", wait_until="networkidle")
        assert response is not None
        assert response.status == 200, address
    assert complaints == []
