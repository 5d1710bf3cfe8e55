"""What is photographed. Add a line for another page or state."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

NARROW_PX = 760
"""Below it, the list of rooms is a page of its own."""


def nothing(_page: Page) -> None:
    """The page as it is."""


@dataclass(frozen=True)
class State:
    """A page of a site, and what is done on it before the picture is taken."""

    name: str
    path: str
    act: Callable[[Page], None] = nothing
    site: str = "team"
    guest: bool = False
    live: bool = False


def is_narrow(page: Page) -> bool:
    size = page.viewport_size
    return size is not None and size["width"] < NARROW_PX


def press(selector: str) -> Callable[[Page], None]:
    """Press something of the room page."""
    return lambda page: page.locator(selector).click()


def in_list(page: Page) -> None:
    """The list of rooms, which is beside the room on a wide page."""
    if is_narrow(page):
        page.locator("#drawer-open").click()


def with_menu(page: Page) -> None:
    in_list(page)
    page.locator("#space-menu-open").click()
    page.locator("#space-menu").wait_for()


def jumping(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.locator("#switcher-input").wait_for()


def finding_nothing(page: Page) -> None:
    jumping(page)
    page.locator("#switcher-input").fill("nothing like this")


def with_toolbar(page: Page) -> None:
    page.locator(".msg").last.focus()
    page.get_by_role("toolbar").wait_for()


def editing(page: Page) -> None:
    page.locator("#field").fill("한 가지 더 있어요.")
    page.locator("#field").press("Enter")
    page.locator(".msg.mine:not(.pending)").last.wait_for()
    page.locator("#field").press("ArrowUp")
    page.locator("#editing").wait_for()


def offline(page: Page) -> None:
    page.context.set_offline(True)
    page.locator("#banner").wait_for()
    page.locator("#field").fill("지하철이라 끊겼어요.")
    page.locator("#field").press("Enter")
    page.locator(".held").wait_for()


def at_beginning(page: Page) -> None:
    """Scroll until the beginning of the room is there."""
    while page.locator("#top.start").count() == 0:
        page.locator("#timeline").evaluate("timeline => { timeline.scrollTop = 0; }")
        page.wait_for_timeout(100)
    page.locator("#timeline").evaluate("timeline => { timeline.scrollTop = 0; }")


def compact(page: Page) -> None:
    page.locator("html").evaluate("page => { page.dataset.density = 'compact'; }")


def open_menu_of_person(page: Page) -> None:
    page.locator(".manage summary").last.click()


ROOM = "/rooms/general/"
SETTINGS = f"{ROOM}settings/"

STATES = [
    State("welcome", "/welcome/", site="nobody", guest=True),
    State("sign in", "/accounts/login/", guest=True),
    State("sign up", "/accounts/signup/", guest=True),
    State("forgotten password", "/accounts/password/reset/", guest=True),
    State("signed out", "/accounts/login/?signed_out", guest=True),
    State("first room", ROOM, site="new", live=True),
    State("room", ROOM, live=True),
    State("room, compact", ROOM, compact, live=True),
    State("beginning", ROOM, at_beginning, live=True),
    State("empty room", "/rooms/lunch/", live=True),
    State("archived room", "/rooms/attic/", live=True),
    State("list", ROOM, in_list, live=True),
    State("space menu", ROOM, with_menu, live=True),
    State("people", ROOM, press("#people-open"), live=True),
    State("details", ROOM, press("#details-open"), live=True),
    State("jump", ROOM, jumping, live=True),
    State("jump, no match", ROOM, finding_nothing, live=True),
    State("toolbar", ROOM, with_toolbar, live=True),
    State("editing", "/rooms/random/", editing, live=True),
    State("offline", ROOM, offline, live=True),
    State("door", "/rooms/garden/"),
    State("directory", "/rooms/"),
    State("directory, no match", "/rooms/?q=nothing"),
    State("archive", "/rooms/?archived=1"),
    State("new room", "/rooms/new/"),
    State("room settings", SETTINGS),
    State("menu of a person", SETTINGS, open_menu_of_person),
    State("profile", "/profile/"),
    State("invite people", "/people/invite/"),
    State("change password", "/accounts/password/change/"),
    State("email", "/accounts/email/"),
    State("not found", "/rooms/nothing-here/"),
    State("admin", "/admin/"),
    State("admin, nothing yet", "/admin/", site="new"),
    State("admin people", "/admin/chat/user/"),
    State("admin person", "/admin/chat/user/1/change/"),
    State("admin rooms", "/admin/chat/room/"),
    State("admin messages", "/admin/chat/message/"),
    State("admin audit", "/admin/chat/auditentry/"),
]
