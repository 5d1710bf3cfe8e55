"""Links to messages: the room around one, scrolled both ways, and back to the newest."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.room.chatting import Team

HISTORY = 600

ON_SCREEN = """() => {
  const { top, bottom } = document.querySelector("#timeline").getBoundingClientRect();
  return [...document.querySelectorAll(".msg[data-position]")]
    .filter((message) => message.getBoundingClientRect().bottom > top && message.getBoundingClientRect().top < bottom)
    .map((message) => Number(message.dataset.position));
}"""


@pytest.fixture
def history(team: Team) -> Team:
    """A long history in General, all of it read by Mina."""
    team.said("joon", *(f"message {number}" for number in range(1, HISTORY + 1)))
    team.run(f"general.memberships.update(last_read={HISTORY})")
    return team


def positions(page: Page) -> list[int]:
    """Positions of the messages on the page."""
    return list(page.evaluate("() => [...document.querySelectorAll('.msg')].map((m) => Number(m.dataset.position))"))


def scroll(page: Page, *, up: bool, beyond: int | None = None) -> None:
    """Scroll to the end of what is on the page, and wait for more than there is, or than this position."""
    edge = "0" if up else "timeline.scrollHeight"
    before = beyond or positions(page)[0 if up else -1]
    page.evaluate(f"() => {{ const timeline = document.querySelector('#timeline'); timeline.scrollTop = {edge}; }}")
    page.wait_for_function(
        """([before, up]) => {
            const messages = [...document.querySelectorAll(".msg")];
            const edge = Number(messages.at(up ? 0 : -1).dataset.position);
            return up ? edge < before : edge > before;
        }""",
        arg=[before, up],
    )


def test_a_link_from_outside_opens_the_room_around_the_message(history: Team) -> None:
    mina = history.visit("mina", f"{history.address}300/")
    message = mina.page.locator(".msg[data-position='300']")
    expect(message).to_be_in_viewport()
    expect(message).to_be_focused()
    expect(message).to_have_attribute("data-linked", "")
    expect(mina.page.locator(".msg[data-position='600']")).to_have_count(0)
    mina.page.keyboard.press("ArrowDown")
    expect(mina.page.locator(".msg[data-position='301']")).to_be_focused()


def test_the_first_frame_shows_the_message_without_a_connection(history: Team) -> None:
    page = history.browser("mina").new_page()
    page.route_web_socket(re.compile("/ws/"), lambda _socket: None)
    page.goto(f"{history.address}300/")
    expect(page.locator(".msg[data-position='300']")).to_be_in_viewport()
    expect(page.locator(".msg[data-position='300']")).to_be_focused()


def test_the_window_grows_both_ways_without_a_hole_and_stays_bounded(history: Team) -> None:
    mina = history.visit("mina", f"{history.address}300/")
    page = mina.page
    expect(page.locator(".msg[data-position='300']")).to_be_focused()
    while (oldest := positions(page)[0]) > 1:
        scroll(page, up=True, beyond=oldest)
        shown = positions(page)
        assert shown == list(range(shown[0], shown[-1] + 1))
        assert len(shown) <= 300
    expect(page.locator("#top")).to_contain_text("This is the beginning of General")
    while (newest := positions(page)[-1]) < HISTORY:
        scroll(page, up=False, beyond=newest)
        shown = positions(page)
        assert shown == list(range(shown[0], shown[-1] + 1))
        assert len(shown) <= 300


def test_a_window_that_reached_the_newest_message_is_live(history: Team) -> None:
    mina = history.visit("mina", f"{history.address}480/")
    page = mina.page
    expect(page.locator(".msg[data-position='480']")).to_be_focused()
    while (newest := positions(page)[-1]) < HISTORY:
        scroll(page, up=False, beyond=newest)
    page.evaluate(
        "() => { const timeline = document.querySelector('#timeline'); timeline.scrollTop = timeline.scrollHeight; }"
    )
    expect(page).to_have_url(re.compile(re.escape(history.address) + "$"))
    joon = history.visit("joon")
    joon.say("right now")
    expect(mina.message("right now")).to_be_in_viewport()
    expect(page.locator("#newest")).to_be_hidden()


def test_changes_reach_the_messages_around_a_link(history: Team) -> None:
    mina = history.visit("mina", f"{history.address}300/")
    expect(mina.page.locator(".msg[data-position='300']")).to_be_focused()
    history.run(
        "from chat.services.messages import delete_message, edit_message\n"
        "edit_message(joon, message_id=Message.objects.get(room=general, position=301).pk, body='changed')\n"
        "delete_message(joon, message_id=Message.objects.get(room=general, position=302).pk)"
    )
    expect(mina.page.locator(".msg[data-position='301'] .body")).to_have_text("changed (edited)")
    expect(mina.page.locator(".msg[data-position='302'] .body")).to_have_text("Message deleted")
    history.said("joon", "the newest")
    expect(mina.page.locator("#newest")).to_have_text("1 new")
    expect(mina.message("the newest")).to_have_count(0)


def test_who_reconnects_at_an_old_message_has_missed_nothing_and_doubled_nothing(history: Team) -> None:
    mina = history.visit("mina", f"{history.address}300/")
    page = mina.page
    expect(page.locator(".msg[data-position='300']")).to_be_focused()
    page.context.set_offline(True)
    mina.is_offline()
    history.run(
        "from chat.services.messages import edit_message\n"
        "edit_message(joon, message_id=Message.objects.get(room=general, position=301).pk, body='changed')"
    )
    history.said("joon", "missed 1", "missed 2")
    page.context.set_offline(False)
    mina.is_live()
    expect(page.locator(".msg[data-position='301'] .body")).to_have_text("changed (edited)")
    expect(page).to_have_title("• General · Maple Studio")
    while (newest := positions(page)[-1]) < HISTORY + 2:
        scroll(page, up=False, beyond=newest)
    shown = positions(page)
    assert shown == list(range(shown[0], HISTORY + 3))


def test_who_missed_too_many_changes_at_an_old_message_sees_it_as_it_is_now(history: Team) -> None:
    mina = history.visit("mina", f"{history.address}300/")
    page = mina.page
    expect(page.locator(".msg[data-position='300']")).to_be_focused()
    page.context.set_offline(True)
    mina.is_offline()
    history.run(
        "from chat.services.messages import edit_message\n"
        "edit_message(joon, message_id=Message.objects.get(room=general, position=301).pk, body='changed')\n"
        "general.refresh_from_db()\n"
        "general.revision += 1000\n"
        "general.save()"
    )
    page.context.set_offline(False)
    mina.is_live()
    expect(page.locator(".msg[data-position='301'] .body")).to_have_text("changed (edited)")
    expect(page.locator(".msg[data-position='300']")).to_be_in_viewport()


def test_a_link_marks_nothing_as_read_that_was_not_seen(history: Team) -> None:
    history.run("general.memberships.update(last_read=100)")
    mina = history.visit("mina", f"{history.address}300/")
    expect(mina.page.locator(".msg[data-position='300']")).to_be_focused()
    scroll(mina.page, up=False)
    mina.page.evaluate("dispatchEvent(new Event('pagehide'))")
    expect(mina.page).to_have_title("• General · Maple Studio")
    assert history.run("answer = general.memberships.get(user=mina).last_read") == 100
    mina.page.locator("#newest").click()
    expect(mina.page).to_have_title("General · Maple Studio")


def test_the_way_to_the_newest_leaves_the_message_and_its_address(history: Team) -> None:
    mina = history.visit("mina", f"{history.address}300/")
    page = mina.page
    expect(page.locator(".msg[data-position='300']")).to_be_focused()
    page.locator("#newest").click()
    expect(mina.message(f"message {HISTORY}")).to_be_in_viewport()
    expect(page).to_have_url(re.compile(re.escape(history.address) + "$"))
    assert len(positions(page)) <= 150


def test_links_to_messages_open_in_place_and_back_and_forward_lead_between_them(history: Team) -> None:
    launch = history.new_room("Launch")
    server = history.installation.servers[0].url
    mina = history.visit("mina", launch)
    page = mina.page
    page.evaluate("window.same = true")
    mina.say(f"see {server}{history.address}300/", f"and {server}{history.address}9999/")
    mina.page.get_by_role("link", name="300/").click()
    expect(page.locator("#room-name")).to_contain_text("General")
    expect(page.locator(".msg[data-position='300']")).to_be_focused()
    page.go_back()
    expect(page.locator("#room-name")).to_contain_text("Launch")
    page.go_forward()
    expect(page.locator(".msg[data-position='300']")).to_be_focused()
    expect(page).to_have_url(re.compile("/300/$"))
    page.go_back()
    mina.page.get_by_role("link", name="9999/").click()
    expect(mina.message(f"message {HISTORY}")).to_be_in_viewport()
    assert page.evaluate("window.same") is True
    assert len(page.context.pages) == 1


def test_a_link_to_a_deleted_message_leads_to_its_tombstone(history: Team) -> None:
    history.run(
        "from chat.services.messages import delete_message\n"
        "delete_message(joon, message_id=Message.objects.get(room=general, position=300).pk)"
    )
    mina = history.visit("mina", f"{history.address}300/")
    expect(mina.page.locator(".msg[data-position='300']")).to_be_focused()
    expect(mina.page.locator(".msg[data-position='300'] .body")).to_have_text("Message deleted")


def test_the_unread_line_far_above_is_reached_at_once(history: Team) -> None:
    history.run("general.memberships.update(last_read=100)")
    mina = history.visit("mina")
    mina.page.locator("#to-unread").click()
    expect(mina.page.locator(".unread-line")).to_be_in_viewport()
    expect(mina.page.locator(".msg[data-position='101']")).to_be_in_viewport()
    assert max(mina.page.evaluate(ON_SCREEN)) < 150


def test_reduced_motion_keeps_the_colour_of_a_link_still(history: Team) -> None:
    mina = history.visit("mina", f"{history.address}300/", reduced_motion="reduce")
    message = mina.page.locator(".msg[data-position='300']")
    expect(message).to_have_css("animation-timing-function", "steps(1)")
