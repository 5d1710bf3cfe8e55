"""The pages in a real browser: without scripts, with them, and by keyboard alone; wide, narrow, and on touch."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

NewContext = Callable[..., BrowserContext]

PASSWORD = "paper lantern 42"
NARROW = {"viewport": {"width": 360, "height": 740}}
PAGES = (
    "/rooms/",
    "/rooms/?archived=1",
    "/rooms/new/",
    "/rooms/general/settings/",
    "/profile/",
    "/profile/notifications/",
    "/people/invite/",
)


def create_space(page: Page) -> None:
    """Mina creates the space Maple Studio."""
    page.goto("/")
    page.get_by_label("Name of your space").fill("Maple Studio")
    page.get_by_label("Your name").fill("Mina Kim")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create the space").click()
    page.wait_for_url("**/rooms/general/")


def test_without_scripts_a_space_is_created_joined_and_furnished(new_context: NewContext) -> None:
    mina = new_context(java_script_enabled=False).new_page()
    create_space(mina)
    mina.goto("/rooms/new/")
    mina.get_by_label("Name").fill("Founders")
    mina.get_by_label("Private: only invited people know that it exists").check()
    mina.get_by_role("button", name="Create the room").click()
    mina.wait_for_url("**/rooms/founders-*/")
    founders = mina.url

    joon = new_context(java_script_enabled=False).new_page()
    joon.goto("/accounts/signup/")
    joon.get_by_label("Your name").fill("Joon Lee")
    joon.get_by_label("Username").fill("joon")
    joon.get_by_label("Password").fill(PASSWORD)
    joon.get_by_role("button", name="Sign up").click()
    joon.wait_for_url("**/rooms/general/")
    joon.goto("/rooms/")
    expect(joon.get_by_role("link", name="General")).to_be_visible()
    expect(joon.get_by_role("link", name="Founders")).to_have_count(0)

    mina.goto(f"{founders}settings/")
    mina.get_by_label("Name or username").fill("Joon Lee")
    mina.get_by_role("button", name="Invite").click()
    expect(mina.get_by_text("Joon Lee (@joon) is invited, and can accept or decline.")).to_be_visible()
    joon.goto("/inbox/")
    joon.get_by_role("button", name="Accept").click()
    joon.wait_for_url(founders)
    joon.goto("/rooms/")
    expect(joon.get_by_role("link", name="Founders")).to_be_visible()


def test_scripts_suggest_a_username_show_the_password_and_know_the_time_zone(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Name of your space").fill("Maple Studio")
    page.get_by_label("Your name").fill("Mina Kim")
    expect(page.get_by_label("Username")).to_have_value("mina.kim")
    password = page.get_by_label("Password")
    password.fill(PASSWORD)
    expect(password).to_have_attribute("type", "password")
    page.get_by_role("button", name="Show").click()
    expect(password).to_have_attribute("type", "text")
    page.get_by_role("button", name="Create the space").click()
    page.wait_for_url("**/rooms/general/")
    page.goto("/profile/")
    expect(page.get_by_label("Time zone")).to_have_value("Asia/Seoul")


def test_a_username_that_somebody_typed_is_not_replaced(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Username").fill("mk")
    page.get_by_label("Your name").fill("Mina Kim")
    expect(page.get_by_label("Username")).to_have_value("mk")


def test_what_is_wrong_gets_the_caret_and_is_read_with_its_field(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Name of your space").fill("Maple Studio")
    page.get_by_label("Your name").fill("Mina Kim")
    page.get_by_label("Password").fill("12345678")
    page.get_by_role("button", name="Create the space").click()
    password = page.get_by_label("Password")
    expect(password).to_be_focused()
    expect(password).to_have_accessible_description(re.compile("This password is too common"))


def test_by_keyboard_alone_one_signs_in_and_makes_a_room(page: Page) -> None:
    create_space(page)
    page.context.clear_cookies()
    page.goto("/accounts/login/?next=/rooms/")
    page.keyboard.type("mina.kim")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/rooms/")
    page.locator("#page").get_by_role("link", name="New room").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/rooms/new/")
    page.get_by_label("Name").focus()
    page.keyboard.type("디자인 이야기")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Private: only invited people know that it exists")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page).to_have_title("디자인 이야기 · Maple Studio")


def test_an_invitation_is_copied(new_context: NewContext) -> None:
    context = new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    create_space(page)
    page.goto("/people/invite/")
    page.get_by_role("button", name="Create a link").click()
    expect(page.get_by_role("img", name="QR code of the link")).to_be_visible()
    link = page.get_by_label("Invitation link").input_value()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == link


def test_back_after_sign_out_leads_to_the_sign_in_page(page: Page) -> None:
    create_space(page)
    page.get_by_role("textbox").fill("a secret")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("a secret")
    page.goto("/profile/")
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url("**/accounts/login/")
    for _ in ("the profile", "the room"):
        page.go_back()
        expect(page).to_have_url(re.compile("/accounts/login/"))
        expect(page.get_by_text("a secret")).to_have_count(0)


def test_an_empty_first_room_offers_next_steps(new_context: NewContext) -> None:
    page = new_context().new_page()
    create_space(page)
    steps = page.get_by_role("log").get_by_role("listitem")
    expect(steps).to_have_count(3)
    steps.get_by_role("link", name="Create a link").click()
    page.get_by_role("dialog").get_by_role("button", name="Create a link").click()
    link = page.get_by_label("Invitation link").input_value()
    guest = new_context().new_page()
    guest.goto(link)
    expect(guest.get_by_role("button", name="Sign up")).to_be_visible()
    page.keyboard.press("Escape")
    steps.get_by_role("link", name="Set a topic").click()
    page.get_by_label("Topic").fill("What concerns all of us")
    page.get_by_role("button", name="Save").click()
    expect(steps).to_have_count(2)
    page.locator("#field").fill("Hello")
    page.keyboard.press("Enter")
    expect(steps).to_have_count(0)


@pytest.mark.parametrize("language", ["en-GB", "ko-KR"])
def test_no_page_is_wider_than_a_narrow_screen(new_context: NewContext, language: str) -> None:
    page = new_context(**NARROW).new_page()
    create_space(page)
    page.context.set_extra_http_headers({"Accept-Language": language})
    for path in PAGES:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_on_touch_everything_is_large_enough_to_hit(new_context: NewContext) -> None:
    page = new_context(**NARROW, has_touch=True, is_mobile=True).new_page()
    create_space(page)
    for path in PAGES:
        page.goto(path)
        small = page.evaluate(
            """[...document.querySelectorAll("a, button, summary, select, input:not([type=hidden], [type=radio])")]
              .filter((target) => target.offsetParent && !target.matches(".skip, h2 a") && !target.closest(".help"))
              .filter((target) => target.getBoundingClientRect().height < 44)
              .map((target) => target.outerHTML)"""
        )
        assert small == [], path
