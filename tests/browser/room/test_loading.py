"""The first visit of the room page: what it asks for."""

from typing import Any

from tests.browser.room.chatting import Team

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
