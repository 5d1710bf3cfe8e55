"""The room page on a phone, a tablet and a very wide screen."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.room.chatting import Team

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}

SMALL_TARGETS = """(least) => [...document.querySelectorAll("button, a, input, textarea")]
  .filter((element) => element.checkVisibility({visibilityProperty: true}))
  .filter((element) => !element.closest(".visually-hidden, [inert]"))
  .map((element) => [element.getBoundingClientRect(), element])
  .filter(([{width, height}]) => height < least || width < least)
  .map(([{width, height}, element]) => `${width} x ${height}: ${element.outerHTML.slice(0, 80)}`)"""


def in_list(page: Page) -> None:
    page.locator("#drawer-open").tap()
    expect(page.locator("#rooms a").first).to_be_visible()


def test_wide_pages_have_no_tabs(team: Team) -> None:
    page = team.visit("mina").page
    expect(page.locator(".tabs:visible")).to_have_count(0)
    page.goto("/profile/")
    expect(page.locator(".tabs:visible")).to_have_count(0)
    expect(page.locator("#sidebar")).to_be_visible()


def test_by_finger_every_target_of_the_room_and_the_list_is_44_px(team: Team) -> None:
    page = team.visit("mina", **PHONE).page
    assert page.evaluate(SMALL_TARGETS, 44) == []
    in_list(page)
    assert page.evaluate(SMALL_TARGETS, 44) == []


def test_on_a_phone_no_field_is_so_small_that_the_browser_zooms_into_it(team: Team) -> None:
    page = team.visit("mina", **PHONE).page
    page.locator("#people-open").tap()
    expect(page.locator(".panel input[type=search]")).to_be_visible()
    sizes = page.locator("#field, .panel input").evaluate_all(
        "fields => fields.map((field) => parseFloat(getComputedStyle(field).fontSize))"
    )
    assert len(sizes) > 1
    assert min(sizes) >= 16


def test_the_text_takes_the_width_of_a_narrow_page(team: Team) -> None:
    team.said("joon", "a line that is long enough to be broken on a narrow page, and so takes its whole width " * 2)
    page = team.visit("mina", **PHONE).page
    body = page.locator(".msg .body").bounding_box()
    assert body is not None
    assert body["x"] + body["width"] > 360 - 20


@pytest.mark.parametrize("width", [1440, 2560, 3840])
def test_messages_and_composer_share_a_column_in_the_middle_of_a_wide_screen(team: Team, width: int) -> None:
    page = team.visit("mina", viewport={"width": width, "height": 1200}).page
    boxes = [page.locator(part).bounding_box() for part in ("#main", "#messages", "#composer")]
    assert None not in boxes
    main, *columns = [box for box in boxes if box]
    for box in columns:
        assert box["width"] <= 776
        assert abs((box["x"] - main["x"]) - (main["x"] + main["width"] - box["x"] - box["width"])) <= 1


def test_on_a_tablet_the_list_stays_beside_the_room_and_the_panel_covers_the_room(team: Team) -> None:
    page = team.visit("mina", viewport={"width": 768, "height": 1024}, has_touch=True).page
    expect(page.locator("#drawer-open")).to_be_hidden()
    expect(page.locator("#rooms a").first).to_be_visible()
    page.locator("#people-open").tap()
    expect(page.locator("#panel")).to_be_visible()
    expect(page.locator("#rooms a").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 768
