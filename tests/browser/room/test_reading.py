"""What is unread, and where reading goes on."""

import re

from playwright.sync_api import expect

from tests.browser.room.chatting import Chatter, Team


def test_two_tabs_agree_on_what_is_unread(team: Team, joon: Chatter) -> None:
    mina = team.visit("mina", team.new_room("Launch"))
    other_tab = mina.another_tab()
    joon.say("one", "two")
    for tab in (mina, other_tab):
        expect(tab.room_link("General").locator(".badge")).to_have_text("2")
        expect(tab.page).to_have_title("• Launch · Maple Studio")
    mina.page.bring_to_front()
    mina.room_link("General").click()
    for tab in (mina, other_tab):
        expect(tab.room_link("General").locator(".badge")).to_have_count(0)
    expect(other_tab.page).to_have_title("Launch · Maple Studio")


def test_the_unread_line_is_where_reading_ended(team: Team) -> None:
    team.said("joon", "read")
    mina = team.visit("mina")
    mina.page.goto("/rooms/")
    team.said("joon", "new 1", "new 2")
    mina.open(team.address)
    order = mina.page.locator("#messages > *").all_inner_texts()
    line = next(index for index, text in enumerate(order) if text == "Unread from here")
    assert "read" in order[line - 1]
    assert "new 1" in order[line + 1]
    mina.say("an answer")
    expect(mina.page.locator(".unread-line")).to_have_count(0)


def test_a_long_absence_leads_to_the_unread_line(team: Team) -> None:
    team.said("joon", *(f"old {number}" for number in range(10)))
    mina = team.visit("mina")
    expect(mina.room_link("General").locator(".badge")).to_have_count(0)
    mina.page.goto("/rooms/")
    team.said("joon", *(f"new {number}" for number in range(40)))
    mina.open(team.address)
    expect(mina.page.locator(".unread-line")).to_be_in_viewport()
    expect(mina.message("new 39")).not_to_be_in_viewport()
    expect(mina.page.locator("#newest")).to_have_text(re.compile(r"\d+ new"))
    mina.page.locator("#newest").click()
    expect(mina.message("new 39")).to_be_in_viewport()
    expect(mina.room_link("General").locator(".badge")).to_have_count(0)


def test_a_room_that_is_switched_to_opens_at_its_unread_line(team: Team, joon: Chatter) -> None:
    team.new_room("Launch")
    mina = team.visit("mina")
    mina.room_link("Launch").click()
    mina.is_live()
    team.said("joon", *(f"new {number}" for number in range(40)))
    mina.room_link("General").click()
    expect(mina.page.locator(".unread-line")).to_be_in_viewport()
    expect(mina.message("new 0")).to_be_in_viewport()
    expect(mina.message("new 39")).not_to_be_in_viewport()


def test_a_hidden_tab_reads_nothing(team: Team, joon: Chatter) -> None:
    mina = team.visit("mina")
    mina.page.evaluate(
        "Object.defineProperty(document, 'visibilityState', {configurable: true, get: () => 'hidden'});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    joon.say("are you there?")
    expect(mina.page).to_have_title("• General · Maple Studio")
    expect(mina.page.locator(".unread-line")).to_be_visible()
    mina.page.evaluate("delete document.visibilityState; document.dispatchEvent(new Event('visibilitychange'))")
    expect(mina.page).to_have_title("General · Maple Studio")


def test_rooms_stay_in_the_order_of_their_names_and_are_switched_in_place(team: Team) -> None:
    launch, _ = team.new_room("Launch"), team.new_room("디자인 이야기")
    mina, joon = team.visit("mina"), team.visit("joon", launch)
    order = ["General", "Launch", "디자인 이야기"]
    names = mina.page.locator("#rooms .name")
    joon.say("in Launch")
    expect(mina.room_link("Launch").locator(".badge")).to_have_text("1")
    expect(names).to_have_text(order)
    mina.page.evaluate("window.same = true")
    mina.room_link("디자인 이야기").click()
    expect(mina.page.locator("#room-name")).to_contain_text("디자인 이야기")
    mina.say("첫 메시지")
    mina.reads("첫 메시지")
    expect(names).to_have_text(order)
    mina.room_link("Launch").click()
    mina.reads("in Launch")
    mina.page.go_back()
    mina.reads("첫 메시지")
    assert mina.page.evaluate("window.same") is True
    mina.page.reload()
    mina.reads("첫 메시지")
