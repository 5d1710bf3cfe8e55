"""Real browsers on a real server: Chromium, found or installed, and people who use it."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.harness.services import Server

INSTALL_TIMEOUT_SECONDS = 600
WAIT_MILLISECONDS = 15_000
WIDE = {"width": 1280, "height": 800}

# Nothing but the pages under test: no updates, no phoning home.
ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    # Not all browsers stop foreign pages from reaching local servers; we test that the server itself refuses them.
    "--disable-features=OptimizationHints,MediaRouter,Translate,LocalNetworkAccessChecks",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-first-run",
    "--no-pings",
]
if os.geteuid() == 0:
    ARGUMENTS.append("--no-sandbox")  # Chromium's sandbox does not work for root


def chromium(playwright: Playwright) -> str:
    """The path of a Chromium: $CHROMIUM, the machine's, Playwright's, or one installed now.

    Raises RuntimeError with one sentence on what to do.
    """
    given = os.environ.get("CHROMIUM")
    if given:
        if shutil.which(given):
            return given
        raise RuntimeError(f"CHROMIUM={given} is not a program.")
    found = installed_chromium(playwright)
    if not found:
        install_chromium()
        found = installed_chromium(playwright)
    if found:
        return found
    raise RuntimeError(
        "There is no Chromium and it could not be installed: install one (Debian: apt install chromium; elsewhere: "
        "var/venv/bin/playwright install chromium), or set CHROMIUM to its path."
    )


def installed_chromium(playwright: Playwright) -> str | None:
    """The first Chromium there is. The headless shell draws no window round a page, and so takes half of the time."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    paths = (shutil.which(name) for name in names)
    own = playwright.chromium.executable_path
    return next((path for path in paths if path), own if Path(own).exists() else None)


def install_chromium() -> None:
    """Try Debian's packages, then Playwright's download; the caller reports it if there is still no Chromium."""
    attempts = [[[sys.executable, "-m", "playwright", "install", "chromium"]]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        attempts[:0] = [
            [["apt-get", "update"], ["apt-get", "install", "-y", package, "fonts-noto-cjk"]]
            for package in ("chromium-headless-shell", "chromium")
        ]
    for commands in attempts:
        with contextlib.suppress(subprocess.SubprocessError, OSError):
            for command in commands:
                subprocess.run(
                    command,
                    check=True,
                    capture_output=True,
                    timeout=INSTALL_TIMEOUT_SECONDS,
                    env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
                )
            return


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright, for the length of the run."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One Chromium for the run; every person gets a context of their own in it."""
    try:
        path = chromium(playwright)
    except RuntimeError as error:
        pytest.exit(str(error), returncode=pytest.ExitCode.USAGE_ERROR)
    launched = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
    yield launched
    launched.close()


@pytest.fixture
def new_context(browser: Browser, server: Server) -> Iterator[Callable[..., BrowserContext]]:
    """Opens a browser of somebody's own, with their cookies and storage, on the site of `server`."""
    opened: list[BrowserContext] = []

    def open_context(**options: object) -> BrowserContext:
        settings = {"base_url": server.url, "locale": "en-GB", "timezone_id": "Asia/Seoul", "viewport": WIDE}
        context = browser.new_context(**(settings | options))  # type: ignore[arg-type]
        context.set_default_timeout(WAIT_MILLISECONDS)
        opened.append(context)
        return context

    yield open_context
    for context in opened:
        context.close()


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """A page of somebody who has just come."""
    return new_context().new_page()
