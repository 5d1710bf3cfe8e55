"""The former texts of an edited message: opened from "(edited)", with what each edit changed."""

from typing import Any

from playwright.sync_api import Locator, expect

from tests.browser.room.chatting import Chatter, Team

EDIT = """
from chat.services.messages import edit_message
edit_message(mina, message_id=general.messages.get(position={position}).pk, body={body!r})
"""
DELETE = """
from chat.services.messages import delete_message
delete_message(mina, message_id=general.messages.get(position=1).pk)
"""
EDITED_LONG_AGO = """
from django.utils import timezone
general.messages.filter(position=2).update(edited_at=timezone.now())
"""
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def edit(team: Team, body: str, position: int = 1) -> None:
    """Mina edits a message elsewhere."""
    team.run(EDIT.format(position=position, body=body))


def sheet(person: Chatter) -> Locator:
    return person.page.get_by_role("dialog", name="Edit history")


def changes(row: Locator) -> list[tuple[str, str]]:
    """What a text removes and adds, in order."""
    pairs = row.locator("del, ins").evaluate_all("(found) => found.map((e) => [e.localName, e.lastChild.textContent])")
    return [(kind, text) for kind, text in pairs]


def test_a_reader_sees_what_each_edit_changed_also_while_it_is_edited_again(team: Team) -> None:
    team.said("mina", "회의는 세 시에 있어요")
    edit(team, "회의가 네 시에 있어요")
    edit(team, "회의가 네 시에 있어요. See you!")
    joon = team.visit("joon")
    joon.message("회의").focus()
    for _ in range(2):  # the name, then "(edited)"
        joon.page.keyboard.press("Tab")
    expect(joon.message("회의").get_by_role("button", name="(edited)")).to_be_focused()
    joon.page.keyboard.press("Enter")
    rows = sheet(joon).get_by_role("listitem")
    expect(rows).to_have_count(3)
    expect(rows.first.get_by_role("heading")).to_contain_text("Now")
    expect(rows.last.get_by_role("heading")).to_contain_text("Original")
    assert [changes(row) for row in rows.all()] == [
        [("ins", ". See you!")],
        [("del", "는"), ("ins", "가"), ("del", "세"), ("ins", "네")],
        [],
    ]
    expect(rows.last.locator("p")).to_have_attribute("lang", "ko")
    edit(team, "Cancelled.")
    expect(rows).to_have_count(4)
    expect(rows.first).to_contain_text("Cancelled.")
    joon.page.keyboard.press("Escape")
    expect(sheet(joon)).to_have_count(0)
    expect(joon.message("Cancelled")).to_be_focused()  # the button was drawn again
    joon.message("Cancelled").get_by_role("button", name="(edited)").click()
    expect(rows).to_have_count(4)
    team.run(DELETE)
    expect(sheet(joon)).to_have_count(0)
    expect(joon.page.get_by_text("세 시")).to_have_count(0)


def test_the_sheet_says_what_it_can_not_show(team: Team) -> None:
    team.said("mina", "one", "long ago")
    team.run(EDITED_LONG_AGO)
    for number in range(25):
        edit(team, f"take {number}")
    mina = team.visit("mina", **PHONE)
    mina.message("long ago").get_by_role("button", name="(edited)").tap()
    expect(sheet(mina).get_by_role("listitem")).to_have_count(2)
    expect(sheet(mina)).to_contain_text("Earlier texts of this message were not kept.")
    sheet(mina).get_by_role("button", name="Close").tap()
    mina.page.context.set_offline(True)
    mina.message("take 24").get_by_role("button", name="(edited)").tap()
    expect(sheet(mina).get_by_role("status")).to_contain_text("Try again when you are online.")
    mina.page.context.set_offline(False)
    mina.is_live()
    sheet(mina).get_by_role("button", name="Try again").tap()
    expect(sheet(mina).get_by_role("listitem").first).to_contain_text("24")
    expect(sheet(mina)).to_contain_text("5 texts in between were not kept.")
    box = sheet(mina).bounding_box()
    assert box is not None
    assert 0 <= box["x"] <= box["x"] + box["width"] <= 360
