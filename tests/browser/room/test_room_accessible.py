"""axe finds no fault on the room page in any of its states, in either language, wide and narrow, light and dark."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.axe import HEIGHT, findings, findings_in_every_look
from tests.browser.room.chatting import Chatter, Team

FURNISH = """
from uuid import uuid4
from chat.protocol.commands import NewPoll
from chat.services import erasure, memberships, messages, pins, polls, reactions, room_invitations, rooms, threads
rooms.update_room(mina, room_id=general.pk, name="General", topic="색과 글자")
marked = "> **굵게** *기울여* `code`\\n- ||hidden||\\n```py\\nx = '1'  # 숫자\\n```\\n@" + mina.username + "님 #general"
for text in ("one\\n\\n    two", "https://example.com", marked, "안녕하세요", "gone"):
    last = messages.send_message(joon, room_id=general.pk, key=uuid4(), body=text)
messages.delete_message(joon, message_id=last.pk)
mine = messages.send_message(mina, room_id=general.pk, key=uuid4(), body="mine")
messages.edit_message(mina, message_id=mine.pk, body="mine, edited")
for emoji, people in (("👍", (mina, joon)), ("🎉", (joon,))):
    for person in people:
        reactions.react(person, message_id=mine.pk, emoji=emoji, on=True)
first = general.messages.filter(kind="text").first()
messages.send_message(joon, room_id=general.pk, key=uuid4(), body="a reply", reply_to=first.pk)
messages.send_message(joon, room_id=general.pk, key=uuid4(), body="a late reply", reply_to=last.pk)
pins.pin(joon, message_id=mine.pk, on=True)
for how in ({}, {"multiple": True, "hidden": True}):
    poll = NewPoll(choices=["평양냉면", "Tacos"], **how)
    asked = polls.send_poll(joon, room_id=general.pk, key=uuid4(), body="점심?", poll=poll)
    polls.vote(mina, message_id=asked.pk, choices=[1])
closed = NewPoll(choices=["예", "아니요"], anonymous=True)
asked = polls.send_poll(mina, room_id=general.pk, key=uuid4(), body="끝?", poll=closed)
polls.vote(joon, message_id=asked.pk, choices=[1])
polls.close_poll(mina, message_id=asked.pk)
for author, also in ((joon, False), (mina, True)):
    threads.reply_in_thread(
        author, room_id=general.pk, message_id=first.pk, key=uuid4(), body="in a thread", also_in_room=also
    )
for number in range(4):
    name = f"{mina.username}-friend{number}"
    friend = User.objects.create(username=name, display_name=f"친구 {number}", password="!")
    memberships.invite_member(mina, room_id=general.pk, user_id=friend.pk)
memberships.leave_room(friend, room_id=general.pk)
founders = rooms.create_room(mina, name="Founders", kind="private")
room_invitations.invite(mina, room_id=founders.pk, user_id=friend.pk)
gone = User.objects.create(username=f"{mina.username}-gone", display_name="서유나", password="!")
memberships.invite_member(mina, room_id=general.pk, user_id=gone.pk)
messages.send_message(gone, room_id=general.pk, key=uuid4(), body="written before")
erasure.erase(gone, user_id=gone.pk, own_messages="keep")
User.objects.filter(pk=mina.pk).update(is_staff=True)
"""

CONVERSATION = """
from uuid import uuid4
from chat.services.direct import send_direct
sent = send_direct(joon, people=[mina.pk], key=uuid4(), body="just you")
answer = Room.objects.get(pk=sent.room_id).get_absolute_url()
"""

FAVOURITES = """
from chat.services.person_items import set_item
for name in ("General", "Garden"):
    room = Room.objects.of(mina).get(name=name)
    set_item(mina, kind="favourite", key=str(room.pk), value=True)
"""

EMPTY_ROOM = """
from chat.services.rooms import create_room
answer = create_room(mina, name="첫 방").get_absolute_url()
"""


def with_a_toolbar(mina: Chatter) -> None:
    mina.message("mine").focus()
    expect(mina.page.get_by_role("toolbar")).to_be_visible()


def with_a_message_menu(mina: Chatter) -> None:
    with_a_toolbar(mina)
    mina.page.get_by_role("button", name=re.compile("^(More actions|더 보기)$")).click()
    expect(mina.page.locator("[id^=message-menu]")).to_be_visible()


def with_a_sheet(mina: Chatter) -> None:
    touch = {"pointerType": "touch", "bubbles": True}
    mina.message("mine").locator(".body").dispatch_event("pointerdown", touch)
    expect(mina.page.locator(".bottom-sheet")).to_be_visible()


def reading_who_reacted(mina: Chatter) -> None:
    mina.message("mine").focus()
    for _ in range(3):
        mina.page.keyboard.press("Tab")
    expect(mina.page.locator(".react:focus-visible .tip")).to_be_visible()


def reading_former_texts(mina: Chatter) -> None:
    mina.message("mine, edited").locator("button.edited").click()
    expect(mina.page.locator(".versions li")).to_have_count(2)


def voting(mina: Chatter) -> None:
    mina.message("점심?").first.locator(".poll input").first.focus()
    expect(mina.page.locator(".poll .chosen").first).to_be_visible()


def reading_who_has_not_read(mina: Chatter) -> None:
    mina.page.locator("#details-open").click()
    mina.page.locator(".unread-by").last.focus()
    expect(mina.page.locator(".unread-by .tip")).to_be_visible()


def making_a_poll(mina: Chatter) -> None:
    mina.page.locator("#add").click()
    mina.page.get_by_role("menuitem").last.click()
    mina.page.locator("dialog footer .button").last.click()
    expect(mina.page.locator("dialog [aria-invalid]")).to_be_visible()


def picking_when_a_poll_closes(mina: Chatter) -> None:
    mina.page.locator("#add").click()
    mina.page.get_by_role("menuitem").last.click()
    expect(mina.page.locator("#poll-closes")).to_be_visible()
    for field in mina.page.locator("dialog.sheet[open] input[type=text]").all():
        field.fill(f"{field.get_attribute('aria-label')}")
    mina.page.locator("#poll-closes").select_option("own")
    mina.page.locator("[name=closes_at]").fill("")
    mina.page.locator("dialog.sheet[open] footer .button").last.click()
    expect(mina.page.locator("[name=closes_at][aria-invalid]")).to_be_visible()


def replying(mina: Chatter) -> None:
    mina.message("mine").focus()
    mina.page.keyboard.press("r")
    expect(mina.page.locator(".replying")).to_be_visible()


def at_a_message(mina: Chatter) -> None:
    mina.open(mina.page.url + "2/")
    expect(mina.page.locator("[data-position='2']")).to_be_focused()
    # Chromium keeps the colours of an animation when the theme changes meanwhile. They are tested as a pair.
    expect(mina.page.locator("[data-linked]")).to_have_count(0)


def editing(mina: Chatter) -> None:
    mina.field.press("ArrowUp")
    expect(mina.page.locator("#editing")).to_be_visible()


def refusing_files(mina: Chatter) -> None:
    mina.page.locator("#note").evaluate("(note) => (note.textContent = 'You can’t send files here.')")
    mina.field.fill("x" * 10_001)
    mina.page.locator("#note").evaluate("(note) => (note.textContent = 'You can’t send files here.')")


def picking_an_emoji(mina: Chatter) -> None:
    mina.page.locator("#emoji-open").click()
    expect(mina.page.locator(".emoji-picker [role=option]").first).to_be_visible()
    mina.page.locator(".emoji-picker footer button").click()
    expect(mina.page.locator(".emoji-picker .tones")).to_be_visible()


def mentioning_somebody(mina: Chatter) -> None:
    mina.field.fill("@")
    expect(mina.page.locator(".suggestions [role=option]").first).to_be_visible()


def jumping(mina: Chatter) -> None:
    mina.page.keyboard.press("Control+k")


def finding_rooms_people_and_actions(mina: Chatter) -> None:
    jumping(mina)
    mina.page.locator("#palette-input").fill("n")
    expect(mina.page.locator("#palette-list").get_by_role("group")).to_have_count(3)


def finding_nothing(mina: Chatter) -> None:
    jumping(mina)
    mina.page.locator("#palette-input").fill("nothing like this")
    expect(mina.page.locator("#palette-nothing")).not_to_be_empty()


def reading_the_shortcuts(mina: Chatter) -> None:
    mina.timeline.focus()
    mina.page.keyboard.press("?")
    expect(mina.page.locator("#shortcuts")).to_be_visible()


def browsing_rooms(mina: Chatter) -> None:
    mina.page.locator(".browse").evaluate("(link) => link.click()")
    expect(mina.page.locator("#page .directory")).to_be_visible()


def browsing_people(mina: Chatter) -> None:
    mina.page.locator(".people-link").evaluate("(link) => link.click()")
    mina.page.locator("#page .mention-views a").last.click()
    expect(mina.page.locator("#page .people-table .presence").first).to_be_attached()


def setting_a_status(mina: Chatter) -> None:
    mina.page.locator("#space-menu-open").evaluate("(button) => button.click()")
    mina.page.locator("#status-open").evaluate("(button) => button.click()")
    expect(mina.page.locator("dialog.sheet .presets")).to_be_visible()


def reading_mentions(mina: Chatter) -> None:
    mina.page.locator(".inbox-link").evaluate("(link) => link.click()")
    mina.page.locator("#page .mention-views a").last.click()
    expect(mina.page.locator("#page .mentions .to-reader")).to_be_visible()


def having_no_mentions(mina: Chatter) -> None:
    mina.page.locator(".inbox-link").evaluate("(link) => link.click()")
    expect(mina.page.locator("#page .mention-views")).to_be_visible()


def reading_why_a_page_is_not_loaded(mina: Chatter) -> None:
    browsing_rooms(mina)
    mina.page.route("**/profile/", lambda route: route.abort())
    mina.page.locator(".me a").evaluate("(link) => link.click()")
    expect(mina.page.locator("#page .failed")).to_be_visible()
    mina.page.unroute("**/profile/")


def showing_people(mina: Chatter) -> None:
    mina.page.locator("#people-open").click()


def inviting_somebody(mina: Chatter) -> None:
    showing_people(mina)
    mina.page.locator("#panel").get_by_role("button", name=re.compile("^(Invite somebody|사람 초대하기)$")).click()
    expect(mina.page.get_by_role("combobox")).to_be_focused()


def choosing_a_role(mina: Chatter) -> None:
    showing_people(mina)
    mina.page.locator("#panel li [aria-haspopup=menu]").first.click()
    expect(mina.page.locator("[data-role=owner]")).to_be_visible()


def showing_details(mina: Chatter) -> None:
    mina.page.locator("#details-open").click()
    expect(mina.page.locator("#panel .details")).to_be_visible()


def editing_the_topic_and_asked_whether_to_leave(mina: Chatter) -> None:
    showing_details(mina)
    mina.page.locator("#panel textarea").fill("Another topic")
    mina.page.locator("#panel [aria-expanded]").first.click()
    mina.page.locator("#panel .details > div").last.locator("[aria-expanded]").first.click()
    expect(mina.page.locator(".question")).to_be_visible()


def changing_a_rule(mina: Chatter) -> None:
    showing_details(mina)
    mina.page.locator("#panel button.set", has_text=re.compile("^(Slow mode|천천히)")).click()
    expect(mina.page.locator("#panel [role=radiogroup]").last).to_be_visible()


def asked_how_long_to_mute_somebody(mina: Chatter) -> None:
    choosing_a_role(mina)
    mina.page.locator("#panel [role=menu] .item:not(.danger)").last.click()
    expect(mina.page.locator(".question select")).to_be_focused()


def reporting_a_message(mina: Chatter) -> None:
    mina.message("a late reply").focus()
    mina.page.locator(".toolbar [aria-haspopup=menu]").click()
    mina.page.locator("[data-action=report]:visible").click()
    expect(mina.page.locator("dialog .report-quote")).to_be_visible()


def seeing_who_is_invited(mina: Chatter) -> None:
    mina.room_link("Founders").first.evaluate("(link) => link.click()")
    expect(mina.page.locator("#room-name")).to_contain_text("Founders")
    mina.page.locator("#people-open").evaluate("(button) => button.click()")
    expect(mina.page.locator(".pending-people li")).to_have_count(1)


def unfolding_lines(mina: Chatter) -> None:
    mina.page.locator(".msg.system summary").last.click()
    expect(mina.page.locator(".msg.system li").first).to_be_visible()


def showing_pins(mina: Chatter) -> None:
    mina.page.locator("#pins-open").evaluate("(button) => button.click()")
    expect(mina.page.locator("#panel .pins li")).to_have_count(1)


def showing_no_pins(mina: Chatter) -> None:
    mina.room_link("Launch").first.evaluate("(link) => link.click()")
    expect(mina.page.locator("#room-name")).to_contain_text("Launch")
    mina.page.locator("#pins-open").evaluate("(button) => button.click()")
    expect(mina.page.locator("#panel .no-pins")).to_be_visible()


def reading_a_thread(mina: Chatter) -> None:
    mina.page.locator("#timeline .thread-row").first.evaluate("(row) => row.click()")
    expect(mina.page.locator("#panel .messages .msg")).to_have_count(2)


def beginning_a_thread(mina: Chatter) -> None:
    mina.message("mine").focus()
    mina.page.keyboard.press("t")
    expect(mina.page.locator("#panel .reply-count")).to_be_visible()


def at_a_reply_in_a_thread(mina: Chatter) -> None:
    reading_a_thread(mina)
    mina.page.locator("#panel .messages .msg").last.focus()
    expect(mina.page.locator("#panel").get_by_role("toolbar")).to_be_visible()


def making_a_room(mina: Chatter) -> None:
    mina.page.locator(".space [data-opens]").evaluate("(link) => link.click()")
    mina.page.get_by_role("dialog").locator("[type=submit], button").last.click()
    expect(mina.page.locator("dialog [aria-invalid]")).to_be_visible()


def inviting_people(mina: Chatter) -> None:
    mina.page.locator("#invite-people").evaluate("(link) => link.click()")
    mina.page.locator("dialog .sheet-form button:enabled").click()
    expect(mina.page.locator("dialog .qr")).to_be_visible()
    mina.page.locator(".links-line button").click()
    expect(mina.page.locator(".open-links")).to_be_visible()


def showing_a_profile_card(mina: Chatter) -> None:
    mina.page.locator(".msg .head [data-person]").first.click()
    expect(mina.page.get_by_role("dialog", name="Joon Lee")).to_be_visible()


def writing_a_new_message(mina: Chatter) -> None:
    mina.page.locator("[data-opens='new-message']").evaluate("(button) => button.click()")
    sheet = mina.page.locator("dialog.sheet[open]")
    sheet.get_by_role("combobox").fill("친구 0")
    expect(sheet.get_by_role("option")).not_to_have_count(0)
    sheet.get_by_role("combobox").press("Enter")
    sheet.get_by_role("combobox").fill("친구")
    expect(sheet.get_by_role("option")).not_to_have_count(0)
    expect(sheet.locator(".chip")).to_have_count(1)


def asked_whether_to_block_somebody(mina: Chatter) -> None:
    showing_a_profile_card(mina)
    mina.page.locator(".block-choice button").click()
    expect(mina.page.locator(".block-choice .question")).to_be_visible()


def ordering_favourites(mina: Chatter) -> None:
    expect(mina.page.locator("#favourites a")).to_have_count(2)
    mina.page.locator("#favourites-section .heading button").evaluate("(button) => button.click()")
    expect(mina.page.locator("#favourites [data-move]:not([hidden])")).to_have_count(4)


def offline(mina: Chatter) -> None:
    mina.page.context.set_offline(True)
    expect(mina.page.locator("#banner")).to_be_visible()
    mina.say("not sent yet")
    expect(mina.page.locator(".held")).to_be_visible()


# Each begins with a freshly loaded room. Add one line for another state.
STATES: list[Callable[[Chatter], None]] = [
    with_a_toolbar,
    with_a_message_menu,
    with_a_sheet,
    reading_who_reacted,
    reading_former_texts,
    voting,
    reading_who_has_not_read,
    making_a_poll,
    picking_when_a_poll_closes,
    replying,
    at_a_message,
    editing,
    refusing_files,
    picking_an_emoji,
    mentioning_somebody,
    jumping,
    finding_rooms_people_and_actions,
    finding_nothing,
    reading_the_shortcuts,
    browsing_rooms,
    browsing_people,
    setting_a_status,
    reading_mentions,
    having_no_mentions,
    reading_why_a_page_is_not_loaded,
    showing_people,
    inviting_somebody,
    choosing_a_role,
    showing_details,
    editing_the_topic_and_asked_whether_to_leave,
    changing_a_rule,
    asked_how_long_to_mute_somebody,
    reporting_a_message,
    seeing_who_is_invited,
    unfolding_lines,
    showing_pins,
    showing_no_pins,
    reading_a_thread,
    at_a_reply_in_a_thread,
    beginning_a_thread,
    making_a_room,
    inviting_people,
    showing_a_profile_card,
    writing_a_new_message,
    asked_whether_to_block_somebody,
    ordering_favourites,
    offline,
]


@pytest.fixture(params=["en-GB", "ko-KR"])
def mina(request: pytest.FixtureRequest, team: Team) -> Chatter:
    """Mina in a room with messages of every kind, in one of the languages."""
    team.run(FURNISH)
    team.new_room("Launch")
    team.new_room("Garden")
    team.run(FAVOURITES)
    return team.visit("mina", locale=request.param, reduced_motion="reduce")


@pytest.mark.parametrize("half", [0, 1])  # all of them take longer than a test may
def test_axe_finds_nothing_in_any_state_of_a_room(mina: Chatter, half: int) -> None:
    room = mina.page.url
    found = findings_in_every_look(mina.page)
    for state in STATES[half::2]:
        mina.open(room)
        state(mina)
        found += [f"{state.__name__}: {finding}" for finding in findings_in_every_look(mina.page)]
    assert not found, "\n".join(found)


def test_axe_finds_nothing_in_a_room_that_is_empty_archived_or_gone(team: Team, mina: Chatter) -> None:
    mina.open(team.run(EMPTY_ROOM))
    found = [f"empty: {finding}" for finding in findings_in_every_look(mina.page)]
    mina.open(team.address)
    team.run("from chat.services.rooms import archive_room\narchive_room(mina, room_id=general.pk)")
    expect(mina.page.locator("#archived")).to_be_visible()
    found += [f"archived: {finding}" for finding in findings_in_every_look(mina.page)]
    team.run("from chat.services.memberships import leave_room\nleave_room(mina, room_id=general.pk)")
    expect(mina.page.locator("#gone")).to_be_visible()
    found += [f"gone: {finding}" for finding in findings_in_every_look(mina.page)]
    assert not found, "\n".join(found)


def test_axe_finds_nothing_in_a_conversation_that_is_closed_or_beside_folded_messages(
    team: Team, mina: Chatter
) -> None:
    address = team.run(CONVERSATION)
    mina.open(address)
    expect(mina.messages).to_have_count(1)
    found = [f"conversation: {finding}" for finding in findings_in_every_look(mina.page)]
    team.run("from chat.services.blocks import set_block\nset_block(mina, user_id=joon.pk, on=True)")
    expect(mina.page.locator("#archived + .archived-note")).to_be_visible()
    found += [f"closed: {finding}" for finding in findings_in_every_look(mina.page)]
    mina.open(team.address)
    expect(mina.page.locator(".msg.gone").first).to_be_visible()
    found += [f"folded: {finding}" for finding in findings_in_every_look(mina.page)]
    assert not found, "\n".join(found)


BOUND = [
    "change_rules(mina, room_id=general.pk, slow_seconds=3600)",
    "mute_member(mina, room_id=general.pk, user_id=joon.pk, until=timezone.now() + timedelta(hours=1))",
    "unmute_member(mina, room_id=general.pk, user_id=joon.pk)",
    "change_rules(mina, room_id=general.pk, slow_seconds=0, who_posts='moderators')",
]
RULES = """
from datetime import timedelta
from django.utils import timezone
from chat.services.room_rules import change_rules
from chat.services.sanctions import mute_member, unmute_member
"""


@pytest.mark.parametrize("locale", ["en-GB", "ko-KR"])
def test_axe_finds_nothing_where_a_rule_keeps_the_reader_from_writing(team: Team, locale: str) -> None:
    joon = team.visit("joon", locale=locale, reduced_motion="reduce")
    note = ".archived-note:not([hidden])"
    signs = (".slow-hint", note, "#composer", note)
    found = []
    for change, sign in zip(BOUND, signs, strict=True):
        team.run(RULES + change)
        expect(joon.page.locator(sign).first).to_be_visible()
        if sign == ".slow-hint":
            joon.say("first")
            joon.field.fill("second")
            expect(joon.page.locator("#send.counting")).to_be_visible()
        found += [f"{sign}: {finding}" for finding in findings_in_every_look(joon.page)]
    assert not found, "\n".join(found)


def test_axe_finds_nothing_in_the_drawer_of_a_narrow_page(mina: Chatter) -> None:
    mina.page.set_viewport_size({"width": 360, "height": HEIGHT})
    mina.page.locator("#drawer-open").click()
    expect(mina.room_link("Launch")).to_be_visible()
    assert findings(mina.page) == []


def test_current_unread_and_other_rooms_differ_where_the_system_chooses_the_colours(team: Team) -> None:
    team.new_room("Quiet")
    team.new_room("Lively")
    team.run(
        "from uuid import uuid4\nfrom chat.services.messages import send_message\n"
        "send_message(joon, room_id=Room.objects.filter(name='Lively').latest('pk').pk, key=uuid4(), body='hey')"
    )
    page = team.visit("mina", forced_colors="active").page
    looks = {
        name: page.locator("#rooms a", has_text=name).evaluate(
            "(link) => [getComputedStyle(link).backgroundColor, getComputedStyle(link).fontWeight].join()"
        )
        for name in ("General", "Lively", "Quiet")
    }
    assert len(set(looks.values())) == 3, looks
