"""Takes the pictures."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from devserver.chromium import ARGUMENTS, chromium
from tests.contact_sheet.sites import Site
from tests.contact_sheet.states import Size, State

LOCALES = {"en": "en-GB", "ko": "ko-KR"}
TIME_ZONE = "Asia/Seoul"


@dataclass(frozen=True)
class Look:
    """A size of the window, a theme and a language."""

    size: Size
    theme: Literal["light", "dark"]
    language: str
    width: int = 1440
    height: int = 900
    scale: float = 1

    @property
    def name(self) -> str:
        return f"{self.size}-{self.theme}-{self.language}"

    @property
    def is_phone(self) -> bool:
        return self.size == "narrow"


LOOKS = [
    Look(size, theme, language, *(1440, 900) if size == "wide" else (360, 780))
    for size in ("wide", "narrow")
    for theme in ("light", "dark")
    for language in LOCALES
]


@contextmanager
def browser() -> Iterator[Browser]:
    """A Chromium, while it runs."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(playwright), args=ARGUMENTS)
        yield launched
        launched.close()


def photograph(browser: Browser, site: Site, state: State, look: Look, file: Path) -> None:
    """Take a picture of a state."""
    with closing(opened(browser, site, look, session=site.sessions.get(state.who, ""))) as context:
        page = context.new_page()
        page.goto(state.path)
        if state.live:
            page.locator("#state.live").wait_for(state="attached")
        state.act(page)
        settle(page)
        file.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=file)


def opened(browser: Browser, site: Site, look: Look, *, session: str) -> BrowserContext:
    """A window with this look, of whoever has this session."""
    context = browser.new_context(
        base_url=site.server.url,
        viewport={"width": look.width, "height": look.height},
        device_scale_factor=look.scale,
        color_scheme=look.theme,
        locale=LOCALES[look.language],
        timezone_id=TIME_ZONE,
        has_touch=look.is_phone,
        is_mobile=look.is_phone,
        reduced_motion="reduce",
    )
    if session:
        context.add_cookies([{"name": "sessionid", "value": session, "url": site.server.url}])
    return context


PICTURES_SHOWN = """() => {
  const isMissing = (image) => {
    const { top, bottom, width } = image.getBoundingClientRect();
    return !image.complete && width > 0 && bottom > 0 && top < innerHeight;
  };
  return ![...document.images].some(isMissing) && !document.querySelector(".msg span[data-emoji]:not(:has(img))");
}"""


def settle(page: Page) -> None:
    """Wait for what is drawn in the next frames: fonts, pictures, and what follows from a press."""
    page.evaluate("document.fonts.ready.then(() => new Promise((go) => setTimeout(go, 300)))")
    page.wait_for_function(PICTURES_SHOWN)


def photograph_all(
    browser: Browser, sites: dict[str, Site], states: Sequence[State], looks: Sequence[Look], directory: Path
) -> Iterator[str]:
    """Take the pictures of states that there are in these looks; yields what could not be taken, with the reason."""
    for state in states:
        for look in looks:
            if state.only not in (None, look.size):
                continue
            try:
                photograph(browser, sites[state.site], state, look, directory / picture(state, look))
            except Exception as error:  # noqa: BLE001 (the other pictures are still wanted)
                yield f"{state.name}, {look.name}: {str(error).splitlines()[0]}"


def picture(state: State, look: Look) -> str:
    """The file of a picture, relative to the sheet."""
    return f"{look.name}/{state.name.replace(', ', '-').replace(' ', '-')}.png"
