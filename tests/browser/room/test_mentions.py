"""Where somebody was mentioned: the badge on every device, the page of mentions, and the way to the message."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.room.chatting import Chatter, Team

SAY = """
from uuid import uuid4
from chat.services.messages import send_message
room = Room.objects.filter(name={room!r}).latest("pk")
for text in {texts!r}:
    send_message(joon, room_id=room.pk, key=uuid4(), body=text.replace("@mina", "@" + mina.username))
"""


def says(team: Team, room: str, *texts: str) -> None:
    """Joon says this in a room; `@mina` is her username."""
    team.run(SAY.format(room=room, texts=texts))


def badge(chatter: Chatter, room: str) -> Locator:
    return chatter.room_link(room).locator(".badge.hot")


def total(chatter: Chatter) -> Locator:
    return chatter.page.locator(".inbox-link .badge")


@pytest.fixture
def kitchen(team: Team) -> str:
    """Another room with both in it: its address."""
    return team.new_room("Kitchen")


def test_a_mention_counts_on_every_device_until_it_is_marked_as_read_with_the_keyboard(
    team: Team, kitchen: str, mina: Chatter
) -> None:
    phone = team.visit("mina")
    says(team, "Kitchen", "soup", "@mina lunch?", "@mina, now")
    for chatter in (mina, phone):
        expect(badge(chatter, "Kitchen")).to_have_text("2")
        expect(total(chatter)).to_have_text("2")
        expect(chatter.page).to_have_title(re.compile(r"^\(2\) General"))
    phone.page.reload()
    expect(badge(phone, "Kitchen")).to_have_text("2")
    mina.page.get_by_role("link", name="Mentions & threads 2 mentions").click()
    rows = mina.page.locator(".mentions > li")
    expect(rows).to_have_count(2)
    expect(mina.page.locator(".mentions")).to_have_attribute("aria-keyshortcuts", "J K E")
    mina.page.keyboard.press("j")
    mina.page.keyboard.press("e")
    expect(rows).to_have_count(1)
    expect(rows.get_by_role("link", name="Joon Lee @Mina Kim lunch?")).to_be_focused()
    for chatter in (mina, phone):
        expect(badge(chatter, "Kitchen")).to_have_text("1")
    mina.page.keyboard.press("e")
    expect(mina.page.get_by_role("heading", name="You have read everything.")).to_be_visible()
    for chatter in (mina, phone):
        expect(total(chatter)).to_have_count(0)
        expect(badge(chatter, "Kitchen")).to_have_count(0)
        expect(chatter.room_link("Kitchen").locator(".badge")).to_have_text("3")


def test_the_way_leads_from_the_list_of_mentions_to_the_message_which_is_then_read(
    team: Team, kitchen: str, mina: Chatter
) -> None:
    says(team, "Kitchen", "@mina lunch?")
    expect(total(mina)).to_have_text("1")
    mina.page.locator(".inbox-link").click()
    mina.page.evaluate("window.isSamePage = true")
    mina.page.get_by_role("link", name=re.compile("lunch")).click()
    expect(mina.page).to_have_url(re.compile(rf"{kitchen}\d+/$"))
    said = mina.message("lunch?")
    expect(said).to_be_focused()
    expect(said.locator(".mention.to-me")).to_have_text("@Mina Kim")
    expect(total(mina)).to_have_count(0)
    assert mina.page.evaluate("window.isSamePage")
    team.run(
        "from chat.services.messages import delete_message\n"
        "room = Room.objects.filter(name='Kitchen').latest('pk')\n"
        "delete_message(joon, message_id=room.messages.get(kind='text').pk)\n"
    )
    mina.page.locator(".inbox-link").click()
    mina.page.locator(".mention-views").get_by_role("link", name="All").click()
    expect(mina.page.get_by_role("heading", name="Nobody has mentioned you yet.")).to_be_visible()


def test_who_may_not_mention_everybody_is_told_before_sending(team: Team, mina: Chatter) -> None:
    joon = team.visit("joon")
    note = "Only owners and moderators can mention everybody in this room."
    joon.field.fill("@all lunch")
    expect(joon.page.locator("#note")).to_contain_text(note)
    joon.field.fill("lunch")
    expect(joon.page.locator("#note")).to_be_empty()
    joon.field.fill("@")
    expect(joon.page.locator(".suggestions [role=option]")).to_have_text([re.compile("Mina Kim")])
    mina.say("@all lunch")
    expect(joon.message("@all lunch").locator(".mention.to-me")).to_be_visible()
    expect(mina.message("@all lunch").locator(".mention.everyone:not(.to-me)")).to_be_visible()
