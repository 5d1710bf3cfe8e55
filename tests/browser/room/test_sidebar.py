"""The list of rooms: last messages by choice, and the signs of private rooms."""

import re

from playwright.sync_api import Page, expect

from tests.browser.room.chatting import Team

SAID_IN_LAUNCH = """
from uuid import uuid4
from chat.services.messages import delete_message, send_message
launch = Room.objects.of(mina).get(name="Launch")
said = send_message(joon, room_id=launch.pk, key=uuid4(), body={text!r})
if {deleted}:
    delete_message(joon, message_id=said.pk)
"""

FOUNDERS = """
from chat.services.rooms import create_room, update_room
room = create_room(mina, name="Founders", kind="private")
update_room(mina, room_id=room.pk, emoji="🌱")
answer = room.get_absolute_url()
"""


def choose_excerpts(page: Page, choice: str) -> None:
    page.locator("#space-menu-open").click()
    page.get_by_role("group", name="Room list").get_by_role("menuitemradio", name=choice).click()
    page.keyboard.press("Escape")


def said_in_launch(team: Team, text: str, *, deleted: bool = False) -> None:
    team.run(SAID_IN_LAUNCH.format(text=text, deleted=deleted))


def test_by_choice_each_room_shows_its_last_message_as_it_changes_and_after_a_reload(team: Team) -> None:
    team.new_room("Launch")
    said_in_launch(team, "first")
    mina = team.visit("mina")
    launch, general = mina.room_link("Launch"), mina.room_link("General")
    expect(launch).to_be_visible()
    expect(mina.page.locator(".excerpt")).to_have_count(0)
    choose_excerpts(mina.page, "With last message")
    expect(launch.locator(".excerpt")).to_have_text("Joon Lee: first")
    expect(general.locator(".excerpt")).to_have_count(0)
    mina.say("hello")
    expect(general.locator(".excerpt")).to_have_text("Mina Kim: hello")
    said_in_launch(team, "now\n\nthis " + "is a long one " * 12)
    expect(launch.locator(".excerpt")).to_have_text(re.compile("^Joon Lee: now this is a long one"))
    box, row = launch.locator(".excerpt").bounding_box(), launch.bounding_box()
    assert box is not None
    assert row is not None
    assert box["height"] < row["height"] / 2
    assert box["x"] + box["width"] <= row["x"] + row["width"]
    mina.page.reload()
    expect(mina.room_link("Launch").locator(".excerpt")).to_have_text(re.compile("^Joon Lee: now"))
    said_in_launch(team, "gone", deleted=True)
    expect(mina.room_link("Launch").locator(".excerpt")).to_have_text("Message deleted")
    choose_excerpts(mina.page, "Names")
    expect(mina.page.locator(".excerpt")).to_have_count(0)


def test_a_private_room_with_an_emoji_is_shown_as_private_wherever_its_sign_is(team: Team) -> None:
    mina = team.visit("mina", team.run(FOUNDERS))
    places = [
        mina.page.locator("#rooms").get_by_role("link", name="private Founders"),
        mina.page.get_by_role("heading", name="private Founders"),
    ]
    for place in places:
        expect(place.locator(".emoji")).to_have_text("🌱")
        expect(place.locator(".locked .glyph")).to_be_visible()
    mina.page.keyboard.press("Control+k")
    mina.page.keyboard.type("found")
    option = mina.page.get_by_role("option", name=re.compile("^private Founders"))
    expect(option.locator(".locked .glyph")).to_be_visible()
    mina.page.keyboard.press("Escape")
    mina.page.get_by_role("link", name="Browse all rooms").click()
    row = mina.page.locator(".room-row", has_text="Founders")
    expect(row.get_by_role("img", name="private")).to_have_text("🌱")
    expect(row.locator(".locked .glyph")).to_be_visible()
