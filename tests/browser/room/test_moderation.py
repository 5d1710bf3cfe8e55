"""Moderation as people meet it: rules of a room, slow mode, being muted, and reports."""

import re

from playwright.sync_api import expect

from tests.browser.room.chatting import Chatter, Team

CLOSE_REPORTS = """
from chat.models import Report
from chat.services.reports import act_on_reports
keeper = User.objects.create_superuser(f"keeper{mina.pk}", password="keeperkeeper")
act_on_reports(keeper, message_id=Report.objects.get(reporter=joon).message_id, outcome="dismissed")
"""

FOUNDERS = """
from chat.services.room_invitations import invite
from chat.services.rooms import create_room
founders = create_room(mina, name="Founders", kind="private")
invite(mina, room_id=founders.pk, user_id=joon.pk)
answer = founders.get_absolute_url()
"""

ACCEPT = """
from chat.models import RoomInvitation
from chat.services.room_invitations import accept
accept(joon, invitation_id=RoomInvitation.objects.get(user=joon).pk)
"""

END_THE_MUTE = """
from django.utils import timezone
from datetime import timedelta
from chat.services.sanctions import mute_member
mute_member(mina, room_id=general.pk, user_id=joon.pk, until=timezone.now() + timedelta(seconds=2))
"""


def choose(person: Chatter, rule: str, choice: str) -> None:
    """Change a rule in the details of the room."""
    panel = person.page.locator("#panel")
    row = panel.get_by_role("button", name=re.compile(f"^{rule}"))
    if row.get_attribute("aria-expanded") == "false":
        row.click()
    panel.get_by_role("radiogroup", name=rule).get_by_label(choice, exact=True).check()
    expect(row).to_contain_text(choice)


def test_rules_that_an_owner_sets_bind_the_others_at_once(team: Team) -> None:
    mina, joon = team.visit("mina"), team.visit("joon")
    mina.page.locator("#details-open").click()
    send = joon.page.locator("#send")

    # Slow mode: the button counts down, the field stays open, and Enter sends nothing.
    choose(mina, "Slow mode", "One message every 30 seconds")
    expect(joon.page.locator(".slow-hint")).to_have_text("One message every 30 seconds")
    joon.say("first")
    expect(send).to_have_text(re.compile(r"0:\d\d"))
    joon.say("second")
    expect(joon.field).to_have_value("second")
    expect(joon.page.locator(".msg .body")).to_have_text(["first"])
    mina.say("one", "two")  # an owner does not wait
    expect(joon.page.locator(".msg .body")).to_have_text(["first", "one", "two"])
    joon.page.reload()
    joon.is_live()
    expect(send).to_have_text(re.compile(r"0:\d\d"))

    # Without it, what was typed can be sent.
    choose(mina, "Slow mode", "Off")
    expect(send).to_have_attribute("aria-label", "Send")
    expect(joon.field).to_have_value("second")
    joon.field.press("Enter")
    expect(mina.message("second")).to_be_visible()

    # An announcement room: members read and react.
    choose(mina, "Who may write", "Moderators and owners")
    expect(joon.page.locator("#composer")).to_be_hidden()
    expect(joon.page.get_by_text("Only moderators and owners write in this room.")).to_be_visible()
    joon.message("two").hover()
    joon.page.locator(".toolbar .react-button").first.click()
    expect(mina.chip("two", "👍")).to_be_visible()
    choose(mina, "Who may write", "Everybody in the room")
    expect(joon.page.locator("#composer")).to_be_visible()


def test_a_moderator_mutes_a_person_who_reads_until_when_and_writes_again_after_it(team: Team) -> None:
    mina, joon = team.visit("mina"), team.visit("joon")
    mina.page.locator("#people-open").click()
    panel = mina.page.locator("#panel")
    panel.get_by_role("button", name=re.compile("Joon Lee or remove")).click()
    mina.page.get_by_role("menuitem", name="Mute for a time…").click()
    box = panel.locator(".question")
    expect(box.locator("select")).to_be_focused()
    expect(box).to_contain_text("Only they are notified.")
    box.get_by_role("button", name="Mute this person").click()
    expect(box).to_have_count(0)
    notice = joon.page.get_by_text("somebody who looks after it has muted you")
    expect(notice).to_be_visible()
    expect(joon.page.locator("#composer")).to_be_hidden()
    team.run(END_THE_MUTE)
    expect(notice).to_be_hidden()
    expect(joon.page.locator("#composer")).to_be_visible()


def test_a_message_is_reported_and_who_reported_it_hears_what_came_of_it(team: Team) -> None:
    team.said("mina", "Buy 10,000 followers")
    joon = team.visit("joon")
    joon.act("Buy 10,000", "Report to the administrators…")
    sheet = joon.page.get_by_role("dialog", name="Report this message")
    expect(sheet).to_contain_text("Buy 10,000 followers")
    expect(sheet.get_by_label("Advertising or spam")).to_be_focused()
    sheet.get_by_label("Something else").check()
    sheet.get_by_label("Anything to add (optional)").fill("Posted twice.")
    sheet.get_by_role("button", name="Send report").click()
    expect(sheet).to_be_hidden()
    note = joon.page.locator("#note")
    expect(note).to_contain_text("Thank you.")
    team.run(CLOSE_REPORTS)
    expect(note).to_contain_text("found nothing wrong with it")


def test_who_is_invited_into_a_private_room_is_listed_and_an_invitation_withdrawn_by_keyboard(team: Team) -> None:
    address = team.run(FOUNDERS)
    mina = team.visit("mina", address)
    mina.page.locator("#people-open").press("Enter")
    pending = mina.page.get_by_role("region", name="Invited · 1")
    expect(pending).to_contain_text("invited by Mina Kim")
    pending.get_by_role("button", name="Withdraw the invitation of Joon Lee").press("Enter")
    expect(pending).to_be_hidden()
    expect(mina.page.get_by_label("Find a person")).to_be_focused()

    # Somebody who is invited is listed at once, and no longer once they have accepted.
    mina.page.get_by_role("button", name="Invite somebody").press("Enter")
    mina.page.get_by_role("combobox").fill(str(team.run("answer = joon.username")))
    expect(mina.page.get_by_role("option")).to_have_count(1)
    mina.page.keyboard.press("ArrowDown")
    mina.page.keyboard.press("Enter")
    expect(pending).to_be_visible()
    team.run(ACCEPT)
    expect(mina.page.locator("#panel .people > ul li").filter(has_text="Joon Lee")).to_be_visible()
    expect(pending).to_be_hidden()
