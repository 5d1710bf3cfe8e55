"""The pictures of the contact sheet."""

from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.contact_sheet.camera import LOOKS, photograph_all, picture
from tests.contact_sheet.sites import Site
from tests.contact_sheet.states import State
from tests.harness.services import Server


def fail(page: Page) -> None:
    page.locator("#no-such-thing").click(timeout=1)


def test_a_state_that_cannot_be_reached_is_reported_and_the_others_are_photographed(
    browser: Browser, server: Server, tmp_path: Path
) -> None:
    wide, narrow = LOOKS[0], LOOKS[-1]
    broken, sound = State("broken", "/welcome/", fail, who=""), State("sound", "/welcome/", who="")
    phones = State("on phones", "/welcome/", who="", only="narrow")
    sites = {"team": Site(server, sessions={})}
    reasons = list(photograph_all(browser, sites, [broken, sound, phones], [wide, narrow], tmp_path))
    assert [reason.partition(":")[0] for reason in reasons] == [f"broken, {wide.name}", f"broken, {narrow.name}"]
    taken = {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*.png")}
    assert taken == {picture(sound, wide), picture(sound, narrow), picture(phones, narrow)}
    assert browser.contexts == []
