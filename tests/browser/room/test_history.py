"""Scrolling back, and staying where one is."""

import json
import re

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.browser.room.chatting import Chatter, Team

HISTORY = 420

COUNT_ROWS = """
window.most = 0;
const list = document.querySelector("#messages");
new MutationObserver(() => (most = Math.max(most, list.childElementCount))).observe(list, { childList: true });
"""


@pytest.fixture
def mina(team: Team) -> Chatter:
    """Mina in a room with a long history, all of it read."""
    team.said("joon", *(f"message {number}" for number in range(1, HISTORY + 1)))
    team.run("general.memberships.update(last_read=420)")
    return team.visit("mina")


def first_on_screen(page: Page) -> tuple[int, float]:
    """Position of the first message on the screen, and its distance from the top edge in pixels."""
    found = page.evaluate(
        """() => {
            const top = document.querySelector('#timeline').getBoundingClientRect().top;
            const first = [...document.querySelectorAll('.msg')].find((m) => m.getBoundingClientRect().top >= top);
            return [Number(first.dataset.position), first.getBoundingClientRect().top - top];
        }"""
    )
    return found[0], found[1]


def offset(message: Locator) -> float:
    """Distance of a message from the top of the window, in pixels."""
    return float(message.evaluate("message => message.getBoundingClientRect().top"))


def relay_without_resuming(page: Page, sockets: list[WebSocketRoute], received: list[str]) -> None:
    """Pass the frames on, but make every connection after the first one open rooms without a revision."""

    def relay(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        is_first = not sockets
        sockets.append(socket)

        def send(text: str | bytes) -> None:
            command = json.loads(text)
            if not is_first and command["type"] == "open":
                command.pop("since", None)
            server.send(json.dumps(command))

        def receive(text: str | bytes) -> None:
            if not is_first:
                received.append(str(text))
            socket.send(text)

        socket.on_message(send)
        server.on_message(receive)

    page.route_web_socket(re.compile("/ws/"), relay)


def oldest(page: Page) -> int:
    return int(page.locator(".msg").first.get_attribute("data-position") or 0)


def test_older_messages_come_without_a_jump_until_the_beginning(mina: Chatter) -> None:
    page = mina.page
    expect(mina.message(f"message {HISTORY}")).to_be_in_viewport()
    while (before := oldest(page)) > 1:
        page.evaluate("document.querySelector('#timeline').scrollTop = 300")
        held = first_on_screen(page)
        page.wait_for_function("before => Number(document.querySelector('.msg').dataset.position) < before", arg=before)
        position, offset = first_on_screen(page)
        assert position == held[0]
        assert abs(offset - held[1]) <= 1
    expect(page.locator("#top")).to_contain_text("This is the beginning of General")
    expect(page.locator("#top")).to_contain_text(
        "Mina Kim created this room today. Everyone in Maple Studio may find and join it."
    )


def test_older_messages_come_without_a_jump_at_the_very_top_too(mina: Chatter) -> None:
    page = mina.page
    watched = page.locator(".msg[data-position='390']")
    before = watched.evaluate(
        """message => {
            document.querySelector('#timeline').scrollTop = 0;
            return message.getBoundingClientRect().top;
        }"""
    )
    page.wait_for_function("() => document.querySelectorAll('.msg').length >= 100")
    assert abs(offset(watched) - before) <= 1


def test_the_page_never_holds_the_whole_history(mina: Chatter) -> None:
    page = mina.page
    page.evaluate(COUNT_ROWS)
    while (before := oldest(page)) > 1:
        page.evaluate("document.querySelector('#timeline').scrollTop = 0")
        page.wait_for_function("before => Number(document.querySelector('.msg').dataset.position) < before", arg=before)
    assert 200 < page.evaluate("most") <= 300
    page.locator("#newest").click()
    expect(mina.message(f"message {HISTORY}")).to_be_in_viewport()


def test_a_reader_of_old_messages_is_not_moved_by_new_ones(team: Team, mina: Chatter) -> None:
    page = mina.page
    page.evaluate("document.querySelector('#timeline').scrollTop -= 1200")
    expect(page.locator("#newest")).to_be_visible()
    watched = page.locator(".msg[data-position='390']")
    before = offset(watched)
    joon = team.visit("joon")
    joon.say("one", "two", "three")
    expect(page.locator("#newest")).to_have_text("3 new")
    assert abs(offset(watched) - before) <= 1
    page.locator("#newest").click()
    expect(mina.message("three")).to_be_in_viewport()
    expect(page.locator("#newest")).to_be_hidden()


def test_who_is_at_the_end_stays_there(team: Team, mina: Chatter) -> None:
    joon = team.visit("joon")
    for number in range(15):
        joon.say(f"more {number}")
    expect(mina.message("more 14")).to_be_in_viewport()
    mina.page.set_viewport_size({"width": 900, "height": 500})
    expect(mina.message("more 14")).to_be_in_viewport()


def test_the_beginning_stays_when_an_empty_room_gets_its_first_message(team: Team) -> None:
    mina = team.visit("mina", team.new_room("Empty"))
    expect(mina.page.locator("#top")).to_contain_text("This is the beginning of Empty")
    mina.say("hello")
    mina.reads("hello")
    expect(mina.page.locator("#top")).to_contain_text("This is the beginning of Empty")


def test_after_the_state_was_replaced_a_reader_of_old_messages_is_where_they_were(team: Team, mina: Chatter) -> None:
    page = team.browser("mina").new_page()
    sockets: list[WebSocketRoute] = []
    received: list[str] = []
    relay_without_resuming(page, sockets, received)
    reader = Chatter(page).open(mina.page.url)
    while (before := oldest(page)) > 330:
        page.evaluate("document.querySelector('#timeline').scrollTop = 0")
        page.wait_for_function("before => Number(document.querySelector('.msg').dataset.position) < before", arg=before)
    watched = page.locator(".msg[data-position='330']")
    watched.scroll_into_view_if_needed()
    expect(page.locator("#newest")).to_be_visible()
    before_reset = offset(watched)
    sockets[0].close(code=4408)
    while not any('"has_newer"' in text for text in received):
        page.wait_for_function("true")
    assert any('"reset":true' in text for text in received)
    team.visit("joon").say("news")
    expect(page.locator("#newest")).to_have_text("1 new")
    assert abs(offset(watched) - before_reset) <= 1
    page.locator("#newest").click()
    expect(reader.message("news")).to_be_in_viewport()
