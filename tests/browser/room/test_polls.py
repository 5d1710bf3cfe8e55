"""Polls in the browser: asking in a sheet, voting with a click and by keyboard, and the results."""

import re
from typing import Any

from playwright.sync_api import Locator, expect

from tests.browser.room.chatting import Chatter, Team

ASK = """
from uuid import uuid4
from chat.protocol.commands import NewPoll
from chat.services.polls import send_poll
poll = NewPoll(choices={choices!r}, **{how!r})
answer = send_poll(mina, room_id=general.pk, key=uuid4(), body={question!r}, poll=poll).pk
"""

VOTE = """
from chat.services.polls import vote
vote({who}, message_id={message}, choices={choices!r})
"""


def ask(team: Team, question: str, *choices: str, **how: Any) -> int:
    return int(team.run(ASK.format(question=question, choices=list(choices), how=how)))


def vote(team: Team, who: str, message: int, *choices: int) -> None:
    team.run(VOTE.format(who=who, message=message, choices=list(choices)))


def option(person: Chatter, question: str, choice: str) -> Locator:
    return person.message(question).locator(".opt", has_text=choice)


def shows(person: Chatter, question: str, **votes: str) -> None:
    """The votes for each choice; those of one's own have a star."""
    for choice, expected in votes.items():
        found = option(person, question, choice)
        expect(found.locator("b")).to_have_text(expected.removesuffix("*"))
        expect(found.locator("input")).to_be_checked(checked=expected.endswith("*"))


def test_somebody_asks_in_a_sheet_and_both_vote_and_see_the_results(team: Team) -> None:
    mina, joon = team.visit("mina"), team.visit("joon")
    mina.page.get_by_role("button", name="Add", exact=True).click()
    mina.page.get_by_role("menuitem", name="Poll").click()
    sheet = mina.page.get_by_role("dialog", name="New poll")
    expect(sheet.get_by_role("textbox", name="Question")).to_be_focused()
    sheet.get_by_role("button", name="Send").click()
    expect(sheet.get_by_text("Write a question.")).to_be_visible()
    mina.page.keyboard.type("Launch lunch?")
    sheet.get_by_role("textbox", name="Choice 1").fill("평양냉면")
    sheet.get_by_role("button", name="Send").click()
    expect(sheet.get_by_text("Write at least two choices.")).to_be_visible()
    expect(sheet.get_by_role("textbox", name="Choice 2")).to_be_focused()
    mina.page.keyboard.type("Tacos")
    sheet.get_by_role("button", name="Add a choice").click()
    expect(sheet.get_by_role("textbox", name="Choice 4")).to_be_focused()
    sheet.get_by_role("button", name="Remove choice 4").click()
    mina.page.keyboard.press("Enter")
    expect(sheet).not_to_be_visible()
    for person in (mina, joon):
        expect(person.message("Launch lunch?").get_by_role("radio")).to_have_count(2)
    option(joon, "Launch lunch?", "Tacos").click()
    for person, tacos in ((joon, "1*"), (mina, "1")):
        shows(person, "Launch lunch?", 평양냉면="0", Tacos=tacos)
    expect(mina.message("Launch lunch?").locator("footer")).to_contain_text("1 of 2 voted")
    expect(mina.message("Launch lunch?").get_by_role("radio", name="Tacos, 1 vote: Joon Lee")).to_be_visible()
    option(joon, "Launch lunch?", "평양냉면").click()
    shows(mina, "Launch lunch?", 평양냉면="1", Tacos="0")
    joon.message("Launch lunch?").get_by_role("button", name="Withdraw my vote").click()
    shows(mina, "Launch lunch?", 평양냉면="0", Tacos="0")
    joon.page.reload()
    shows(joon, "Launch lunch?", 평양냉면="0", Tacos="0")
    expect(joon.message("Launch lunch?").get_by_role("button", name="Close the poll")).not_to_be_visible()
    mina.message("Launch lunch?").get_by_role("button", name="Close the poll").click()
    for person in (mina, joon):
        expect(person.message("Launch lunch?").locator("footer")).to_contain_text("Closed")
        expect(person.message("Launch lunch?").get_by_role("radio").first).to_be_disabled()


def test_by_keyboard_a_vote_is_moved_with_arrow_keys_and_several_are_set_with_space(team: Team) -> None:
    one = ask(team, "One?", "a", "b", "c")
    several = ask(team, "Several?", "d", "e", multiple=True)
    mina = team.visit("mina")
    mina.message("One?").focus()
    mina.page.keyboard.press("Tab")
    while mina.page.locator(":focus").get_attribute("type") != "radio":
        mina.page.keyboard.press("Tab")
    mina.page.keyboard.press("Space")
    mina.page.keyboard.press("ArrowDown")
    shows(mina, "One?", a="0", b="1*", c="0")
    expect(mina.message("One?").get_by_role("radio", name="b, 1 vote")).to_be_focused()
    mina.message("Several?").get_by_role("checkbox", name="d, 0 votes").focus()
    mina.page.keyboard.press("Space")
    mina.page.keyboard.press("Tab")
    mina.page.keyboard.press("Space")
    shows(mina, "Several?", d="1*", e="1*")
    expect(mina.message("Several?").locator("footer")).to_contain_text("Several choices")
    vote(team, "joon", several, 2)
    vote(team, "joon", one, 2)
    shows(mina, "Several?", d="1*", e="2*")
    shows(mina, "One?", b="2*")
    expect(mina.message("Several?").get_by_role("checkbox", name="e, 2 votes: Joon Lee")).to_be_focused()


def test_a_poll_closes_at_a_time_that_is_picked_in_the_time_zone_of_the_person(team: Team) -> None:
    team.run("User.objects.filter(pk=mina.pk).update(time_zone='America/New_York')")
    mina = team.visit("mina")
    mina.page.get_by_role("button", name="Add", exact=True).click()
    mina.page.get_by_role("menuitem", name="Poll").click()
    sheet = mina.page.get_by_role("dialog", name="New poll")
    for label, text in (("Question", "When?"), ("Choice 1", "now"), ("Choice 2", "later")):
        sheet.get_by_role("textbox", name=label).fill(text)
    at = sheet.get_by_label("Date and time (America/New York)")
    expect(at).to_be_hidden()
    sheet.get_by_label("Closes").select_option("At a time that I pick")
    expect(at).to_have_value(re.compile(r"^\d{4}-\d\d-\d\dT\d\d:00$"))
    picked = at.input_value()
    for wrong in ("2020-01-01T10:00", "2099-01-01T10:00", ""):
        at.fill(wrong)
        sheet.get_by_role("button", name="Send").click()
        expect(at).to_be_focused()
        expect(sheet.get_by_role("alert").filter(has_text="within a year")).to_be_visible()
    at.fill(picked)
    sheet.get_by_role("button", name="Send").click()
    expect(sheet).not_to_be_visible()
    expect(mina.message("When?").locator("footer")).to_contain_text(f", {picked[-5:]}")
    local = "from zoneinfo import ZoneInfo\nfrom chat.models import Poll\n"
    local += "closes = Poll.objects.get(message__room=general).closes_at\n"
    assert team.run(f"{local}answer = closes.astimezone(ZoneInfo('America/New_York')).isoformat()[:16]") == picked


def test_hidden_results_come_when_the_poll_is_closed(team: Team) -> None:
    asked = ask(team, "Who?", "me", "you", hidden=True, anonymous=True)
    joon = team.visit("joon")
    vote(team, "mina", asked, 1)
    option(joon, "Who?", "you").click()
    expect(joon.message("Who?").locator("footer")).to_contain_text("2 of 2 voted")
    expect(joon.message("Who?").locator("footer")).to_contain_text("Results are shown when it is closed")
    shows(joon, "Who?", me="", you="*")
    team.run(f"from chat.services.polls import close_poll\nclose_poll(mina, message_id={asked})")
    shows(joon, "Who?", me="1", you="1*")
    team.run(f"from chat.services.messages import delete_message\ndelete_message(mina, message_id={asked})")
    expect(joon.message("Message deleted").locator(".poll")).to_have_count(0)
