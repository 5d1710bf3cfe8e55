"""Finds the Chromium that tests and benchmarks drive through Playwright, or installs one."""

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.async_api import Playwright as AsyncPlaywright
from playwright.sync_api import Playwright

INSTALL_TIMEOUT_SECONDS = 600

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


def chromium(playwright: Playwright | AsyncPlaywright) -> str:
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


def installed_chromium(playwright: Playwright | AsyncPlaywright) -> str | None:
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
