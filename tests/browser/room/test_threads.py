"""Threads: from a message into the panel beside the room, live for both, and by link, keyboard and finger."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import Locator, expect

from tests.browser.room.chatting import Chatter, Team

REPLY_AS = """
from uuid import uuid4
from chat.services.threads import reply_in_thread
message = general.messages.get(position=1)
sent = reply_in_thread({author}, room_id=general.pk, message_id=message.pk, key=uuid4(), body={body!r})
answer = sent.room_id
"""

SLOW_MODE = """
from chat.services.room_rules import change_rules
change_rules(mina, room_id=general.pk, slow_seconds={})
"""

BLOCK = """
from chat.services.blocks import set_block
set_block(mina, user_id=joon.pk, on=True)
"""


def room_message(chatter: Chatter, text: str) -> Locator:
    """The message in the room, not in the panel, that says this."""
    return chatter.page.locator("#timeline .msg", has_text=text)


def panel(chatter: Chatter) -> Locator:
    return chatter.page.locator("#panel")


def replies(chatter: Chatter) -> Locator:
    return panel(chatter).locator(".messages .msg .body")


def write(chatter: Chatter, text: str) -> None:
    field = panel(chatter).locator(".field")
    field.fill(text)
    field.press("Enter")


def test_a_thread_begins_beside_the_room_and_both_see_every_reply(team: Team) -> None:
    team.said("joon", "which picture?", "other things")
    mina, joon = team.visit("mina"), team.visit("joon")
    room_message(mina, "which picture?").hover()
    mina.page.get_by_role("button", name="Reply in a thread").click()
    expect(panel(mina).locator("#panel-title")).to_have_text("Thread")
    expect(panel(mina).locator("#panel-about")).to_have_text("# General")
    expect(panel(mina).locator(".thread-top .body")).to_have_text("which picture?")
    expect(panel(mina).locator(".reply-count")).to_have_text("No replies yet")
    expect(panel(mina).locator(".field")).to_be_focused()
    write(mina, "the left one")
    expect(replies(mina)).to_have_text(["the left one"])
    expect(panel(mina).locator(".pending")).to_have_count(0)

    row = room_message(joon, "which picture?").locator(".thread-row")
    expect(row).to_have_text(re.compile("1 reply Mina · just now"))
    row.click()
    expect(replies(joon)).to_have_text(["the left one"])
    panel(joon).locator(".field").press_sequentially("thin")
    expect(panel(mina).locator(".typing")).to_have_text(re.compile("Joon Lee is typing"))
    panel(joon).locator(".also input").check()
    write(joon, "thinking: the right one")
    for chatter in (mina, joon):
        expect(replies(chatter)).to_have_text(["the left one", "thinking: the right one"])
        expect(room_message(chatter, "which picture?").locator(".thread-row")).to_contain_text("2 replies")
        expect(room_message(chatter, "thinking").locator(".thread-row")).to_have_text("From a thread")
    expect(panel(joon).locator(".also input")).not_to_be_checked()

    # Escape closes it, and the focus returns to what opened it; the browser's buttons open it again and close it.
    address = urlsplit(joon.page.url).path
    panel(joon).locator(".field").press("Escape")
    expect(panel(joon)).to_be_hidden()
    assert urlsplit(joon.page.url).path == team.address
    joon.page.go_forward()
    expect(replies(joon)).to_have_count(2)
    assert urlsplit(joon.page.url).path == address
    joon.page.go_back()
    expect(panel(joon)).to_be_hidden()


def test_unread_threads_are_counted_and_listed_and_a_link_leads_to_the_reply(team: Team) -> None:
    team.said("mina", "which picture?", *(f"talk {number}" for number in range(60)))
    mina = team.visit("mina")
    expect(mina.page.locator(".inbox-link [data-mentions]")).to_be_empty()
    team.run(REPLY_AS.format(author="joon", body="the left one"))
    expect(mina.page.locator(".inbox-link .badge")).to_have_text("1")
    mina.page.locator(".inbox-link").click()
    listed = mina.page.locator(".mentions .mention-text", has_text="the left one")
    expect(listed).to_contain_text("which picture?")
    listed.click()
    expect(panel(mina).locator(".messages .msg[data-position='1']")).to_be_focused()
    expect(room_message(mina, "which picture?")).to_be_visible()
    expect(mina.page.locator(".inbox-link [data-mentions]")).to_be_empty()

    # People who no longer follow a thread are not notified of its replies.
    panel(mina).get_by_role("button", name=re.compile("Stop following it")).click()
    expect(panel(mina).get_by_role("button", name="Follow this thread")).to_be_visible()
    panel(mina).locator("#panel-close").click()
    team.run(REPLY_AS.format(author="joon", body="or the right one?"))
    expect(room_message(mina, "which picture?").locator(".thread-row")).to_contain_text("2 replies")
    expect(mina.page.locator(".inbox-link [data-mentions]")).to_be_empty()


def test_on_a_phone_a_thread_is_the_screen_and_back_leaves_it(team: Team) -> None:
    team.said("joon", "which picture?")
    team.run(REPLY_AS.format(author="joon", body="the left one"))
    mina = team.visit("mina", viewport={"width": 360, "height": 740}, has_touch=True)
    room_message(mina, "which picture?").locator(".thread-row").click()
    expect(replies(mina)).to_have_text(["the left one"])
    box = panel(mina).bounding_box()
    assert box is not None
    assert (box["x"], box["width"], box["height"]) == (0, 360, 740)
    write(mina, "good")
    expect(replies(mina)).to_have_text(["the left one", "good"])
    mina.page.go_back()
    expect(panel(mina)).to_be_hidden()
    expect(mina.timeline).to_be_visible()

    # So does the arrow before the title. The field gets no focus, which would open the keyboard on the screen.
    room_message(mina, "which picture?").locator(".thread-row").click()
    expect(replies(mina)).to_have_count(2)
    expect(panel(mina).locator("#panel-title")).to_be_focused()
    expect(panel(mina).get_by_role("button", name="Close")).to_be_hidden()
    panel(mina).get_by_role("button", name="Back").click()
    expect(panel(mina)).to_be_hidden()
    assert urlsplit(mina.page.url).path == team.address


def test_by_keyboard_alone_a_thread_is_opened_answered_and_left(team: Team) -> None:
    team.said("joon", "which picture?")
    mina = team.visit("mina")
    mina.message("which picture?").focus()
    mina.page.keyboard.press("t")
    expect(panel(mina).get_by_role("textbox", name="Reply in a thread")).to_be_focused()
    mina.page.keyboard.type("the left one")
    mina.page.keyboard.press("Enter")
    expect(replies(mina)).to_have_text(["the left one"])
    expect(panel(mina).locator(".reply-count")).to_have_text("1 reply")
    team.run(REPLY_AS.format(author="joon", body="good"))
    expect(mina.page.locator("#announcer")).to_have_text("Joon Lee: good")
    mina.page.keyboard.press("Escape")
    expect(panel(mina)).to_be_hidden()
    row = room_message(mina, "which picture?").locator(".thread-row")
    expect(row).to_be_focused()
    mina.page.keyboard.press("Enter")
    expect(replies(mina)).to_have_text(["the left one", "good"])


def test_slow_mode_counts_down_in_the_room_and_its_threads_at_once(team: Team) -> None:
    team.said("mina", "which picture?")
    team.run(SLOW_MODE.format(30))
    joon = team.visit("joon")
    room_message(joon, "which picture?").focus()
    joon.page.keyboard.press("t")
    expect(panel(joon).locator(".slow-hint")).to_have_text("One message every 30 seconds")
    write(joon, "the left one")
    sends = joon.page.locator(".send")
    expect(sends).to_have_text([re.compile(r"0:\d\d")] * 2)
    expect(replies(joon)).to_have_text(["the left one"])
    write(joon, "or not")
    expect(panel(joon).locator(".field")).to_have_value("or not")
    team.run(SLOW_MODE.format(0))
    expect(panel(joon).get_by_role("button", name="Send", exact=True)).to_be_visible()
    panel(joon).locator(".field").press("Enter")
    expect(replies(joon)).to_have_text(["the left one", "or not"])


def test_a_reply_of_a_blocked_person_is_folded_and_not_read_out(team: Team) -> None:
    team.said("mina", "which picture?")
    team.run(REPLY_AS.format(author="joon", body="the left one"))
    team.run(BLOCK)
    mina = team.visit("mina", f"{team.address}1/0/")
    expect(panel(mina).locator(".messages .msg")).to_have_text(re.compile("Message of a person you blocked"))
    team.run(REPLY_AS.format(author="joon", body="or the right one"))
    expect(panel(mina).locator(".messages .msg")).to_have_count(2)
    panel(mina).locator(".messages .msg").last.get_by_role("button", name="Show").click()
    expect(replies(mina).last).to_have_text("or the right one")
    expect(mina.page.locator("#announcer")).to_be_empty()


def test_who_is_removed_from_the_room_sees_its_thread_no_more(team: Team) -> None:
    team.said("mina", "which picture?")
    thread = team.run(REPLY_AS.format(author="mina", body="the left one"))
    joon = team.visit("joon", f"{team.address}1/0/")
    expect(replies(joon)).to_have_text(["the left one"])
    team.run(
        "from chat.services.memberships import remove_member\nremove_member(mina, room_id=general.pk, user_id=joon.pk)"
    )
    expect(joon.page.locator("#gone")).to_be_visible()
    expect(panel(joon)).to_be_hidden()
    assert thread
