"""Phones, keyboards and languages."""

import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.room.chatting import Chatter, Team

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def test_on_a_phone_the_sidebar_is_a_drawer(team: Team) -> None:
    team.new_room("Launch")
    mina = team.visit("mina", **PHONE)
    sidebar, opener = mina.page.locator("#sidebar"), mina.page.locator("#drawer-open")
    expect(sidebar).to_be_hidden()
    opener.tap()
    expect(mina.room_link("General")).to_be_focused()
    expect(mina.page.locator("#main")).to_have_attribute("inert", "")
    mina.page.keyboard.press("Escape")
    expect(sidebar).to_be_hidden()
    expect(opener).to_be_focused()
    opener.tap()
    mina.room_link("Launch").tap()
    expect(sidebar).to_be_hidden()
    expect(mina.page.locator("#room-name")).to_contain_text("Launch")
    assert mina.page.evaluate("document.documentElement.scrollWidth") == 360


def test_on_a_phone_a_long_press_offers_what_can_be_done(team: Team) -> None:
    team.said("mina", "press me")
    mina = team.visit("mina", **PHONE)
    expect(mina.page.get_by_role("toolbar")).to_have_count(0)
    touch = {"pointerType": "touch", "bubbles": True}
    mina.message("press me").locator(".body").dispatch_event("pointerdown", touch)
    mina.page.get_by_role("button", name="Edit").tap()
    expect(mina.field).to_have_value("press me")


def test_a_conversation_needs_no_mouse(team: Team) -> None:
    team.new_room("디자인 이야기")
    team.said("mina", "first", "second")
    mina = team.visit("mina")
    keys = mina.page.keyboard
    expect(mina.field).to_be_focused()
    keys.type("third")
    keys.press("Enter")
    mina.reads("first", "second", "third")
    mina.timeline.focus()
    for _ in range(3):
        keys.press("ArrowUp")
    expect(mina.message("first")).to_be_focused()
    keys.press("ArrowDown")
    keys.press("Enter")  # into the toolbar
    keys.press("ArrowLeft")  # to its end
    keys.press("Enter")  # the menu, which begins with Edit
    expect(mina.page.get_by_role("menuitem", name="Edit")).to_be_focused()
    keys.press("Enter")
    expect(mina.field).to_have_value("second")
    keys.press("End")
    keys.type("!")
    keys.press("Enter")
    mina.reads("first", "second! (edited)", "third")
    keys.press("Control+k")
    keys.type("ㄷㅈㅇ")
    expect(mina.page.locator("#palette").get_by_role("option").first).to_contain_text("디자인 이야기")
    keys.press("Enter")
    expect(mina.page.locator("#room-name")).to_contain_text("디자인 이야기")
    expect(mina.field).to_be_focused()


def test_enter_that_ends_a_korean_syllable_does_not_send(mina: Chatter) -> None:
    mina.field.fill("안녕")
    composing = {"key": "Enter", "isComposing": True, "bubbles": True, "cancelable": True}
    mina.field.dispatch_event("keydown", composing)
    expect(mina.messages).to_have_count(0)
    expect(mina.field).to_have_value("안녕")
    mina.field.press("Enter")
    mina.reads("안녕")


def test_the_composer_grows_to_ten_lines_and_counts_near_the_limit(mina: Chatter) -> None:
    heights = []
    for lines in (1, 5, 10, 20):
        mina.field.fill("\n".join(["line"] * lines))
        heights.append(mina.field.evaluate("field => field.getBoundingClientRect().height"))
    assert heights[0] < heights[1] < heights[2]
    assert heights[2] == heights[3]
    mina.field.fill("x" * 9_990)
    expect(mina.page.locator("#count")).to_have_text("10 characters left")
    mina.field.fill("한" * 10_002)
    expect(mina.page.locator("#count")).to_have_text("2 characters too many")
    mina.field.press("Enter")
    expect(mina.messages).to_have_count(0)


def test_a_korean_reader_has_a_korean_page(team: Team) -> None:
    team.said("joon", "안녕하세요")
    team.run("Message.objects.filter(room=general).update(created_at='2024-05-03T15:30:00Z')")
    context = team.browser("mina", locale="ko-KR")
    context.add_cookies([{"name": "django_language", "value": "ko", "url": "http://127.0.0.1"}])
    mina = Chatter(context.new_page()).open(team.address)
    expect(mina.page.locator("html")).to_have_attribute("lang", "ko")
    expect(mina.page.locator(".day")).to_have_text("2024년 5월 4일 토요일")  # in Seoul it is past midnight
    expect(mina.messages.locator("time")).to_have_text(re.compile("오전 12:30"))


def test_a_screen_reader_announces_new_messages_and_no_history(team: Team) -> None:
    team.said("joon", "of yesterday")
    mina, joon = team.visit("mina"), team.visit("joon")
    announcer = mina.page.locator("#announcer")
    expect(announcer).to_be_empty()
    joon.say("are you there?")
    expect(announcer).to_have_text("Joon Lee: are you there?")
    expect(mina.timeline).to_have_role("log")
