"""Files in the browser: attached by button, drag and paste, uploaded with progress, and sent when they are there."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import FilePayload, Locator, Page, Route, expect

from tests.browser.axe import findings
from tests.browser.room.chatting import Chatter, Team
from tests.harness import images

MEBIBYTE = 1024 * 1024
UPLOADS = re.compile(r"/files/uploads/")

DROP = """async ([selector, name, type, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name, { type }));
  const target = document.querySelector(selector);
  const how = { bubbles: true, cancelable: true, dataTransfer: data };
  const send = (kind) => target.dispatchEvent(new DragEvent(kind, how));
  send("dragenter");
  send("dragover");
  window.drop = () => send("drop");
}"""
PASTE = """async ([name, type, bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name, { type }));
  const paste = new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: data });
  document.activeElement.dispatchEvent(paste);
}"""


def picture(name: str = "hero.png", width: int = 640, height: int = 480, colour: object = (47, 111, 98)) -> FilePayload:
    return {"name": name, "mimeType": "image/png", "buffer": images.image(width, height, colour=colour)}


def text(name: str, size: int = 20) -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": (b"0123456789" * (size // 10 + 1))[:size]}


def attach(page: Page, *files: FilePayload) -> None:
    """Pick files in the dialog that the menu opens."""
    page.locator("#add").click()
    with page.expect_file_chooser() as opened:
        page.get_by_role("menuitem", name="Attach files").click()
    opened.value.set_files(list(files))


def attached(page: Page, name: str) -> Locator:
    """What is attached to the message being written."""
    return page.locator("#composer .att", has_text=name)


class Gate:
    """Keeps parts of uploads back until it is opened."""

    def __init__(self, page: Page) -> None:
        self.held: list[Route] = []
        self.is_open = False
        page.route(UPLOADS, self._asked)

    def _asked(self, route: Route) -> None:
        if self.is_open or route.request.method != "PATCH":
            route.continue_()
        else:
            self.held.append(route)

    def open(self) -> None:
        self.is_open = True
        for route in self.held:
            route.continue_()


def test_files_are_attached_by_the_menu_and_sent_with_a_text(team: Team) -> None:
    mina, joon = team.visit("mina"), team.visit("joon")
    attach(mina.page, picture("세 번째 시안.png"), text("notes.txt"))
    expect(attached(mina.page, "세 번째 시안.png")).to_contain_text("Ready")
    mina.page.keyboard.type("Here they are")
    mina.page.keyboard.press("Enter")
    for person in (mina, joon):
        message = person.message("Here they are")
        expect(message.get_by_role("link", name="Picture 세 번째 시안.png")).to_be_visible()
        expect(message.get_by_role("link", name="notes.txt", exact=True)).to_be_visible()
    expect(mina.page.locator("#composer .att")).to_have_count(0)


def test_a_picture_is_sent_without_a_text(team: Team) -> None:
    mina, joon = team.visit("mina"), team.visit("joon")
    expect(mina.page.locator("#send")).to_have_attribute("aria-disabled", "true")
    attach(mina.page, picture())
    expect(mina.page.locator("#send")).to_have_attribute("aria-disabled", "false")
    mina.page.locator("#send").click()
    expect(joon.page.get_by_role("link", name="Picture hero.png")).to_be_visible()


def test_a_message_waits_for_its_uploads(team: Team) -> None:
    mina, joon = team.visit("mina"), team.visit("joon")
    gate = Gate(mina.page)
    attach(mina.page, text("large.bin", 3 * MEBIBYTE // 2))
    row = attached(mina.page, "large.bin")
    expect(row.get_by_role("progressbar", name="Upload of large.bin")).to_be_visible()
    expect(row).to_contain_text("of 1.5 MB")
    assert findings(mina.page) == []
    expect(mina.page.get_by_text("Sends when the uploads are done")).to_be_visible()
    mina.page.keyboard.type("When it is there")
    mina.page.keyboard.press("Enter")
    expect(mina.message("When it is there")).to_contain_text("not sent yet")
    expect(row).to_have_count(0)
    gate.open()
    expect(joon.message("When it is there").get_by_role("link", name="large.bin", exact=True)).to_be_visible()
    expect(mina.message("When it is there")).not_to_contain_text("not sent yet")


def test_files_are_dropped_on_the_room(team: Team) -> None:
    mina = team.visit("mina")
    mina.page.locator("#add").click()  # which loads the parts of the page that come late
    expect(mina.page.get_by_role("menuitem", name="Attach files")).to_be_focused()
    mina.page.keyboard.press("Escape")
    mina.page.evaluate(DROP, ["#messages", "dropped.txt", "text/plain", "content"])
    expect(mina.page.get_by_text("Drop files to attach them in General")).to_be_visible()
    mina.page.evaluate("drop()")
    expect(mina.page.get_by_text("Drop files to attach them in General")).to_be_hidden()
    expect(attached(mina.page, "dropped.txt")).to_contain_text("Ready")


def test_a_picture_is_pasted(team: Team) -> None:
    mina = team.visit("mina")
    mina.page.locator("#field").focus()
    mina.page.evaluate(PASTE, ["shot.png", "image/png", list(images.image(40, 30))])
    expect(attached(mina.page, "shot.png")).to_contain_text("Ready")
    expect(attached(mina.page, "shot.png").locator("img")).to_be_visible()


def test_a_picture_from_the_clipboard_is_named_by_the_time(team: Team) -> None:
    mina = team.visit("mina")
    mina.page.locator("#field").focus()
    mina.page.evaluate(PASTE, ["image.png", "image/png", list(images.image(40, 30))])
    expect(attached(mina.page, "Pasted picture 20")).to_contain_text("Ready")


def test_files_are_dropped_on_a_thread(team: Team) -> None:
    team.said("joon", "A question")
    mina = team.visit("mina")
    mina.page.goto(f"{mina.page.url}{position_of(mina, 'A question')}/0/")
    panel = mina.page.locator("#panel")
    expect(panel.get_by_role("textbox", name="Reply in a thread")).to_be_visible()
    mina.page.evaluate(DROP, ["#panel .msg", "dropped.txt", "text/plain", "content"])
    expect(panel.get_by_text("Drop files to attach them in this thread")).to_be_visible()
    mina.page.evaluate("drop()")
    expect(panel.locator(".att")).to_contain_text("Ready")
    expect(mina.page.locator("#composer .att")).to_have_count(0)


def names(page: Page) -> list[str]:
    return page.locator("#composer .att b").all_inner_texts()


def test_the_order_of_files_is_changed_by_keyboard(team: Team) -> None:
    mina, joon = team.visit("mina"), team.visit("joon")
    attach(mina.page, *(text(f"{name}.txt") for name in "abc"))
    for name in "abc":
        expect(attached(mina.page, f"{name}.txt")).to_contain_text("Ready")
    mina.page.get_by_role("button", name="Remove c.txt").focus()
    mina.page.keyboard.press("Alt+Shift+ArrowUp")
    expect(mina.page.locator("#announcer")).to_contain_text("c.txt: 2 of 3")
    expect(mina.page.get_by_role("button", name="Remove c.txt")).to_be_focused()
    assert names(mina.page) == ["a.txt", "c.txt", "b.txt"]
    mina.page.get_by_role("button", name="Move b.txt forward").press("Enter")
    mina.page.get_by_role("button", name="Move b.txt forward").press("Enter")
    assert names(mina.page) == ["b.txt", "a.txt", "c.txt"]
    assert findings(mina.page) == []
    mina.page.locator("#send").click()
    links = joon.page.locator(".files a.cut")
    expect(links).to_have_text(["b.txt", "a.txt", "c.txt"])


def test_an_upload_is_paused_and_continues(team: Team) -> None:
    mina = team.visit("mina")
    gate = Gate(mina.page)
    with mina.page.expect_request(lambda request: request.method == "PATCH"):
        attach(mina.page, text("large.txt", 2 * MEBIBYTE))
    row = attached(mina.page, "large.txt")
    row.get_by_role("button", name="Pause large.txt").press("Enter")
    expect(row).to_contain_text("Paused · 0 of 2 MB")
    expect(row.get_by_role("button", name="Continue large.txt")).to_be_focused()
    gate.is_open = True  # the part that was held back was given up
    row.get_by_role("button", name="Continue large.txt").press("Enter")
    expect(row).to_contain_text("Ready")
    expect(row.get_by_role("button", name="Remove large.txt")).to_be_focused()


def test_an_upload_waits_for_the_network(team: Team) -> None:
    mina = team.visit("mina")
    gate = Gate(mina.page)
    with mina.page.expect_request(lambda request: request.method == "PATCH"):
        attach(mina.page, text("large.txt", 2 * MEBIBYTE))
    mina.page.context.set_offline(True)
    row = attached(mina.page, "large.txt")
    expect(row).to_contain_text("Waiting for the network")
    gate.is_open = True
    for route in gate.held:
        route.abort()
    mina.page.context.set_offline(False)
    expect(row).to_contain_text("Ready")


def test_files_stay_with_the_draft_of_their_room_in_all_tabs(team: Team) -> None:
    mina = team.visit("mina")
    attach(mina.page, text("draft.txt"))
    expect(attached(mina.page, "draft.txt")).to_contain_text("Ready")
    mina.page.locator("#field").fill("Not yet")
    other = mina.page.context.new_page()
    other.goto(mina.page.url)
    expect(attached(other, "draft.txt")).to_contain_text("Ready")
    team.new_room("Elsewhere")
    mina.page.locator("#rooms").get_by_role("link", name="Elsewhere").click()
    expect(mina.page.get_by_role("textbox", name="Message Elsewhere")).to_be_visible()
    expect(mina.page.locator("#composer .att")).to_have_count(0)
    mina.page.go_back()
    expect(attached(mina.page, "draft.txt")).to_contain_text("Ready")
    expect(mina.page.locator("#field")).to_have_value("Not yet")
    other.get_by_role("button", name="Remove draft.txt").click()
    expect(mina.page.locator("#composer .att")).to_have_count(0)


def test_while_a_message_is_edited_what_is_attached_waits_for_the_next_one(team: Team) -> None:
    mina, joon = team.visit("mina"), team.visit("joon")
    mina.say("Helo")
    attach(mina.page, text("next.txt"))
    expect(attached(mina.page, "next.txt")).to_contain_text("Ready")
    mina.page.keyboard.press("ArrowUp")
    mina.page.locator("#field").fill("Hello")
    mina.page.keyboard.press("Enter")
    expect(joon.message("Hello")).to_be_visible()
    expect(joon.page.locator(".files")).to_have_count(0)
    mina.page.keyboard.press("Enter")
    expect(joon.page.locator(".files")).to_contain_text("next.txt")


def test_the_text_of_a_message_with_files_can_be_removed(team: Team) -> None:
    mina, joon = team.visit("mina"), team.visit("joon")
    attach(mina.page, text("only.txt"))
    mina.page.locator("#field").fill("Needless")
    mina.page.keyboard.press("Enter")
    expect(joon.message("Needless").locator(".files")).to_be_visible()
    mina.page.keyboard.press("ArrowUp")
    mina.page.locator("#field").fill("")
    mina.page.keyboard.press("Enter")
    expect(joon.page.get_by_text("Needless")).to_have_count(0)
    expect(joon.page.locator(".files")).to_contain_text("only.txt")


def test_a_phone_takes_a_picture(team: Team) -> None:
    mina = team.visit("mina", viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    mina.page.locator("#add").tap()
    with mina.page.expect_file_chooser() as opened:
        mina.page.get_by_role("menuitem", name="Take a picture").tap()
    assert opened.value.element.get_attribute("capture") == "environment"
    opened.value.set_files([picture("photo.png")])
    expect(attached(mina.page, "photo.png")).to_contain_text("Ready")
    assert findings(mina.page) == []


def test_a_file_that_was_deleted_meanwhile_says_so(team: Team, tmp_path: Path) -> None:
    """The browser of a test keeps no copy: its profile is in memory."""
    mina = team.visit("mina")
    file = tmp_path / "gone.txt"
    file.write_bytes(b"0123456789" * (MEBIBYTE // 5))
    gate = Gate(mina.page)
    mina.page.locator("#add").click()
    with mina.page.expect_file_chooser() as opened, mina.page.expect_request(lambda asked: asked.method == "PATCH"):
        mina.page.get_by_role("menuitem", name="Attach files").click()
        opened.value.set_files(file)
    file.unlink()
    gate.is_open = True
    for route in gate.held:
        route.abort()
    expect(attached(mina.page, "gone.txt")).to_contain_text("This file can’t be read.")
    expect(attached(mina.page, "gone.txt").get_by_role("button")).to_have_text("Remove")


def test_an_upload_is_cancelled(team: Team) -> None:
    mina = team.visit("mina")
    gate = Gate(mina.page)
    with mina.page.expect_request(lambda request: request.method == "PATCH"):
        attach(mina.page, text("one.txt"), text("two.txt"))
    with mina.page.expect_request(lambda request: request.method == "DELETE"):
        mina.page.get_by_role("button", name="Remove one.txt").click()
    expect(attached(mina.page, "one.txt")).to_have_count(0)
    expect(mina.page.get_by_role("button", name="Remove two.txt")).to_be_focused()
    gate.open()
    expect(attached(mina.page, "two.txt")).to_contain_text("Ready")


def test_what_fails_says_why_and_the_rest_stays(team: Team) -> None:
    mina, joon = team.visit("mina"), team.visit("joon")
    attach(mina.page, text("empty.txt", 0), text("good.txt"))
    bad = attached(mina.page, "empty.txt")
    expect(bad).to_contain_text("This file is empty.")
    expect(attached(mina.page, "good.txt")).to_contain_text("Ready")
    mina.page.keyboard.type("Only the good one")
    mina.page.keyboard.press("Enter")
    expect(joon.message("Only the good one").get_by_role("link", name="good.txt", exact=True)).to_be_visible()
    bad.get_by_role("button", name="Remove empty.txt").click()
    expect(mina.page.locator("#composer .att")).to_have_count(0)


def test_at_most_ten_files_are_attached(team: Team) -> None:
    mina = team.visit("mina")
    attach(mina.page, *(text(f"{number}.txt") for number in range(12)))
    expect(mina.page.locator("#composer .att")).to_have_count(10)
    expect(mina.page.get_by_text("A message can have 10 files.")).to_be_visible()


def test_files_that_are_pasted_at_once_are_not_too_many_together(team: Team) -> None:
    mina = team.visit("mina")
    attach(mina.page, *(text(f"{number}.txt") for number in range(9)))
    expect(mina.page.locator("#composer .att")).to_have_count(9)
    for name in ("one.png", "two.png"):
        mina.page.evaluate(PASTE, [name, "image/png", list(images.image(40, 30))])
    expect(mina.page.get_by_text("A message can have 10 files.")).to_be_visible()
    expect(mina.page.locator("#composer .att")).to_have_count(10)


def reload(page: Page) -> None:
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()


def test_an_upload_continues_after_a_reload(team: Team) -> None:
    mina, joon = team.visit("mina"), team.visit("joon")
    sent: list[int] = []
    cut: list[Any] = []

    def part(route: Route) -> None:
        if route.request.method != "PATCH":
            return route.continue_()
        offset = int(route.request.headers["upload-offset"])
        if offset and not cut:
            return None
        sent.append(offset)
        return route.continue_()

    mina.page.route(UPLOADS, part)
    attach(mina.page, text("large.txt", 3 * MEBIBYTE))
    expect(attached(mina.page, "large.txt")).to_contain_text("1 of 3 MB")
    mina.page.keyboard.type("After the reload")
    mina.page.keyboard.press("Enter")
    cut.append(True)
    reload(mina.page)
    expect(joon.message("After the reload").get_by_role("link", name="large.txt", exact=True)).to_be_visible()
    assert sent == [0, MEBIBYTE, 2 * MEBIBYTE]


def test_unfinished_uploads_are_listed_after_a_reload(team: Team) -> None:
    mina = team.visit("mina")
    gate = Gate(mina.page)
    attach(mina.page, picture("left.png"))
    expect(attached(mina.page, "left.png")).to_be_visible()
    gate.is_open = True  # the parts that were held back are lost with the page
    reload(mina.page)
    expect(attached(mina.page, "left.png")).to_contain_text("Ready")
    expect(attached(mina.page, "left.png").locator("img")).to_be_visible()


def test_files_are_sent_in_a_thread(team: Team) -> None:
    team.said("joon", "A question")
    mina, joon = team.visit("mina"), team.visit("joon")
    mina.page.goto(f"{mina.page.url}{position_of(mina, 'A question')}/0/")
    panel = mina.page.locator("#panel")
    panel.get_by_role("button", name="Add", exact=True).click()
    with mina.page.expect_file_chooser() as opened:
        mina.page.get_by_role("menuitem", name="Attach files").last.click()
    opened.value.set_files([text("answer.txt")])
    panel.get_by_role("button", name="Send").click()
    expect(panel.get_by_role("link", name="answer.txt", exact=True)).to_be_visible()
    expect(joon.message("A question")).to_contain_text("1 reply")


def position_of(person: Chatter, said: str) -> str:
    return person.message(said).get_attribute("data-position") or ""


SOUND = """() => {
  navigator.mediaDevices.getUserMedia = async () => {
    const sound = new AudioContext();
    const tone = sound.createOscillator();
    const end = sound.createMediaStreamDestination();
    tone.connect(end);
    tone.start();
    return end.stream;
  };
}"""
NO_MICROPHONE = """() => {
  navigator.mediaDevices.getUserMedia = async () => {
    throw new DOMException("", "NotAllowedError");
  };
}"""


def record(page: Page, microphone: str) -> None:
    """Begin to record, with what the browser has as its microphone."""
    page.evaluate(microphone)
    page.locator("#add").click()
    page.get_by_role("menuitem", name="Voice message").click()


def test_a_voice_message_is_recorded_and_sent(team: Team) -> None:
    mina, joon = team.visit("mina"), team.visit("joon")
    record(mina.page, SOUND)
    recording = mina.page.get_by_role("group", name="Recording a voice message")
    expect(recording.get_by_role("timer")).to_have_text("0:01")
    recording.get_by_role("button", name="Send the voice message").click()
    expect(recording).to_have_count(0)
    expect(mina.page.locator("#field")).to_be_focused()
    player = joon.page.get_by_role("group", name="Voice message")
    expect(player.get_by_role("button", name="Play")).to_be_visible()


def test_a_recording_is_cancelled(team: Team) -> None:
    mina = team.visit("mina")
    record(mina.page, SOUND)
    expect(mina.page.get_by_role("button", name="Send the voice message")).to_be_focused()
    mina.page.keyboard.press("Escape")
    expect(mina.page.locator("#field")).to_be_focused()
    expect(mina.page.locator("#composer .att")).to_have_count(0)


def test_without_the_permission_for_the_microphone_the_page_says_so(team: Team) -> None:
    mina = team.visit("mina")
    record(mina.page, NO_MICROPHONE)
    expect(mina.page.get_by_text("The microphone is blocked.")).to_be_visible()


def test_the_first_message_of_a_conversation_has_a_file(team: Team) -> None:
    mina, joon = team.visit("mina"), team.visit("joon")
    mina.page.get_by_role("button", name="New message").click()
    sheet = mina.page.get_by_role("dialog", name="New message")
    sheet.get_by_role("combobox").fill(team.run("answer = joon.username"))
    expect(sheet.get_by_role("option")).to_have_count(1)
    sheet.get_by_role("option").click()
    with mina.page.expect_file_chooser() as opened:
        sheet.get_by_role("button", name="Attach files").click()
    opened.value.set_files([text("for-joon.txt")])
    expect(sheet.locator(".att")).to_contain_text("for-joon.txt")
    sheet.get_by_role("button", name="Send").click()
    expect(sheet).to_have_count(0)
    expect(mina.page.get_by_role("link", name="for-joon.txt", exact=True)).to_be_visible()
    expect(joon.page.locator("#direct-rooms a", has_text="Mina Kim")).to_be_visible()
