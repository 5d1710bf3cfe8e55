"""Pinned messages: from the menu of a message into the panel, and back to the message."""

from playwright.sync_api import expect

from tests.browser.room.chatting import Chatter, Team

PIN_FIRST = """
from chat.services.pins import pin
pin(joon, message_id=general.messages.get(position=1).pk, on=True)
"""


def test_a_message_is_pinned_found_and_unpinned_by_everybody_live(team: Team) -> None:
    team.said("joon", "first", *(f"talk {number}" for number in range(120)), "**Launch** is on Tuesday")
    mina, joon = team.visit("mina"), team.visit("joon")
    joon.page.locator("#pins-open").click()
    panel = joon.page.locator("#panel")
    expect(panel.locator(".no-pins")).to_be_visible()

    mina.act("Launch", "Pin to the room")
    expect(mina.message("Launch").locator(".pin-mark")).to_have_text("Pinned by Mina Kim")
    expect(joon.message("Launch").locator(".pin-mark")).to_be_visible()
    expect(joon.page.locator("#pins-number")).to_have_text("1")
    expect(panel.locator("#panel-about")).to_have_text("1 in General")
    cards = panel.locator(".pins > li")
    expect(cards).to_have_count(1)
    expect(cards.locator(".body strong")).to_have_text("Launch")
    expect(cards.locator("footer")).to_contain_text("Pinned by Mina Kim")

    # The newest pin comes first; its link leads to a message that the page does not hold.
    team.run(PIN_FIRST)
    expect(cards).to_have_count(2)
    cards.first.get_by_role("link", name="Jump").click()
    expect(joon.page.locator(".msg[data-position='1']")).to_be_focused()
    expect(joon.page.locator(".msg[data-position='1'] .pin-mark")).to_be_visible()

    # The line in the room leads there, too.
    line = mina.page.locator(".msg.system").last
    expect(line).to_contain_text("pinned")
    line.locator("summary").click()
    line.get_by_role("link").last.click()
    expect(mina.page.locator(".msg[data-position='1']")).to_be_focused()

    cards.first.get_by_role("button", name="Unpin").click()
    expect(cards).to_have_count(1)
    expect(mina.page.locator(".msg[data-position='1'] .pin-mark")).to_have_count(0)
    expect(mina.page.locator("#pins-number")).to_have_text("1")

    # Deleting a message removes its pin.
    team.run(
        "from chat.services.messages import delete_message\n"
        "delete_message(joon, message_id=general.messages.get(position=122).pk)"
    )
    expect(panel.locator(".no-pins")).to_be_visible()
    expect(joon.page.locator("#pins-number")).to_be_empty()


def test_on_a_phone_the_details_lead_to_the_pins_which_cover_the_room(team: Team) -> None:
    team.said("joon", "Launch is on Tuesday")
    team.run(PIN_FIRST)
    mina: Chatter = team.visit("mina", viewport={"width": 360, "height": 740}, has_touch=True)
    expect(mina.page.locator("#pins-open")).to_be_hidden()
    mina.page.locator("#details-open").click()
    mina.page.locator("#panel").get_by_role("button", name="Pins").click()
    panel = mina.page.locator("#panel")
    expect(panel.locator(".pins > li")).to_have_count(1)
    panel.get_by_role("link", name="Jump").click()
    expect(panel).to_be_hidden()
    expect(mina.page.locator(".msg[data-position='1']")).to_be_focused()


def test_an_archived_room_shows_its_pins_without_a_way_to_change_them(team: Team) -> None:
    team.said("joon", "Launch is on Tuesday")
    team.run(PIN_FIRST + "from chat.services.rooms import archive_room\narchive_room(mina, room_id=general.pk)")
    mina = team.visit("mina")
    mina.page.locator("#pins-open").click()
    card = mina.page.locator("#panel .pins > li")
    expect(card).to_have_count(1)
    expect(card.get_by_role("button", name="Unpin")).to_have_count(0)
    expect(mina.menu_of("Launch is on").locator("[data-action=pin], [data-action=unpin]")).to_have_count(0)
