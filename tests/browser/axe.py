"""axe-core, which finds accessibility faults: unnamed controls, low contrast, wrong roles."""

import os
from functools import cache
from typing import Literal

from playwright.sync_api import Page

from tests.harness.services import BASE_DIR

FILE = BASE_DIR / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = (1440, 360)
Scheme = Literal["light", "dark"]
HEIGHT = 800
# All rules of axe for WCAG 2.2 A and AA, and its best practices.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

RUN = """async (only) => {
  const found = await axe.run(document, {...only, resultTypes: ["violations"]});
  return found.violations.flatMap(({id, impact, nodes}) =>
    nodes.map(({target, failureSummary}) =>
      `${id} (${impact}): ${target.join(" ")} ${failureSummary.replace(/\\s+/g, " ")}`));
}"""


@cache
def source() -> str:
    """The source of axe."""
    if not FILE.exists():
        raise RuntimeError("axe-core is not installed: run `npm ci`, or `bin/test browser`, which does.")
    return FILE.read_text()


def findings(page: Page, *rules: str) -> list[str]:
    """The faults that axe finds on the page in its present state; only by `rules` if any are given."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(source())
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    found: list[str] = page.evaluate(RUN, {"runOnly": only})
    return found


def looks(language: str) -> list[tuple[int, Scheme]]:
    """Widths and colours in which a page in this language is checked.

    English is checked wide and light, Korean narrow and dark. AXE_LOOKS=all checks each in all four.
    """
    wide, narrow = WIDTHS
    if os.environ.get("AXE_LOOKS") == "all":
        return [(wide, "light"), (wide, "dark"), (narrow, "light"), (narrow, "dark")]
    return [(wide, "light")] if language == "en" else [(narrow, "dark")]


def findings_in_every_look(page: Page) -> list[str]:
    """What axe finds on the page in each look.

    The page should be opened with `reduced_motion="reduce"`: axe measures colours that are still changing wrongly.
    """
    found = []
    for width, scheme in looks(page.evaluate("document.documentElement.lang")):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.emulate_media(color_scheme=scheme)
        found += [f"{width} px, {scheme}: {finding}" for finding in findings(page)]
    return found
