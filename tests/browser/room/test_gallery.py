"""Pictures and other files in messages: their boxes, the gallery, and the list of the files of a room."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.axe import findings
from tests.browser.room.chatting import Chatter, Team
from tests.harness import images

SEND = """
from uuid import uuid4
from chat.services.messages import send_message
from files.demo import MAKERS, store
made = {files!r}
files = [store(joon, room_id=general.pk, name=name, data=data or MAKERS[name]()) for name, data in made]
send_message(joon, room_id=general.pk, key=uuid4(), body={body!r}, files=[file.pk for file in files])
"""
SHIFTED = """() => new Promise((resolve) => {
  let sum = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) sum += value;
  });
  observer.observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)));
})"""
LOADED = """() => [...document.querySelectorAll(".shot img")].every((image) => image.complete && image.naturalWidth)"""
MOTIONS = {"mina": "no-preference", "joon": "reduce"}
SWIPE = """([across, down]) => {
  const target = document.querySelector(".gallery-stage");
  const at = (x, y) => new Touch({ identifier: 1, target, clientX: x, clientY: y });
  const begin = at(180, 300);
  const end = at(180 + across, 300 + down);
  target.dispatchEvent(new TouchEvent("touchstart", { touches: [begin], changedTouches: [begin], bubbles: true }));
  target.dispatchEvent(new TouchEvent("touchend", { touches: [], changedTouches: [end], bubbles: true }));
}"""
PHONE = {"width": 360, "height": 740}


def send(team: Team, body: str, *files: tuple[str, bytes]) -> None:
    team.run(SEND.format(body=body, files=list(files)))


def drawn(*names: str) -> list[tuple[str, bytes]]:
    """Files of the demo."""
    return [(name, b"") for name in names]


HEROES = drawn("hero-a.png", "hero-b.png", "hero-c.png")


def heights(person: Chatter) -> list[float]:
    found: list[float] = person.page.evaluate(
        "() => [...document.querySelectorAll('.files')].map((row) => row.offsetHeight)"
    )
    return found


def test_nothing_moves_while_pictures_load(team: Team) -> None:
    send(team, "Three", *HEROES)
    send(team, "One", ("wide.png", images.image(1200, 300)))
    send(team, "Others", *drawn("Launch plan, second draft.pdf", "voice-launch.wav", "bookings.sql"))
    mina = team.visit("mina")
    page = mina.page
    page.wait_for_function(LOADED)
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    loaded = heights(mina)
    assert page.evaluate(SHIFTED) < 0.01
    page.route("**/attachments*.js", lambda route: route.abort())
    page.reload()
    mina.is_live()
    assert heights(mina) == loaded, "the boxes have the same sizes without what is in them"


def test_the_gallery_is_used_by_keyboard(team: Team) -> None:
    send(team, "Three", *HEROES)
    page = team.visit("mina").page
    second = page.get_by_role("link", name="Picture hero-b.png")
    second.click()
    gallery = page.get_by_role("dialog", name="hero-b.png")
    expect(gallery).to_be_visible()
    expect(gallery.get_by_text("2 of 3")).to_be_visible()
    expect(gallery.get_by_text("Joon Lee")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("dialog", name="hero-c.png")).to_be_visible()
    expect(page.get_by_role("button", name="Next picture")).to_be_hidden()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("dialog", name="hero-a.png")).to_be_visible()
    expect(page.get_by_role("link", name="Download hero-a.png")).to_have_attribute("download", "hero-a.png")
    assert findings(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("dialog.gallery")).to_have_count(0)
    expect(second).to_be_focused()


def test_back_closes_the_gallery_and_leaves_the_room_as_it_is(team: Team) -> None:
    send(team, "Three", *HEROES)
    page = team.visit("mina").page
    before, address = page.evaluate("history.length"), page.url
    first = page.get_by_role("link", name="Picture hero-a.png")
    first.click()
    expect(page.locator("dialog.gallery")).to_be_visible()
    page.go_back()
    expect(page.locator("dialog.gallery")).to_have_count(0)
    expect(first).to_be_focused()
    first.click()
    expect(page.locator("dialog.gallery")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog.gallery")).to_have_count(0)
    expect(first).to_be_focused()
    assert page.url == address
    assert page.evaluate("history.length") == before + 1, "the entry of the gallery is ahead, and no other one"


def test_from_the_gallery_one_goes_to_the_message(team: Team) -> None:
    send(team, "Three", *HEROES)
    page = team.visit("mina").page
    page.get_by_role("link", name="Picture hero-a.png").click()
    page.get_by_role("dialog").get_by_role("link", name="Go to the message").click()
    expect(page.locator("dialog.gallery")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/\d+/$"))
    expect(page.locator(".msg[data-linked], .msg:focus")).to_contain_text("Three")


def test_a_picture_is_zoomed_by_key_button_and_double_click(team: Team) -> None:
    send(team, "Large", ("large.png", images.image(2400, 1800)))
    page = team.visit("mina", viewport={"width": 800, "height": 600}).page
    page.get_by_role("link", name="Picture large.png").click()
    image = page.locator(".gallery-picture")
    zoom = page.get_by_role("button", name="Zoom")
    acts: list[Callable[[], None]] = [zoom.click, lambda: page.keyboard.press("+"), image.dblclick]
    for act in acts:
        act()
        expect(zoom).to_have_attribute("aria-pressed", "true")
        assert image.evaluate("image => image.offsetWidth") == 2400
        assert image.evaluate("image => image.parentElement.scrollLeft") > 100, "its middle is shown"
        assert findings(page) == []
        act()
        expect(zoom).to_have_attribute("aria-pressed", "false")
        assert image.evaluate("image => image.offsetWidth") < 800


def test_of_many_pictures_three_are_shown_and_the_gallery_has_all(team: Team) -> None:
    send(team, "Five", *((f"{number}.png", images.image(40 + number, 30)) for number in range(1, 6)))
    page = team.visit("mina").page
    expect(page.locator(".shot")).to_have_count(3)
    last = page.get_by_role("link", name="Picture 3.png, 2 more pictures")
    expect(last).to_contain_text("+2")
    expect(page.get_by_text("1.png and 4 more")).to_be_visible()
    last.click()
    expect(page.get_by_role("dialog", name="3.png")).to_be_visible()
    page.keyboard.press("End")
    expect(page.get_by_role("dialog", name="5.png")).to_be_visible()
    expect(page.get_by_text("5 of 5")).to_be_visible()


def test_what_is_in_a_message_is_reached_by_tab_and_accessible(team: Team) -> None:
    send(team, "All kinds", *HEROES, *drawn("Launch plan, second draft.pdf", "voice-launch.wav", "bookings.sql"))
    mina = team.visit("mina")
    page = mina.page
    page.wait_for_function(LOADED)
    mina.message("All kinds").focus()
    assert findings(page) == []
    for name in ("Picture hero-a.png", "Picture hero-b.png", "Picture hero-c.png", "Launch plan, second draft.pdf"):
        page.keyboard.press("Tab")
        while page.evaluate("document.activeElement.matches('[data-person]')"):
            page.keyboard.press("Tab")
        expect(page.get_by_role("link", name=name, exact=True)).to_be_focused()


def test_a_voice_message_is_played_faster(team: Team) -> None:
    send(team, "Listen", *drawn("voice-launch.wav"))
    page = team.visit("mina").page
    player = page.get_by_role("group", name="Voice message")
    expect(player).to_contain_text("0:14")
    player.get_by_role("button", name="Play").click()
    expect(player.get_by_role("button", name="Pause")).to_be_visible()
    player.get_by_role("button", name="Speed: 1×").click()
    expect(player.get_by_role("button", name="Speed: 1.5×")).to_be_visible()
    player.get_by_role("slider", name="Position").focus()
    page.keyboard.press("ArrowRight")
    player.get_by_role("button", name="Pause").click()
    expect(player.get_by_role("button", name="Play")).to_be_visible()


def test_the_files_of_a_room_are_listed_by_kind(team: Team) -> None:
    send(
        team,
        "Everything: https://leaf.example/ is the page",
        *HEROES,
        *drawn("Launch plan, second draft.pdf", "voice-launch.wav"),
    )
    page = team.visit("mina").page
    page.locator("#details-open").click()
    page.get_by_role("button", name="Pictures and files").click()
    panel = page.locator("#panel")
    expect(panel.get_by_role("link", name="Picture hero-a.png")).to_be_visible()
    expect(panel.get_by_text("This week")).to_be_visible()
    assert findings(page) == []
    panel.get_by_role("tab", name="Pictures").focus()
    page.keyboard.press("ArrowRight")
    expect(panel.get_by_role("tab", name="Files")).to_be_focused()
    expect(panel.get_by_role("link", name="Launch plan, second draft.pdf", exact=True)).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(panel.get_by_role("link", name="https://leaf.example/")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(panel.get_by_role("group", name="Voice message")).to_be_visible()
    panel.get_by_role("link", name="Joon Lee").click()
    expect(page.locator(".msg[data-linked], .msg:focus")).to_contain_text("Everything")


def test_a_room_without_files_says_so(team: Team) -> None:
    page = team.visit("mina").page
    page.locator("#details-open").click()
    page.get_by_role("button", name="Pictures and files").click()
    for tab, nothing in {
        "Pictures": "No pictures yet",
        "Files": "No files yet",
        "Links": "No links yet",
        "Voice": "No voice messages yet",
    }.items():
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_text(nothing)).to_be_visible()
        assert findings(page) == []


def test_older_files_are_listed_on_demand(team: Team) -> None:
    for first in range(0, 60, 10):
        send(team, "Ten", *((f"{first + number}.txt", b"text") for number in range(10)))
    page = team.visit("mina").page
    page.locator("#details-open").click()
    page.get_by_role("button", name="Pictures and files").click()
    page.get_by_role("tab", name="Files").click()
    rows = page.locator("#files-found li")
    expect(rows).to_have_count(50)
    page.get_by_role("button", name="Show older ones").click()
    expect(rows).to_have_count(60)
    expect(page.get_by_role("button", name="Show older ones")).to_be_hidden()
    expect(rows.last).to_contain_text("9.txt")


def test_a_picture_that_cannot_be_loaded_leaves_its_place(team: Team) -> None:
    send(team, "Three", *HEROES)
    page = team.visit("mina").page
    page.wait_for_function(LOADED)
    page.route("**/files/*/small/", lambda route: route.abort())
    page.reload()
    expect(page.locator(".shot .no-picture")).to_have_count(3)
    assert findings(page) == []


def test_a_moving_picture_stands_still_for_readers_who_want_that(team: Team) -> None:
    send(team, "Look", ("moving.gif", images.animated("GIF")))
    moving, still = (team.visit(name, reduced_motion=motion).page for name, motion in MOTIONS.items())
    expect(moving.locator(".shot img")).to_have_attribute("src", re.compile("moving.gif$"))
    expect(still.locator(".shot img")).to_have_attribute("src", re.compile("/small/$"))
    expect(still.locator(".shot-play")).to_be_visible()
    expect(moving.locator(".shot-play")).to_have_count(0)


def test_fingers_swipe_through_the_gallery_and_close_it(team: Team) -> None:
    send(team, "Three", *HEROES)
    page = team.visit("mina", viewport=PHONE, has_touch=True, is_mobile=True).page
    page.get_by_role("link", name="Picture hero-a.png").tap()
    expect(page.get_by_role("dialog", name="hero-a.png")).to_be_visible()
    for (across, down), name in {(-120, 10): "hero-b.png", (-20, 0): "hero-b.png", (120, -10): "hero-a.png"}.items():
        page.evaluate(SWIPE, [across, down])
        expect(page.get_by_role("dialog", name=name)).to_be_visible()
    assert findings(page) == []
    page.evaluate(SWIPE, [10, 200])
    expect(page.locator("dialog.gallery")).to_have_count(0)


def test_a_deleted_message_shows_no_files(team: Team) -> None:
    send(team, "Three", *HEROES)
    mina, joon = team.visit("mina"), team.visit("joon")
    expect(mina.page.locator(".shot")).to_have_count(3)
    joon.act("Three", "Delete")
    expect(mina.page.locator(".files")).to_have_count(0)
    expect(mina.page.get_by_text("Message deleted")).to_be_visible()


def test_quotes_and_lists_of_rooms_say_what_a_message_carries(team: Team) -> None:
    send(team, "", *HEROES)
    page = team.visit("mina").page
    page.locator(".msg", has=page.locator(".shots")).hover()
    page.get_by_role("button", name="Reply", exact=True).click()
    expect(page.locator("#editing")).to_contain_text("📎 3 files")
    page.keyboard.type("The second")
    page.keyboard.press("Enter")
    expect(page.locator(".msg .quote")).to_contain_text("📎 3 files")
    other = team.new_room("Elsewhere")
    page.evaluate("document.documentElement.dataset.excerpts = 'shown'")
    send(team, "Look", *HEROES)
    expect(page.locator(".excerpt", has_text="Joon Lee: 📎 3 pictures Look")).to_be_visible()
    assert other


def test_files_fit_on_a_phone(team: Team) -> None:
    send(team, "All kinds", *HEROES, *drawn("Launch plan, second draft.pdf", "voice-launch.wav", "bookings.sql"))
    page = team.visit("mina", viewport=PHONE, has_touch=True, is_mobile=True).page
    page.wait_for_function(LOADED)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    edges: list[float] = page.evaluate(
        "() => [...document.querySelectorAll('.files > *')].map((box) => box.getBoundingClientRect().right)"
    )
    assert max(edges) <= PHONE["width"]
    page.get_by_role("link", name="Picture hero-a.png").tap()
    gallery = page.locator("dialog.gallery")
    expect(gallery).to_be_visible()
    box = gallery.locator(".gallery-picture").bounding_box()
    assert box is not None
    assert box["width"] <= PHONE["width"]
