"""The sheet: one page with all pictures, and pictures of that page."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from playwright.sync_api import Browser

from tests.contact_sheet.camera import Look, picture
from tests.contact_sheet.states import State

STYLE = """
body { margin: 0; padding: 16px; background: #777; color: #fff; font: 13px sans-serif; }
h2 { margin: 16px 0 8px; font-size: 15px; }
div { display: flex; flex-wrap: wrap; gap: 12px; }
figure { margin: 0; } figcaption { padding: 2px 0; }
img { display: block; block-size: 420px; background: #aaa; }
"""
WIDTH_PX = 2800


def write(directory: Path, states: Sequence[State], looks: Sequence[Look]) -> Path:
    """Write the page; it shows the pictures that are there."""
    sections = [section(look, states, directory) for look in looks]
    page = f"<!doctype html><meta charset=utf-8><title>Contact sheet</title><style>{STYLE}</style>{''.join(sections)}"
    file = directory / "index.html"
    file.write_text(page)
    return file


def section(look: Look, states: Sequence[State], directory: Path) -> str:
    shown = [state for state in states if (directory / picture(state, look)).exists()]
    figures = [
        f'<figure><figcaption>{escape(state.name)}</figcaption><a href="{picture(state, look)}">'
        f'<img src="{picture(state, look)}" alt=""></a></figure>'
        for state in shown
    ]
    return f"<h2>{look.name}</h2><div id={look.name}>{''.join(figures)}</div>"


def photograph(browser: Browser, page_file: Path, looks: Sequence[Look]) -> None:
    """A picture of each section of the page, beside it."""
    page = browser.new_page(viewport={"width": WIDTH_PX, "height": 1000})
    page.goto(page_file.as_uri())
    for look in looks:
        page.locator(f"#{look.name}").screenshot(path=page_file.with_name(f"{look.name}.png"))
    page.close()
