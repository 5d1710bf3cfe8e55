"""The first visit of the room page: what it asks for, and how much comes over the wire."""

import re
from typing import Any

from playwright.sync_api import expect

from chat.templatetags.modules import modules
from tests.browser.room.chatting import Team

REQUESTS = 50
KILOBYTES = 120

LOADED = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .map(({ name, transferSize }) => ({ name, bytes: transferSize }))"""
PARTS = "chat/js/views/shell_parts.js"
PRELOADED = """() => [...document.querySelectorAll("link[rel=modulepreload]")].map((link) => link.href)"""


LATE = {re.sub(r"\.js$", "", name) for name in set(modules(PARTS)) - set(modules("chat/js/main.js"))}
"""The modules that the page loads some seconds later, or when one of their buttons is pressed; without `.js`."""


def is_late(file: dict[str, Any]) -> bool:
    name = str(file["name"]).partition("/static/")[2]
    return re.sub(r"\.[0-9a-f]{12}\.js$", "", name) in LATE


def test_every_module_is_preloaded_and_no_other_file(team: Team) -> None:
    page = team.visit("mina").page
    loaded: list[dict[str, Any]] = page.evaluate(LOADED)
    at_once = [file["name"] for file in loaded if "/chat/js/" in file["name"] and not is_late(file)]
    preloaded = page.evaluate(PRELOADED)
    assert preloaded
    assert sorted(at_once) == sorted(preloaded)


def test_menus_and_panels_are_loaded_when_one_of_their_buttons_is_pressed(team: Team) -> None:
    page = team.visit("mina").page
    page.locator("#people-open").click()
    expect(page.locator("#panel-title")).to_have_text("People")
    assert any(is_late(file) for file in page.evaluate(LOADED))


def test_without_a_network_a_button_whose_part_is_not_loaded_says_so_and_works_later(team: Team) -> None:
    mina = team.tab("mina")
    page = mina.page
    page.route("**/shell_parts*", lambda route: route.abort())
    mina.open(team.address)
    page.locator("#details-open").click()
    expect(page.locator("#note")).to_contain_text("could not be loaded")
    page.unroute("**/shell_parts*")
    page.locator("#details-open").click()
    expect(page.locator("#panel-title")).to_have_text("Room details")


def test_the_first_visit_keeps_within_its_budget(team: Team) -> None:
    team.said("joon", *(f"{number}: about a hundred characters of talk; " * 3 for number in range(50)))
    visited: list[dict[str, Any]] = team.visit("mina").page.evaluate(LOADED)
    loaded = [file for file in visited if not is_late(file)]
    assert len(loaded) <= REQUESTS
    assert all(file["bytes"] for file in loaded), "a file of the first visit came from the cache"
    assert sum(file["bytes"] for file in loaded) <= KILOBYTES * 1000
