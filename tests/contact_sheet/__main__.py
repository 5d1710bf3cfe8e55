"""`python -m tests.contact_sheet`."""

import argparse
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from tests.contact_sheet import __doc__ as description
from tests.contact_sheet import camera, sheet
from tests.contact_sheet.camera import LOOKS, Look
from tests.contact_sheet.sites import Site, sites
from tests.contact_sheet.states import ROOM, STATES, State
from tests.harness.services import BASE_DIR

OUT = BASE_DIR / "var" / "contact-sheet"
README = BASE_DIR / "docs" / "img"
README_PICTURES = {
    "room-wide.png": Look("wide", "light", "en", 1200, 825, scale=1.6),
    "room-narrow.png": Look("narrow", "light", "en", 390, 800, scale=2),
}
COLOURS = 256


def arguments() -> argparse.Namespace:
    """The command line."""
    names = [look.name for look in LOOKS]
    parser = argparse.ArgumentParser(
        prog="python -m tests.contact_sheet",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="states with one of these in their names")
    parser.add_argument("--looks", nargs="+", default=names, choices=names, metavar="LOOK", help=", ".join(names))
    parser.add_argument("--out", type=Path, default=OUT, help="where to write (var/contact-sheet)")
    parser.add_argument("--readme", action="store_true", help="renew the pictures of the README instead")
    options = parser.parse_args()
    if not chosen(options.only):
        parser.error(f"no state has one of these in its name: {' '.join(options.only)}")
    return options


def chosen(words: list[str]) -> list[State]:
    """The states with one of these words in their names; all for none."""
    return [state for state in STATES if not words or any(word in state.name for word in words)]


def renew_readme(browser: Browser, site: Site) -> None:
    """The pictures of the README, with few colours, so that they are small."""
    for name, look in README_PICTURES.items():
        file = README / name
        camera.photograph(browser, site, State("room", ROOM, live=True), look, file)
        Image.open(file).convert("RGB").quantize(COLOURS).save(file, optimize=True)


def main() -> int:
    """Take the pictures; 1 if some could not be taken."""
    options = arguments()
    states, looks = chosen(options.only), [look for look in LOOKS if look.name in options.looks]
    with sites() as made, camera.browser() as browser:
        if options.readme:
            renew_readme(browser, made["team"])
            return 0
        shutil.rmtree(options.out, ignore_errors=True)
        failed = list(camera.photograph_all(browser, made, states, looks, options.out))
        page = sheet.write(options.out, states, looks)
        sheet.photograph(browser, page, looks)
    sys.stdout.writelines(f"Not taken: {reason}\n" for reason in failed)
    sys.stdout.write(f"{page}\n")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
