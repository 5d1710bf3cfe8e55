"""Pages are displayed in the shell, and opened without reloading it."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.room.chatting import Chatter, Team

MARK = "document.documentElement.dataset.same = 'yes'"


@pytest.fixture
def mina(team: Team) -> Chatter:
    """Mina, who may invite people, in a tab that is marked until it is reloaded."""
    team.run("User.objects.filter(pk=mina.pk).update(is_staff=True)")
    visited = team.visit("mina")
    visited.page.evaluate(MARK)
    return visited


def is_still_open(page: Page) -> None:
    """The shell was not reloaded since it was marked."""
    expect(page.locator("html")).to_have_attribute("data-same", "yes")


def heading(page: Page, name: str) -> None:
    """The heading of the page is shown and focused."""
    found = page.locator("#page").get_by_role("heading", level=1, name=name)
    expect(found).to_be_visible()
    expect(found).to_be_focused()


def test_a_page_takes_the_place_of_the_room_and_back_returns_to_it(team: Team, mina: Chatter) -> None:
    team.said("joon", "hello")
    page = mina.page
    page.get_by_role("link", name="Browse all rooms").click()
    heading(page, "Rooms")
    expect(page).to_have_url(re.compile("/rooms/$"))
    expect(page).to_have_title("Rooms · Maple Studio")
    expect(page.get_by_role("link", name="Browse all rooms")).to_have_attribute("aria-current", "page")
    expect(mina.timeline).to_be_hidden()
    page.locator(".me a").click()
    heading(page, "Profile")
    page.go_back()
    heading(page, "Rooms")
    page.go_back()
    expect(page.locator("#page .content")).to_have_count(0)
    expect(mina.message("hello")).to_be_visible()
    expect(mina.field).to_be_focused()
    expect(page).to_have_title("General · Maple Studio")
    page.go_forward()
    heading(page, "Rooms")
    page.go_forward()
    heading(page, "Profile")
    is_still_open(page)


def test_by_keyboard_alone_one_goes_to_a_page_and_to_another_room(team: Team, mina: Chatter) -> None:
    team.new_room("Launch")
    keys = mina.page.keyboard
    keys.press("Control+k")
    keys.type("profile")
    expect(mina.page.get_by_role("option", name="Your profile")).to_be_visible()
    keys.press("Enter")
    heading(mina.page, "Profile")
    keys.press("Tab")
    expect(mina.page.get_by_label("Your name")).to_be_focused()
    keys.press("Control+k")
    keys.type("launch")
    expect(mina.page.get_by_role("option", name="Launch", exact=True)).to_be_visible()
    keys.press("Enter")
    expect(mina.page.locator("#room-name")).to_contain_text("Launch")
    expect(mina.field).to_be_focused()
    is_still_open(mina.page)


def test_messages_that_come_while_a_page_is_shown_stay_unread(team: Team, mina: Chatter) -> None:
    joon = team.visit("joon")
    mina.page.locator(".me a").click()
    heading(mina.page, "Profile")
    joon.say("are you there?")
    expect(mina.room_link("General").locator(".badge")).to_have_text("1")
    expect(mina.page).to_have_title("• Profile · Maple Studio")
    mina.room_link("General").click()
    expect(mina.message("are you there?")).to_be_visible()
    expect(mina.room_link("General").locator(".badge")).to_have_count(0)


def test_a_draft_survives_a_visit_to_a_page(mina: Chatter) -> None:
    mina.field.fill("half a thought")
    mina.page.locator(".me a").click()
    heading(mina.page, "Profile")
    mina.page.go_back()
    expect(mina.field).to_have_value("half a thought")


@pytest.mark.parametrize("path", ["/rooms/", "/profile/", "/accounts/password/change/", "/people/invite/"])
def test_a_page_that_is_loaded_directly_has_the_sidebar_and_leads_to_rooms(
    team: Team, mina: Chatter, path: str
) -> None:
    page = mina.page
    page.goto(path)
    expect(page.locator("#page h1")).to_be_visible()
    expect(mina.state).to_have_class("state live")
    page.evaluate(MARK)
    mina.room_link("General").click()
    expect(page.locator("#room-name")).to_contain_text("General")
    mina.say("back again")
    mina.reads("back again")
    page.go_back()
    expect(page.locator("#page h1")).to_be_visible()
    is_still_open(page)


def test_what_is_wrong_in_a_form_is_shown_in_place_and_focused(mina: Chatter) -> None:
    page = mina.page
    page.locator(".me a").click()
    page.get_by_role("link", name="Change password").click()
    heading(page, "Set a password")
    for label in ("New password", "New password, again"):
        page.get_by_label(label, exact=True).fill("12345678")
    page.get_by_role("button", name="Set the password").click()
    field = page.get_by_label("New password", exact=True)
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page).to_have_url(re.compile("/accounts/password/set/$"))
    expect(page.get_by_role("button", name="Show").first).to_be_visible()
    is_still_open(page)


def test_a_search_in_the_directory_has_an_address_of_its_own(mina: Chatter) -> None:
    page = mina.page
    page.get_by_role("link", name="Browse all rooms").click()
    heading(page, "Rooms")
    page.get_by_label("Search rooms").fill("nothing like this")
    page.get_by_label("Search rooms").press("Enter")
    expect(page.get_by_text("No room matches “nothing like this”.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/rooms/\?q=nothing\+like\+this$"))
    page.go_back()
    expect(page.get_by_text("No room matches")).to_have_count(0)
    is_still_open(page)


def test_a_room_that_is_created_opens_at_once(mina: Chatter) -> None:
    page = mina.page
    page.get_by_role("link", name="Browse all rooms").click()
    page.locator("#page").get_by_role("link", name="New room").click()
    heading(page, "New room")
    page.locator("#page").get_by_label("Name").fill("Greenhouse")
    page.get_by_role("button", name="Create the room").click()
    expect(page.locator("#room-name")).to_contain_text("Greenhouse")
    expect(mina.field).to_be_focused()
    mina.say("first")
    mina.reads("first")
    is_still_open(page)


def test_leaving_a_room_shows_the_directory_with_the_message(team: Team, mina: Chatter) -> None:
    settings = team.new_room("Kitchen") + "settings/"
    page = mina.page
    page.goto(settings)
    mina.is_live()
    page.evaluate(MARK)
    page.get_by_text("Leave the room").click()
    page.get_by_role("button", name="Yes, leave").click()
    expect(page.get_by_role("heading", name="Rooms", level=1)).to_be_visible()
    expect(page.locator("#page .notices")).to_have_text("You left Kitchen.")
    expect(page.locator("#page .notices")).to_be_focused()
    expect(mina.room_link("Kitchen")).to_have_count(0)
    is_still_open(page)


def test_a_saved_profile_changes_what_the_shell_shows(mina: Chatter) -> None:
    page = mina.page
    page.locator(".me a").click()
    page.locator("#page").get_by_label("Language").select_option("ko")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    expect(page.get_by_text("프로필을 저장했어요")).to_be_visible()
    expect(page.locator(".browse")).to_have_text("모든 방 둘러보기")


def test_without_a_network_words_say_so_and_trying_again_works(mina: Chatter) -> None:
    page = mina.page
    page.get_by_role("link", name="Browse all rooms").click()
    heading(page, "Rooms")
    page.route("**/profile/", lambda route: route.abort())
    page.locator(".me a").click()
    expect(page.get_by_role("heading", name="This page could not be loaded.")).to_be_visible()
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_focused()
    again.click()
    expect(again).to_be_focused()
    page.unroute("**/profile/")
    again.click()
    heading(page, "Profile")
    page.go_back()
    heading(page, "Rooms")
    is_still_open(page)


def test_a_form_that_could_not_be_sent_keeps_what_was_typed(mina: Chatter) -> None:
    page = mina.page
    page.get_by_role("link", name="Browse all rooms").click()
    page.locator("#page").get_by_role("link", name="New room").click()
    page.locator("#page").get_by_label("Name").fill("Orangery")
    page.route("**/rooms/new/", lambda route: route.abort())
    page.get_by_role("button", name="Create the room").click()
    expect(page.get_by_role("alert")).to_contain_text("This could not be sent.")
    expect(page.locator("#page").get_by_label("Name")).to_have_value("Orangery")
    page.unroute("**/rooms/new/")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#room-name")).to_contain_text("Orangery")


def test_an_answer_that_comes_after_another_room_was_opened_is_dropped(team: Team, mina: Chatter) -> None:
    team.new_room("Launch")
    page = mina.page
    mina.page.keyboard.press("Control+k")  # loads the part that shows pages
    mina.page.keyboard.press("Escape")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/profile/", hold)
    with page.expect_request("**/profile/"):
        page.locator(".me a").click()
    expect(page.locator("#main")).to_have_attribute("aria-busy", "true")
    mina.room_link("Launch").click()
    expect(page.locator("#main")).not_to_have_attribute("aria-busy", "true")
    held[0].abort()
    page.get_by_role("link", name="Browse all rooms").click()
    heading(page, "Rooms")
    page.go_back()
    expect(page.locator("#room-name")).to_contain_text("Launch")


def test_somebody_who_was_signed_out_goes_to_the_sign_in_page(team: Team, mina: Chatter) -> None:
    page = mina.page
    page.get_by_role("link", name="Browse all rooms").click()
    heading(page, "Rooms")
    page.context.clear_cookies()
    page.locator(".me a").click()
    page.wait_for_url("**/accounts/login/?signed_out&next=*")


def test_scripts_and_handlers_in_what_is_fetched_never_run(mina: Chatter) -> None:
    page = mina.page
    hostile = (
        "<title>Hostile</title><div id=page><h1>Hostile</h1><script>window.ran = 1</script>"
        "<script src='/static/chat/js/admin.js'></script><img src=x onerror='window.ran = 2'></div>"
    )
    page.route("**/profile/", lambda route: route.fulfill(body=hostile, content_type="text/html"))
    page.locator(".me a").click()
    heading(page, "Hostile")
    assert page.evaluate("window.ran") is None
    expect(page.locator("#page script")).to_have_count(0)


def test_pages_that_the_shell_does_not_show_are_loaded_by_the_browser(team: Team, mina: Chatter) -> None:
    page = mina.page
    page.locator("#space-menu-open").click()
    page.get_by_role("menuitem", name="Administration").click()
    page.wait_for_url("**/admin/**")
