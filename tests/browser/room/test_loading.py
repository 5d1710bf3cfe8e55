"""The first visit of the room page: what it asks for, and how much comes over the wire."""

from typing import Any

from tests.browser.room.chatting import Team

REQUESTS = 50
KILOBYTES = 120

LOADED = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .map(({ name, transferSize }) => ({ name, bytes: transferSize }))"""
PRELOADED = """() => [...document.querySelectorAll("link[rel=modulepreload]")].map((link) => link.href)"""


def test_every_module_is_preloaded_and_no_other_file(team: Team) -> None:
    page = team.visit("mina").page
    loaded: list[dict[str, Any]] = page.evaluate(LOADED)
    modules = [file["name"] for file in loaded if "/chat/js/" in file["name"]]
    preloaded = page.evaluate(PRELOADED)
    assert preloaded
    assert sorted(modules) == sorted(preloaded)


def test_the_first_visit_keeps_within_its_budget(team: Team) -> None:
    team.said("joon", *(f"{number}: about a hundred characters of talk; " * 3 for number in range(50)))
    loaded: list[dict[str, Any]] = team.visit("mina").page.evaluate(LOADED)
    assert len(loaded) <= REQUESTS
    assert all(file["bytes"] for file in loaded), "a file of the first visit came from the cache"
    assert sum(file["bytes"] for file in loaded) <= KILOBYTES * 1000
