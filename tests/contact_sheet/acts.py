"""What is done on a page before its picture is taken."""

import re
from collections.abc import Callable

from playwright.sync_api import FilePayload, Page, Route

from tests.harness import images

DRAGGED = """() => {
  const data = new DataTransfer();
  data.items.add(new File(["x"], "x.txt"));
  const enter = new DragEvent("dragenter", { bubbles: true, dataTransfer: data });
  document.querySelector("#messages").dispatchEvent(enter);
}"""

HUM = """() => {
  navigator.mediaDevices.getUserMedia = async () => {
    const sound = new AudioContext();
    const tone = sound.createOscillator();
    const loudness = sound.createGain();
    const end = sound.createMediaStreamDestination();
    let times = 0;
    setInterval(() => (loudness.gain.value = Math.abs(Math.sin((times += 1)))), 90);
    tone.connect(loudness);
    loudness.connect(end);
    tone.start();
    return end.stream;
  };
}"""
"""A microphone."""

NARROW_PX = 760
"""Below it, the list of rooms is a page of its own."""


def nothing(_page: Page) -> None:
    """The page as it is."""


def is_narrow(page: Page) -> bool:
    size = page.viewport_size
    return size is not None and size["width"] < NARROW_PX


def press(selector: str) -> Callable[[Page], None]:
    """Press something on the room page."""
    return lambda page: page.locator(selector).click()


def in_list(page: Page) -> None:
    """The list of rooms, which is beside the room on a wide page."""
    if is_narrow(page):
        page.locator("#drawer-open").click()


def in_space_menu(page: Page) -> None:
    in_list(page)
    page.locator("#space-menu-open").click()
    page.locator("#space-menu").wait_for()


def with_edited_list(page: Page) -> None:
    """A draft in another room, and the favourites being moved."""
    page.locator("#field").fill("초안이에요.")
    in_list(page)
    page.locator("#rooms a, #favourites a").filter(has_text="General").click()
    page.locator("#room-name").filter(has_text="General").wait_for()
    in_list(page)
    page.locator("#rooms .end").first.wait_for()
    page.locator("#favourites-section .heading button").click()
    page.locator("#favourites [data-move]").first.wait_for()


def making_poll(page: Page) -> None:
    page.locator("#add").click()
    page.get_by_role("menuitem").last.click()
    page.locator("dialog .poll-choice").first.wait_for()


def adding(page: Page) -> None:
    page.locator("#add").click()
    page.get_by_role("menuitem").first.wait_for()


def attaching(page: Page) -> None:
    """Two pictures and a PDF whose parts do not arrive, one that is ready, and one that was refused."""
    held: list[Route] = []

    def asked(route: Route) -> None:
        if route.request.method == "PATCH" and (held or int(route.request.headers["upload-offset"])):
            held.append(route)
        else:
            route.continue_()

    picture: FilePayload = {
        "name": "보드.png",
        "mimeType": "image/png",
        "buffer": images.image(320, 240, colour=(47, 111, 98)),
    }
    large: FilePayload = {"name": "hero-a@2x.png", "mimeType": "image/png", "buffer": images.noise(900, 900)}
    later: FilePayload = {
        "name": "가격표 최종.pdf",
        "mimeType": "application/pdf",
        "buffer": b"%PDF-1.4\n" + bytes(655_360),
    }
    empty: FilePayload = {"name": "walkthrough.mov", "mimeType": "video/quicktime", "buffer": b""}
    adding(page)
    with page.expect_file_chooser() as opened:
        page.get_by_role("menuitem").first.click()
    opened.value.set_files([picture])
    page.locator("#composer .att .thumb").wait_for()
    page.locator("#composer .att progress").wait_for(state="detached")
    page.route(re.compile("/files/uploads/"), asked)
    page.locator("#add").click()
    with page.expect_file_chooser() as opened:
        page.get_by_role("menuitem").first.click()
    opened.value.set_files([large, later, empty])
    page.locator("#composer .att.bad").wait_for()
    page.locator("#composer .att .thumb").nth(1).wait_for()
    page.locator("#field").fill("세 번째 시안은 @하은 님 의견대로 고쳤어요.")


def dropping(page: Page) -> None:
    adding(page)
    page.keyboard.press("Escape")
    page.evaluate(DRAGGED)
    page.locator(".drop-area:not([hidden])").wait_for()


def at_files(name: str) -> Callable[[Page], None]:
    """At the message with a file."""

    def go(page: Page) -> None:
        file = page.locator(".files a", has_text=name).or_(page.locator(f".files a[title='{name}']")).first
        file.wait_for(state="attached")
        file.evaluate("file => file.closest('.msg').scrollIntoView({ block: 'center' })")
        page.wait_for_function("() => [...document.querySelectorAll('.shot img')].every((image) => image.complete)")

    return go


def at_card(page: Page) -> None:
    """At the first message with the preview of a link."""
    card = page.locator(".link-card").first
    card.wait_for(state="attached")
    card.evaluate("card => card.closest('.msg').scrollIntoView({ block: 'center' })")
    page.wait_for_function("() => [...document.querySelectorAll('.link-card img')].every((image) => image.complete)")


def in_gallery(page: Page) -> None:
    at_files("hero-b.png")(page)
    page.locator(".shot").nth(1).click()
    page.locator("dialog.gallery img").wait_for()


def with_files(index: int) -> Callable[[Page], None]:
    """The files of the room in the panel, of one kind."""

    def show(page: Page) -> None:
        page.locator("#details-open").click()
        page.locator("#panel .set", has=page.locator("use[href='#icon-image']")).click()
        page.locator("#panel [role=tab]").nth(index).click()
        page.locator("#files-found :is(a, button), .files-panel .nothing:not(:empty)").first.wait_for()

    return show


def recording(page: Page) -> None:
    page.evaluate(HUM)
    adding(page)
    page.locator(".menu [role=menuitem]", has=page.locator("use[href='#icon-mic']")).first.click()
    page.locator(".recording [role=timer]", has_text="0:04").wait_for()


def with_palette(page: Page) -> None:
    in_list(page)
    page.locator("#jump").click()
    page.locator("#palette-input").fill("n")
    page.locator("#palette-list [role=group]").nth(2).wait_for()


def finding_nothing(page: Page) -> None:
    with_palette(page)
    page.locator("#palette-input").fill("nothing like this")
    page.locator("#palette-nothing:not(:empty)").wait_for()


def with_pins(page: Page) -> None:
    """The panel of pins, to which the details lead on a narrow page."""
    if is_narrow(page):
        page.locator("#details-open").click()
        page.locator("#panel .set .glyph use[href='#icon-pin']").locator("xpath=ancestor::button").click()
    else:
        page.locator("#pins-open").click()
    page.locator("#panel .pins li, #panel .no-pins:not([hidden])").first.wait_for()


def with_unfolded_lines(page: Page) -> None:
    """The beginning of a room to which people were added."""
    page.locator(".msg.system summary").first.click()
    page.locator(".msg.system li").first.wait_for()


def making_room(page: Page) -> None:
    in_list(page)
    page.locator(".space [data-opens=new-room]").click()
    page.locator("dialog[open] .sheet-form").wait_for()


def with_invitation(page: Page) -> None:
    """The sheet of invitations with a link, its QR code and the links that are open."""
    in_space_menu(page)
    page.locator("#invite-people").click()
    page.locator("dialog[open] .sheet-form button:enabled").click()
    page.locator("dialog[open] .qr").wait_for()
    page.locator(".links-line button").click()
    page.locator(".open-links li").first.wait_for()


def reading_shortcuts(page: Page) -> None:
    in_space_menu(page)
    page.locator("#shortcuts-open").click()
    page.locator("#shortcuts[open]").wait_for()


def with_profile_card(page: Page) -> None:
    page.locator(".msg .head [data-person]").last.click()
    page.locator(".profile-card[open]").wait_for()


def picking_emoji(page: Page) -> None:
    page.locator("#emoji-open").click()
    page.locator(".emoji-picker [role=option]").first.wait_for()


def with_suggestions(page: Page) -> None:
    page.locator("#field").press_sequentially("단풍 :map")
    page.locator("#suggestions [role=option]").first.wait_for()


def formatting(page: Page) -> None:
    page.locator("#field").fill("first\nsecond\nthird")
    page.locator(".format-bar").wait_for(state="attached")
    page.locator("#field").press("Control+a")
    page.locator(".format-bar").wait_for()


def with_notification_settings(page: Page) -> None:
    page.locator("#notify-settings input").first.wait_for()


def replying(page: Page) -> None:
    page.locator(".msg").last.focus()
    page.keyboard.press("r")
    page.locator(".replying").wait_for()


def with_toolbar(page: Page) -> None:
    page.locator(".msg").last.focus()
    page.get_by_role("toolbar").wait_for()


def with_message_menu(page: Page) -> None:
    with_toolbar(page)
    page.locator(".toolbar [aria-haspopup=menu]").click()
    page.locator("[id^=message-menu]").wait_for()


def with_message_sheet(page: Page) -> None:
    """A finger rests on a message."""
    page.locator(".msg .body").last.dispatch_event("pointerdown", {"pointerType": "touch", "bubbles": True})
    page.locator(".bottom-sheet[open]").wait_for()


def at_message(page: Page) -> None:
    """A permalink, with the button that leads to the newest message."""
    page.locator("[data-linked]").wait_for()
    page.locator("#newest").wait_for()


def editing(page: Page) -> None:
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


def with_menu_of_person(page: Page) -> None:
    page.locator(".manage summary").last.click()


def cropping(page: Page) -> None:
    """A picture is chosen, and the part of it that is used can be moved."""
    photo: FilePayload = {"name": "회의실 차 한 잔.jpg", "mimeType": "image/jpeg", "buffer": images.turned()}
    page.locator("input[type=file]").set_input_files(photo)
    page.locator(".crop-stage").scroll_into_view_if_needed()
    page.locator("form[data-picture] .actions").scroll_into_view_if_needed()


def with_rules(page: Page) -> None:
    page.locator("#details-open").click()
    page.locator("#panel .set[aria-expanded]").last.click()
    page.locator("#panel [role=radiogroup]").last.scroll_into_view_if_needed()


def with_member_menu(page: Page) -> None:
    page.locator("#people-open").click()
    page.locator("#panel li", has_text="Joon").locator("[aria-haspopup=menu]").click()
    page.locator("[role=menu]").last.wait_for()


def muting(page: Page) -> None:
    with_member_menu(page)
    page.locator("#panel [role=menu] [data-act=mute]").click()
    page.locator(".question select").wait_for()


def waiting(page: Page) -> None:
    """Sends a message in a room with slow mode, and types the next one."""
    if page.locator("#send.counting").count() == 0:
        page.locator("#field").fill("Rolls?")
        page.locator("#field").press("Enter")
        page.locator("#send.counting").wait_for()
    page.locator("#field").fill("And one more thing")


def reporting(page: Page) -> None:
    """A message of somebody else is about to be reported."""
    page.locator(".msg", has_text="10,000 followers").last.focus()
    page.get_by_role("toolbar").locator("[aria-haspopup=menu]").click()
    page.locator("[data-action=report]:visible").click()
    page.locator("dialog[open] .report-quote").wait_for()


def setting_status(page: Page) -> None:
    in_space_menu(page)
    page.locator("#status-open").click()
    page.locator("dialog[open] .presets").wait_for()


def creating_token(page: Page) -> None:
    page.locator("[name=name]").fill("Notebook")
    page.locator("form .button").last.click()
    page.locator("#token").wait_for()


def at_bot(page: Page) -> None:
    page.get_by_role("link", name="Harbor").click()
    page.get_by_role("heading", name="Harbor").wait_for()


PRICES = "/search/?q=after%3A2020+price"


def with_hits(page: Page) -> None:
    """Messages that were found."""
    page.locator(".hits .hit").first.wait_for()


def with_recent_searches(page: Page) -> None:
    """The page of search before anything is typed, after two searches."""
    for query in ("from:@joon price", "launch"):
        page.locator("#search-input").fill(query)
        page.keyboard.press("Enter")
        page.locator(".hits .hit").first.wait_for()
        page.locator(".search-line .icon").click()
        page.locator(".search-start").wait_for()


def completing_search(page: Page) -> None:
    page.locator(".search-query .chip").wait_for()
    page.locator("#search-input").type("from:")
    page.locator("#search-options [role=option]").first.wait_for()


def finding_no_message(page: Page) -> None:
    page.locator(".search-nothing").wait_for()


def with_found_files(page: Page) -> None:
    page.locator(".found-files > li").first.wait_for()


def finding_no_file(page: Page) -> None:
    page.locator(".search-none").wait_for()


def searching_offline(page: Page) -> None:
    page.locator(".search-start").wait_for()
    page.context.set_offline(True)
    page.locator("#search-input").fill("launch")
    page.locator(".search-trouble p").wait_for()


def with_found_rooms(page: Page) -> None:
    page.locator(".search-names").wait_for()


def searching_from_palette(page: Page) -> None:
    with_palette(page)
    page.locator("#palette-input").fill("from:@joon price")
