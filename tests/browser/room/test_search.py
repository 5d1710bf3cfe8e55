"""The page of search: what is typed becomes chips and hits; the way to a message and back, and from a room."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import findings_in_every_look
from tests.browser.room.chatting import Team
from tests.browser.room.holding import hold, release
from tests.browser.room.searching import chips, field, furnished, hits, indexed, query_of, search_page, username

HIDDEN = """
from uuid import uuid4
from chat.services.messages import send_message
from chat.services.rooms import create_room
hidden = create_room(joon, name="Hidden cellar", kind="private")
send_message(joon, room_id=hidden.pk, key=uuid4(), body="the price in the cellar")
"""


@pytest.fixture
def team(team: Team) -> Team:
    """The two, with something to find in General and in another room."""
    return furnished(team)


def test_what_is_typed_is_found_with_the_lines_beside_it_and_stands_in_the_address(team: Team) -> None:
    page = search_page(team).page
    expect(field(page)).to_be_focused()
    page.keyboard.type("price table")
    expect(hits(page)).to_have_count(1)
    hit = hits(page).first
    expect(hit.locator("mark")).to_have_text(["price", "table"])
    expect(hit.locator(".hit-line")).to_have_text(["Joon Lee before the table", "Joon Lee thank you"])
    expect(page.locator("#search-status")).to_have_text("1 message in one room")
    expect(page.get_by_text("That is all.")).to_be_visible()
    assert query_of(page) == "price table"
    expect(field(page)).to_be_focused()


def test_words_in_korean_are_found_with_their_endings(team: Team) -> None:
    page = search_page(team, "?q=가격").page
    expect(hits(page).locator("mark")).to_have_text("가격")
    expect(page.get_by_text("Words match with their endings: 가격은.")).to_be_visible()


def test_by_keyboard_alone_an_operator_is_completed_to_a_chip_and_removed_again(team: Team) -> None:
    page = search_page(team, "?q=price").page
    expect(hits(page)).to_have_count(2)
    page.keyboard.type(" in:ㄷㅈ")
    options = page.locator("#search-options [role=option]")
    expect(options.first).to_contain_text("디자인 이야기")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(field(page)).to_have_attribute("aria-activedescendant", "search-option-0")
    page.keyboard.press("Tab")
    expect(chips(page)).to_have_text(["in: #디자인 이야기"])
    expect(hits(page)).to_have_count(1)
    expect(page.get_by_role("button", name="Remove in: #디자인 이야기")).to_be_visible()
    expect(field(page)).to_have_value("price ")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("button", name="Remove in: #디자인 이야기")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Backspace")
    expect(chips(page)).to_have_count(0)
    expect(hits(page)).to_have_count(2)
    assert query_of(page) == "price"


def test_people_are_completed_by_name_and_days_by_their_names(team: Team) -> None:
    page = search_page(team).page
    expect(field(page)).to_be_focused()
    page.keyboard.type(f"from:{username(team, 'joon')}")
    options = page.locator("#search-options [role=option]")
    expect(options.filter(has_text=f"@{username(team, 'joon')}").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(chips(page)).to_have_text(["from: Joon Lee"])
    page.keyboard.type("after:tod")
    page.keyboard.press("Enter")
    expect(chips(page)).to_have_text(["from: Joon Lee", "after: today"])
    expect(hits(page)).to_have_count(4)
    assert query_of(page) == f"from:@{username(team, 'joon')} after:today"


def test_in_korean_operators_and_their_values_are_found_by_their_korean_names(team: Team) -> None:
    page = search_page(team, locale="ko-KR").page
    expect(page.locator("#search-input")).to_be_focused()
    chosen = page.locator("#search-options [aria-selected=true]")
    for operator, value, chip in (
        ("보낸", "나", "보낸 사람: Mina Kim"),
        ("포함", "사진", "포함: 사진"),
        ("상태", "ㅅㄹㄷ", "상태: 스레드"),
        ("날짜", "오늘", "날짜: 오늘"),
        ("방:", "ㄷㅈㅇ", "방: #디자인 이야기"),
    ):
        page.keyboard.insert_text(operator)
        page.keyboard.press("Tab")
        expect(chosen).to_be_visible()
        page.keyboard.insert_text(value)
        expect(chosen).to_contain_text(chip.partition(": ")[2].removeprefix("#"))
        page.keyboard.press("Enter")
        expect(chips(page).last).to_have_text(chip)
    for number in range(5):
        page.keyboard.press("Backspace")
        expect(chips(page)).to_have_count(4 - number)


def test_an_operator_that_is_typed_to_its_end_becomes_a_chip(team: Team) -> None:
    page = search_page(team).page
    expect(field(page)).to_be_focused()
    page.keyboard.type('-has:link before:2020-11-15 "price')
    expect(chips(page)).to_have_text(["−has: link", "before: 15 Nov 2020"])
    expect(field(page)).to_have_value('"price')
    expect(page.get_by_role("heading", name="Nothing by that word")).to_be_visible()
    page.get_by_role("button", name="At any time").click()
    expect(hits(page)).to_have_count(2)


def test_the_way_leads_from_a_hit_to_the_message_and_back_to_the_hits(team: Team) -> None:
    page = search_page(team, "?q=price").page
    expect(hits(page)).to_have_count(2)
    page.evaluate("window.isSamePage = true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(hits(page).nth(1).get_by_role("link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"{re.escape(team.address)}\d+/$"))
    expect(page.locator(".msg", has_text="the price table")).to_be_focused()
    page.go_back()
    expect(hits(page)).to_have_count(2)
    expect(hits(page).nth(1).get_by_role("link")).to_be_focused()
    expect(field(page)).to_have_value("price")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(field(page)).to_be_focused()
    assert page.evaluate("window.isSamePage")


def test_searches_are_entries_of_the_history(team: Team) -> None:
    page = search_page(team).page
    expect(field(page)).to_be_focused()
    for query, count in (("price", 2), ("table", 2)):
        page.keyboard.press("Control+a")
        page.keyboard.type(query)
        page.keyboard.press("Enter")
        expect(hits(page)).to_have_count(count)
        expect(page).to_have_url(re.compile(f"q={query}$"))
    page.go_back()
    expect(field(page)).to_have_value("price")
    expect(hits(page).first.locator("mark")).to_have_text("price")
    page.go_forward()
    expect(field(page)).to_have_value("table")
    expect(hits(page).first.locator("mark")).to_have_text("table")


def test_recent_searches_are_kept_in_the_browser_and_can_be_removed(team: Team) -> None:
    page = search_page(team, f"?q=from:@{username(team, 'joon')}+price").page
    expect(hits(page)).to_have_count(2)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Clear", exact=True).click()
    row = page.locator(".search-start .search-row").first
    expect(row).to_have_text("from: Joon Leeprice")
    page.reload()
    row.click()
    expect(hits(page)).to_have_count(2)
    expect(chips(page)).to_have_text(["from: Joon Lee"])
    page.get_by_role("button", name="Clear", exact=True).click()
    page.get_by_role("button", name="Remove “from: Joon Lee, price” from the recent searches").click()
    expect(page.get_by_role("heading", name="Recent")).to_be_hidden()
    expect(field(page)).to_be_focused()
    page.get_by_role("button", name="has: file, image").click()
    expect(field(page)).to_have_value("has:")
    expect(page.get_by_role("option", name="image")).to_be_visible()


def test_more_messages_follow_when_the_reader_reaches_the_end(team: Team) -> None:
    team.said("joon", *(f"needle number {number}" for number in range(45)))
    indexed(team, "needle", 45)
    page = search_page(team, "?q=needle").page
    expect(hits(page)).to_have_count(20)
    expect(page.get_by_role("tab", name="Messages 20+")).to_be_visible()
    expect(page.locator("#search-status")).to_have_text("20 messages and more")
    page.locator(".search-more").scroll_into_view_if_needed()
    expect(hits(page)).to_have_count(40)
    page.locator(".search-more").scroll_into_view_if_needed()
    expect(hits(page)).to_have_count(45)
    expect(page.get_by_text("That is all.")).to_be_visible()
    expect(page.locator("#search-status")).to_have_text("45 messages in one room")


def test_the_best_match_can_be_first(team: Team) -> None:
    page = search_page(team, "?q=price").page
    expect(hits(page)).to_have_count(2)
    page.get_by_role("button", name="Best match").click()
    expect(page).to_have_url(re.compile("order=relevance"))
    expect(page.get_by_role("button", name="Best match")).to_have_attribute("aria-pressed", "true")
    expect(hits(page)).to_have_count(2)


def test_rooms_and_people_are_found_behind_tabs(team: Team) -> None:
    page = search_page(team, "?q=ㄷㅈㅇ").page
    tab = page.get_by_role("tab", name="Rooms 1")
    expect(tab).to_have_attribute("aria-selected", "true")
    tab.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tab", name="People 0")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.get_by_role("link", name="디자인 이야기").last.click()
    expect(page.locator("#room-name")).to_contain_text("디자인 이야기")


def test_a_hidden_room_is_neither_found_nor_suggested_nor_told_from_one_that_does_not_exist(team: Team) -> None:
    team.run(HIDDEN)
    page = search_page(indexed(team, "cellar", 1, who="joon"), "?q=cellar").page
    expect(page.get_by_role("heading", name="Nothing by that word")).to_be_visible()
    page.get_by_role("button", name="Clear", exact=True).click()
    page.keyboard.type("in:Hidden")
    expect(page.locator("#search-options")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.get_by_text("You are in no room called “Hidden”.", exact=True)).to_be_visible()
    page.get_by_role("button", name="Clear", exact=True).click()
    page.keyboard.type("in:nonsense")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You are in no room called “nonsense”.", exact=True)).to_be_visible()


def test_control_f_searches_in_the_room_and_a_second_press_is_left_to_the_browser(team: Team) -> None:
    mina = team.visit("mina")
    page = mina.page
    mina.field.press("Control+f")
    expect(chips(page)).to_have_text(["in: #General"])
    expect(field(page)).to_be_focused()
    page.keyboard.type("price")
    expect(hits(page)).to_have_count(1)
    page.evaluate("addEventListener('keydown', (event) => { window.isTaken = event.defaultPrevented; })")
    page.keyboard.press("Control+f")
    assert page.evaluate("window.isTaken") is False


def test_the_palette_leads_to_messages(team: Team) -> None:
    page = team.visit("mina").page
    page.keyboard.press("Control+k")
    page.keyboard.type("price")
    option = page.get_by_role("option", name="Search messages for “price”")
    expect(option).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(hits(page)).to_have_count(2)
    page.keyboard.press("Control+k")
    page.keyboard.type("is:mention from:me")
    page.keyboard.press("Enter")
    expect(chips(page)).to_have_text(["is: mention", re.compile("from: ")])
    expect(page.locator(".search-nothing")).to_be_visible()


def test_without_a_connection_the_search_says_so_and_goes_on_when_there_is_one(team: Team) -> None:
    mina = search_page(team)
    page = mina.page
    expect(field(page)).to_be_focused()
    page.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('offline'))")
    mina.is_offline()
    page.keyboard.type("price")
    expect(page.get_by_text("You are not connected.")).to_be_visible()
    page.context.set_offline(False)
    expect(hits(page)).to_have_count(2)
    expect(page.get_by_text("You are not connected.")).to_be_hidden()


def test_what_is_typed_before_the_page_is_there_is_not_lost_on_the_way(team: Team) -> None:
    mina = team.visit("mina")
    held = hold(mina.page, "**/search_page*")
    mina.page.keyboard.press("Control+k")
    mina.page.keyboard.type("from:me 가격")
    mina.page.keyboard.press("Enter")
    expect(mina.page).to_have_url(re.compile("/search/"))
    release(mina.page, held)
    expect(hits(mina.page)).to_have_count(1)


def test_on_a_phone_the_field_stands_in_the_bar_and_nothing_is_wider_than_the_page(team: Team) -> None:
    mina = team.visit("mina", viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = mina.page
    page.get_by_role("button", name="Search in this room").tap()
    expect(chips(page)).to_have_text(["in: #General"])
    field(page).fill("price")
    expect(hits(page)).to_have_count(1)
    box = field(page).bounding_box()
    assert box is not None
    assert box["y"] < 56
    assert page.evaluate("document.querySelector('#page').scrollWidth") <= 360
    hits(page).first.tap()
    expect(page.locator(".msg", has_text="the price table")).to_be_visible()


@pytest.mark.parametrize("locale", ["en-GB", "ko-KR"])
def test_axe_finds_nothing_in_any_state_of_the_page(team: Team, locale: str) -> None:
    page = search_page(team, "?q=price", locale=locale, reduced_motion="reduce").page
    expect(hits(page)).to_have_count(2)
    found = findings_in_every_look(page)
    page.locator("#search-input").press("Enter")
    page.locator("#search-input").fill("price in:#general ")
    page.locator("#search-input").fill("from:")
    expect(page.locator("#search-options [role=option]").first).to_be_visible()
    found += findings_in_every_look(page)
    page.goto("/search/")
    expect(page.locator(".search-start section").first).to_be_visible()
    found += findings_in_every_look(page)
    page.goto("/search/?q=in:nowhere+from:me+price")
    expect(page.locator(".search-nothing")).to_be_visible()
    found += findings_in_every_look(page)
    page.goto("/search/?q=ㄷㅈㅇ")
    expect(page.locator(".search-names")).to_be_visible()
    found += findings_in_every_look(page)
    assert not found, "\n".join(found)
