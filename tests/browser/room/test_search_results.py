"""What a search found: files and cards, the way there and back, threads, and what is in the way of an answer."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import findings_in_every_look
from tests.browser.room.chatting import Team
from tests.browser.room.searching import chips, field, furnished, hits, indexed, search_page

FILES = """
from uuid import uuid4
from chat.services.messages import send_message
from files.demo import MAKERS, store
for body, names in (("the pictures", ("hero-a.png", "hero-b.png")), ("the plan", ("bookings.sql",))):
    files = [store(joon, room_id=general.pk, name=name, data=MAKERS[name]()) for name in names]
    send_message(joon, room_id=general.pk, key=uuid4(), body=f"handover: {body}", files=[file.pk for file in files])
send_message(mina, room_id=general.pk, key=uuid4(), body="handover without files")
"""

CARD = """
from uuid import uuid4
from chat.services.messages import send_message
from previews.models import PreviewedPage, digest_of
url = "https://192.0.2.1/leaf"
PreviewedPage.objects.create(digest=digest_of(url), title="Leaf: bookings for small studios", site="Pages")
send_message(joon, room_id=general.pk, key=uuid4(), body="handover " + url)
"""

REPLIES = """
from uuid import uuid4
from chat.models import Message
from chat.services.threads import reply_in_thread
parent = Message.objects.get(room=general, body="thank you")
reply_in_thread(joon, room_id=general.pk, message_id=parent.pk, key=uuid4(), body="the price in the thread")
"""

ANSWERED = """(answer) => {
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (frame) {
    const command = JSON.parse(frame);
    if (command.type !== "search" || window.isAllowed) return send.call(this, frame);
    const data = JSON.stringify({ type: "reply", ref: command.ref, ...answer });
    setTimeout(() => this.dispatchEvent(new MessageEvent("message", { data })));
  };
}"""
"""Searches are answered without the server, until `isAllowed`."""

RATE_LIMITED = {"code": "rate_limited", "message": "You have searched many times.", "retry_after": 600}
TOO_SLOW = {"code": "unavailable", "message": "The search took too long."}


@pytest.fixture
def team(team: Team) -> Team:
    """The two, with something to find in General and in another room."""
    return furnished(team)


def tab(page: Page, name: str) -> re.Pattern[str]:
    return re.compile(rf"{name}( \d+\+?)?$")


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=tab(page, name)).click()


def go_offline(page: Page) -> None:
    page.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('offline'))")
    expect(page.locator("#state")).to_have_text("offline")


def test_files_are_cards_in_hits_and_rows_behind_their_tab(team: Team) -> None:
    team.run(FILES)
    page = search_page(indexed(team, "handover", 3), "?q=handover").page
    expect(hits(page)).to_have_count(3)
    expect(hits(page).nth(1).locator(".hit-card")).to_have_count(1)
    expect(hits(page).nth(1).get_by_role("link", name="bookings.sql", exact=True)).to_be_visible()
    expect(hits(page).nth(2).locator(".hit-card img")).to_have_count(2)
    expect(page.get_by_role("tab", name="Files 3")).to_be_visible()
    open_tab(page, "Files")
    expect(page).to_have_url(re.compile("tab=files$"))
    rows = page.locator(".found-files > li")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text(re.compile(r"bookings\.sql.*General.*Joon Lee", re.DOTALL))
    expect(page.locator("#search-status")).to_have_text("3 files in one room")
    page.reload()
    expect(rows).to_have_count(3)
    expect(page.get_by_role("tab", name="Files 3")).to_have_attribute("aria-selected", "true")
    open_tab(page, "Messages")
    expect(hits(page)).to_have_count(3)


def test_from_a_file_the_way_leads_to_its_message_and_back(team: Team) -> None:
    team.run(FILES)
    page = search_page(indexed(team, "handover", 3), "?q=handover&tab=files").page
    rows = page.locator(".found-files > li")
    expect(rows).to_have_count(3)
    field(page).press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(rows.nth(2).locator(".to-hit")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".msg", has_text="handover: the pictures")).to_be_focused()
    page.go_back()
    expect(rows.nth(2).locator(".to-hit")).to_be_focused()
    rows.nth(2).get_by_role("link", name="hero-b.png", exact=True).click()
    expect(page.get_by_role("dialog", name="hero-b.png")).to_be_visible()


def test_a_hit_says_in_which_line_of_which_file_the_words_are(team: Team) -> None:
    team.run(FILES)
    page = search_page(indexed(team, "interval", 1), "?q=interval").page
    card = hits(page).locator(".hit-card")
    expect(card.get_by_role("link", name="bookings.sql", exact=True)).to_be_visible()
    expect(card.locator(".found-line")).to_contain_text(re.compile(r"^Line \d+"))
    expect(card.locator("mark")).to_have_text("interval")
    field(page).fill("bookings sql")
    expect(card.get_by_role("link").locator("mark")).to_have_text(["bookings", "sql"])
    open_tab(page, "Files")
    expect(page.locator(".found-files > li")).to_have_count(1)
    expect(page.locator(".found-files mark").first).to_have_text("bookings")


def test_where_no_file_matches_the_way_leads_to_all_messages(team: Team) -> None:
    page = search_page(team, "?q=price&tab=files").page
    expect(page.get_by_text("No file in your rooms matches this.")).to_be_visible()
    expect(page.locator("#search-status")).to_have_text("No file found")
    page.get_by_role("button", name="Search all messages").click()
    expect(hits(page)).to_have_count(2)


def test_links_have_cards_in_hits(team: Team) -> None:
    team.run(CARD)
    page = search_page(indexed(team, "handover", 1), "?q=handover").page
    link = hits(page).first.get_by_role("link", name="Leaf: bookings for small studios")
    expect(link).to_have_attribute("href", "https://192.0.2.1/leaf")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow ugc")


def test_a_hit_is_a_link_that_can_be_opened_beside_the_search(team: Team) -> None:
    page = search_page(team, "?q=price").page
    expect(hits(page)).to_have_count(2)
    with page.context.expect_page() as opened:
        hits(page).nth(1).click(button="middle")
    expect(opened.value.locator("[data-linked]")).to_contain_text("the price table")
    expect(hits(page)).to_have_count(2)
    expect(page).to_have_url(re.compile(r"q=price$"))


def test_a_hit_opens_the_room_at_the_message_and_back_returns_to_the_place_in_the_list(team: Team) -> None:
    team.said("joon", *(f"needle number {number}" for number in range(45)))
    page = search_page(indexed(team, "needle", 45), "?q=needle").page
    expect(hits(page)).to_have_count(20)
    page.locator(".search-more").scroll_into_view_if_needed()
    expect(hits(page)).to_have_count(40)
    hits(page).nth(30).scroll_into_view_if_needed()
    place = page.locator("#page").evaluate("page => page.scrollTop")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    hits(page).nth(30).click()
    expect(page.locator("[data-linked]")).to_contain_text("needle number 14")
    page.go_back()
    expect(hits(page)).to_have_count(40)
    expect(hits(page).nth(30).get_by_role("link")).to_be_focused()
    assert abs(page.locator("#page").evaluate("page => page.scrollTop") - place) < 2
    assert not [url for url in requests if "/search/" in url], "what was found is shown as it was left"


def test_offline_the_searches_of_before_are_shown_as_they_were_and_others_wait(team: Team) -> None:
    page = search_page(team, "?q=price").page
    expect(hits(page)).to_have_count(2)
    for query in ("table", "version"):
        page.keyboard.press("Control+a")
        page.keyboard.type(query)
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(f"q={query}$"))
        expect(hits(page).first.locator("mark").first).to_have_text(query)
    go_offline(page)
    for query in ("table", "price"):
        page.go_back()
        expect(field(page)).to_have_value(query)
        expect(hits(page).first.locator("mark").first).to_have_text(query)
    expect(page.get_by_text("You are not connected.")).to_be_hidden()
    page.keyboard.press("Control+a")
    page.keyboard.type("another")
    expect(page.get_by_text("You are not connected. The search goes on when you are.")).to_be_visible()
    page.context.set_offline(False)
    expect(hits(page)).to_have_count(1)


def test_escape_leads_back_to_the_room_from_which_one_searched(team: Team) -> None:
    mina = team.visit("mina")
    page = mina.page
    mina.field.press("Control+f")
    expect(field(page)).to_be_focused()
    page.keyboard.type("price")
    page.keyboard.press("Enter")
    expect(hits(page)).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(hits(page).first.get_by_role("link")).to_be_focused()
    page.keyboard.press("Escape")
    expect(field(page)).to_be_focused()
    page.keyboard.type(" in:")
    expect(page.locator("#search-options")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#search-options")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("#room-name")).to_contain_text("General")
    expect(page).to_have_url(re.compile(f"{re.escape(team.address)}$"))


def test_control_f_in_a_thread_searches_only_there(team: Team) -> None:
    team.run(REPLIES)
    mina = indexed(team, "price", 3).visit("mina")
    page = mina.page
    page.locator(".thread-row").click()
    panel = page.locator("#panel")
    expect(panel.get_by_text("the price in the thread")).to_be_visible()
    panel.get_by_role("textbox").press("Control+f")
    expect(chips(page)).to_have_text(["in: this thread"])
    page.keyboard.type("price")
    expect(hits(page)).to_have_count(1)
    expect(hits(page).first).to_contain_text("thread")
    field(page).press("Home")
    page.keyboard.press("Backspace")
    expect(hits(page)).to_have_count(3)


def test_recent_searches_are_forgotten_at_once(team: Team) -> None:
    page = search_page(team).page
    expect(field(page)).to_be_focused()
    for query in ("price", "table"):
        page.keyboard.type(query)
        page.keyboard.press("Enter")
        expect(hits(page).first.locator("mark").first).to_have_text(query)
        page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.locator(".search-start section").first.get_by_role("listitem")).to_have_count(2)
    page.get_by_role("button", name="Clear all").click()
    expect(page.get_by_role("heading", name="Recent")).to_be_hidden()
    expect(field(page)).to_be_focused()
    page.reload()
    expect(page.get_by_role("heading", name="Narrow it")).to_be_visible()
    expect(page.get_by_role("heading", name="Recent")).to_be_hidden()


def test_a_phrase_that_is_nowhere_is_offered_as_its_words(team: Team) -> None:
    page = search_page(team, "?q=%22table+price%22").page
    expect(page.get_by_role("heading", name="Nothing by that word")).to_be_visible()
    expect(page.get_by_text("Try fewer words")).to_be_visible()
    page.get_by_role("button", name="Without quotation marks").click()
    expect(hits(page)).to_have_count(1)
    expect(field(page)).to_have_value("table price")


def answered(team: Team, answer: dict[str, object]) -> Page:
    """The page of search, on which this is the answer to searches."""
    mina = team.tab("mina")
    mina.page.add_init_script(f"({ANSWERED})({json.dumps(answer)})")
    mina.page.clock.install()
    return mina.open("/search/?q=price").page


def test_after_many_searches_the_page_counts_down_until_it_searches_again(team: Team) -> None:
    page = answered(team, {"ok": False, "error": RATE_LIMITED})
    trouble = page.locator(".search-trouble")
    expect(trouble).to_contain_text("You have searched many times.")
    expect(trouble).to_contain_text("again in 600 seconds")
    page.clock.run_for(1_000)
    expect(trouble).to_contain_text("again in 599 seconds")
    page.evaluate("window.isAllowed = true")
    field(page).press("Control+a")
    page.keyboard.type("table")
    page.clock.run_for(1_000)
    expect(hits(page)).to_have_count(2)
    expect(trouble).to_be_empty()


def test_a_search_that_took_too_long_can_be_tried_again(team: Team) -> None:
    page = answered(team, {"ok": False, "error": TOO_SLOW})
    expect(page.get_by_text("The search took too long.")).to_be_visible()
    page.evaluate("window.isAllowed = true")
    page.get_by_role("button", name="Try again").click()
    expect(hits(page)).to_have_count(2)
    expect(page.get_by_text("The search took too long.")).to_be_hidden()


def test_while_the_index_is_being_built_the_page_says_that_messages_may_be_missing(team: Team) -> None:
    page = answered(team, {"ok": True, "words": [], "building": 0.42})
    expect(page.get_by_text("The index is being built, 42% so far. Some messages may be missing.")).to_be_visible()


def test_on_a_phone_files_filters_and_the_way_back_are_within_reach(team: Team) -> None:
    team.run(FILES)
    phone = {"width": 360, "height": 740}
    mina = indexed(team, "handover", 3).visit("mina", viewport=phone, has_touch=True, is_mobile=True)
    page = mina.page
    page.goto("/search/?q=handover+from:me")
    expect(hits(page)).to_have_count(1)
    page.get_by_role("button", name="Remove from: Mina Kim").tap()
    expect(hits(page)).to_have_count(3)
    page.get_by_role("tab", name=tab(page, "Files")).tap()
    rows = page.locator(".found-files > li")
    expect(rows).to_have_count(3)
    for target in (*page.get_by_role("tab").all(), *page.locator(".search-offers button, .found-files .icon").all()):
        box = target.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 360
    assert page.evaluate("document.querySelector('#page').scrollWidth") <= 360
    rows.first.locator(".to-hit").tap()
    expect(page.locator(".msg", has_text="handover: the plan")).to_be_visible()
    page.go_back()
    expect(rows).to_have_count(3)


@pytest.mark.parametrize("locale", ["en-GB", "ko-KR"])
def test_axe_finds_nothing_in_what_was_found(team: Team, locale: str) -> None:
    team.run(FILES)
    team.run(CARD)
    page = search_page(indexed(team, "handover", 4), "?q=handover", locale=locale, reduced_motion="reduce").page
    expect(hits(page)).to_have_count(4)
    found = findings_in_every_look(page)
    page.locator("#search-tab-files").click()
    expect(page.locator(".found-files > li")).to_have_count(3)
    found += findings_in_every_look(page)
    page.goto("/search/?q=interval")
    expect(page.locator(".found-line mark")).to_be_visible()
    found += findings_in_every_look(page)
    page.goto("/search/?q=price&tab=files")
    expect(page.locator(".search-none")).to_be_visible()
    found += findings_in_every_look(page)
    page.goto("/search/?q=price")
    expect(hits(page)).to_have_count(2)
    page.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('offline'))")
    page.locator("#search-input").fill("other")
    expect(page.locator(".search-trouble p")).to_be_visible()
    found += findings_in_every_look(page)
    assert not found, "\n".join(found)
