"""Replying to a message: the quote above the composer, above the reply, and where it leads."""

from playwright.sync_api import expect

from tests.browser.room.chatting import Chatter, Team

EDIT = """
from chat.services.messages import edit_message
edit_message(joon, message_id=general.messages.get(body="a question").pk, body="**another** question")
"""
DELETE = """
from chat.services.messages import delete_message
delete_message(joon, message_id=general.messages.get(position=1).pk)
"""

REPLY = """
from uuid import uuid4
from chat.services.messages import send_message
old = general.messages.get(position=3)
send_message(joon, room_id=general.pk, key=uuid4(), body="an answer", reply_to=old.pk)
general.memberships.update(last_read=121)
"""


def test_a_reply_quotes_its_message_and_follows_its_changes(team: Team) -> None:
    team.said("joon", "a question")
    mina, joon = team.visit("mina"), team.visit("joon")
    mina.message("a question").hover()
    mina.message("a question").get_by_role("button", name="Reply", exact=True).click()
    expect(mina.page.locator(".replying")).to_contain_text("Reply to Joon Lee")
    expect(mina.field).to_be_focused()
    mina.page.reload()
    expect(mina.page.locator(".replying")).to_contain_text("a question")
    mina.say("an answer")
    expect(mina.page.locator(".replying")).to_be_hidden()
    for person in (mina, joon):
        expect(person.message("an answer").locator(".quote")).to_have_accessible_name("In reply to Joon Lee a question")
    team.run(EDIT)
    for person in (mina, joon):
        expect(person.message("an answer").locator(".quote")).to_contain_text("another question")
    team.run(DELETE)
    for person in (mina, joon):
        expect(person.message("an answer").locator(".quote")).to_contain_text("Message deleted")
    mina.say("no reply")
    expect(joon.message("no reply").locator(".quote")).to_have_count(0)


def test_a_reply_is_begun_and_given_up_by_key(team: Team) -> None:
    team.said("joon", "a question")
    mina = team.visit("mina")
    mina.field.fill("half a thought")
    mina.message("a question").focus()
    mina.page.keyboard.press("r")
    expect(mina.page.locator(".replying")).to_be_visible()
    expect(mina.field).to_be_focused()
    expect(mina.field).to_have_value("half a thought")
    mina.page.keyboard.press("Escape")
    expect(mina.page.locator(".replying")).to_be_hidden()
    expect(mina.field).to_have_value("half a thought")


def test_the_quote_leads_to_the_message_however_old_it_is(team: Team) -> None:
    team.said("joon", *(f"message {number}" for number in range(1, 121)))
    team.run(REPLY)
    mina = team.visit("mina")
    mina.message("an answer").locator(".quote").click()
    expect(mina.page.locator("[data-position='3']")).to_be_focused()
    mina.page.go_back()
    expect(mina.message("an answer")).to_be_visible()


def test_a_reply_that_waits_for_a_connection_shows_its_quote_and_can_be_taken_back(team: Team) -> None:
    team.said("joon", "a question")
    mina: Chatter = team.visit("mina")
    mina.page.context.set_offline(True)
    mina.is_offline()
    mina.message("a question").focus()
    mina.page.keyboard.press("r")
    mina.say("an answer")
    expect(mina.message("an answer").locator(".quote")).to_contain_text("a question")
    mina.message("an answer").get_by_role("button", name="Edit").click()
    expect(mina.field).to_have_value("an answer")
    expect(mina.page.locator(".replying")).to_contain_text("a question")
