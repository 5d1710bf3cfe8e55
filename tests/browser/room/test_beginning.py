"""The beginning of a room, and what stands instead of the composer of an archived one."""

from playwright.sync_api import expect

from tests.browser.room.chatting import Chatter, Team

ARCHIVE = "from chat.services.rooms import archive_room\narchive_room(mina, room_id=general.pk)"
PRIVATE_ROOM = """
from chat.services.memberships import invite_member
from chat.services.rooms import create_room
room = create_room(mina, name="Founders", kind="private")
invite_member(mina, room_id=room.pk, user_id=joon.pk)
answer = room.get_absolute_url()
"""


def test_a_room_begins_with_who_made_it_and_who_may_find_it(team: Team, mina: Chatter) -> None:
    top = mina.page.locator("#top")
    expect(top.get_by_role("heading")).to_have_text("This is the beginning of General")
    expect(top).to_contain_text("Mina Kim created this room today. Everyone in Maple Studio may find and join it.")
    mina.open(team.run(PRIVATE_ROOM))
    expect(top).to_contain_text("Mina Kim created this room today. Only people who are invited know of it.")


def test_the_beginning_names_a_creator_who_has_left(team: Team, joon: Chatter) -> None:
    team.run(
        "from chat.services.memberships import leave_room, set_role\n"
        "set_role(mina, room_id=general.pk, user_id=joon.pk, role='owner')\nleave_room(mina, room_id=general.pk)"
    )
    joon.open(team.address)
    expect(joon.page.locator("#top")).to_contain_text("Mina Kim created this room today.")


def test_the_beginning_offers_what_the_reader_may_do(team: Team, mina: Chatter, joon: Chatter) -> None:
    expect(mina.page.locator("#top").get_by_role("link", name="Add people")).to_be_visible()
    expect(mina.page.locator("#top").get_by_role("link", name="Change topic")).to_be_visible()
    expect(joon.page.locator("#top").get_by_role("link", name="Add people")).to_be_visible()
    expect(joon.page.locator("#top").get_by_role("link", name="Change topic")).to_have_count(0)
    team.run(ARCHIVE)
    expect(mina.page.locator("#top .actions")).to_have_count(0)


def test_owners_reopen_an_archived_room_below_its_messages(team: Team, mina: Chatter, joon: Chatter) -> None:
    team.run(ARCHIVE)
    expect(joon.page.locator("#archived")).to_be_visible()
    expect(joon.page.get_by_role("button", name="Reopen")).to_be_hidden()
    mina.page.get_by_role("button", name="Reopen").click()
    expect(mina.field).to_be_visible()
    expect(joon.field).to_be_visible()


def test_the_button_reopens_the_room_that_is_shown(team: Team, mina: Chatter) -> None:
    team.new_room("Garden")
    team.run(ARCHIVE)
    mina.room_link("Garden").click()
    expect(mina.page.locator("#room-name")).to_contain_text("Garden")
    mina.page.locator(".rooms a", has_text="General").click()
    mina.page.get_by_role("button", name="Reopen").click()
    expect(mina.field).to_be_visible()
    expect(mina.page.locator("#room-name")).to_contain_text("General")
