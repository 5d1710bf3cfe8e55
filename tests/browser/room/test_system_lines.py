"""What happened in the room, between the messages: in words of the reader's language, folded, and never unread."""

from playwright.sync_api import expect

from tests.browser.room.chatting import Team

FRIENDS = """
from chat.services.memberships import invite_member, join_room, leave_room
from chat.services.system_lines import unwritten
for number, name in enumerate(("Ada Okafor", "최하은", "Sofia Reyes", "서준 Park")):
    friend = User.objects.create(username=f"{mina.username}-{number}", display_name=name, password="!")
    invite_member(mina, room_id=general.pk, user_id=friend.pk)
leave_room(friend, room_id=general.pk)
"""


def test_lines_are_folded_and_unfolded_live_and_in_the_language_of_each_reader(team: Team) -> None:
    team.said("joon", "hello")
    mina = team.visit("mina", locale="en-GB")
    joon = team.visit("joon", locale="ko-KR")
    team.run("from chat.services.rooms import update_room\nupdate_room(mina, room_id=general.pk, topic='All of us')")
    english, korean = mina.page.locator(".msg.system"), joon.page.locator(".msg.system")
    expect(english.first).to_contain_text("Mina Kim changed the topic to “All of us”")
    expect(korean.first).to_contain_text("Mina Kim 님이 주제를 “All of us”로 바꿨어요")

    team.run(FRIENDS)
    fold = english.nth(1)
    expect(fold.locator("summary")).to_contain_text(
        "Ada Okafor, 최하은 and 2 others joined, added by Mina Kim · 서준 Park left"
    )
    expect(korean.nth(1).locator("summary")).to_contain_text(
        "Mina Kim 님이 Ada Okafor 님, 최하은 님 외 2명을 초대했어요"
    )
    expect(fold.locator("li")).to_have_count(5)
    expect(fold.locator("li").first).to_be_hidden()

    # By keyboard, and it stays unfolded when another line arrives.
    mina.field.press("Escape")
    mina.message("hello").focus()
    for _ in range(2):
        mina.page.keyboard.press("ArrowDown")
    expect(fold).to_be_focused()
    mina.page.keyboard.press("Enter")
    mina.page.keyboard.press("Enter")
    expect(fold.locator("li").nth(1)).to_contain_text("최하은 joined, added by Mina Kim")
    team.run("from chat.services.memberships import leave_room\nleave_room(joon, room_id=general.pk)")
    expect(fold.locator("li")).to_have_count(6)
    expect(fold.locator("li").last).to_contain_text("Joon Lee left")
    expect(english).to_have_count(2)
    expect(joon.page.locator("#gone")).to_be_visible()


def test_what_happened_in_another_room_is_not_unread_and_the_list_says_it(team: Team) -> None:
    team.new_room("Garden")
    mina = team.visit("mina")
    mina.page.context.add_cookies([{"name": "excerpts", "value": "shown", "url": "http://127.0.0.1"}])
    mina.open(team.address)
    garden = mina.room_link("Garden")
    team.run(
        "from chat.services.rooms import update_room\n"
        "garden = Room.objects.of(mina).get(name='Garden')\n"
        "update_room(mina, room_id=garden.pk, name='Garden', topic='Tomatoes')\n"
    )
    expect(garden.locator(".excerpt")).to_have_text("Mina Kim changed the topic to “Tomatoes”")
    expect(garden.locator(".badge")).to_have_count(0)
    garden.click()
    expect(mina.page.locator(".msg.system")).to_have_count(1)
    expect(mina.page.locator(".unread-line")).to_have_count(0)
    mina.page.locator(".msg.system").focus()
    expect(mina.page.get_by_role("toolbar", name="Message actions")).to_have_count(0)
