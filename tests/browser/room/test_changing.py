"""Editing, deleting, and taking back a deletion."""

from playwright.sync_api import expect

from tests.browser.room.chatting import Chatter, Team


def test_arrow_up_in_the_empty_composer_edits_my_last_message(mina: Chatter, joon: Chatter) -> None:
    mina.say("first", "secnod")
    joon.reads("first", "secnod")
    joon.say("mine")
    mina.reads("first", "secnod", "mine")
    mina.field.press("ArrowUp")
    expect(mina.field).to_have_value("secnod")
    mina.say("second")
    for person in (mina, joon):
        person.reads("first", "second (edited)", "mine")


def test_escape_leaves_the_message_as_it_was_and_gives_the_draft_back(mina: Chatter) -> None:
    mina.say("said")
    mina.reads("said")
    mina.field.fill("a draft")
    mina.act("said", "Edit")
    expect(mina.field).to_have_value("said")
    mina.field.fill("changed")
    mina.field.press("Escape")
    expect(mina.field).to_have_value("a draft")
    mina.reads("said")


def test_a_deleted_message_leaves_a_tombstone(mina: Chatter, joon: Chatter) -> None:
    mina.page.clock.install()
    mina.say("oops")
    joon.reads("oops")
    mina.act("oops", "Delete")
    mina.reads("Message deleted Undo")
    joon.reads("oops")
    mina.page.clock.run_for(5_100)
    for person in (mina, joon):
        person.reads("Message deleted")


def test_a_deletion_can_be_taken_back(mina: Chatter, joon: Chatter) -> None:
    mina.page.clock.install()
    mina.say("still needed")
    joon.reads("still needed")
    mina.act("still needed", "Delete")
    mina.page.get_by_role("button", name="Undo").click()
    mina.page.clock.run_for(6_000)
    mina.say("and on")
    for person in (mina, joon):
        person.reads("still needed", "and on")


def test_a_deletion_by_key_leaves_the_focus_on_its_undo(mina: Chatter) -> None:
    mina.say("still needed")
    mina.reads("still needed")
    keys = mina.page.keyboard
    mina.timeline.focus()
    for key in ("ArrowUp", "Enter", "ArrowLeft", "Enter"):
        keys.press(key)
    expect(mina.page.get_by_role("button", name="Undo")).to_be_focused()
    keys.press("Enter")
    mina.reads("still needed")
    expect(mina.message("still needed")).to_be_focused()


def test_a_deletion_goes_out_when_the_page_goes(mina: Chatter, joon: Chatter) -> None:
    mina.say("oops")
    joon.reads("oops")
    mina.act("oops", "Delete")
    mina.page.goto("/rooms/")
    joon.reads("Message deleted")


def test_only_what_is_possible_is_offered(team: Team) -> None:
    team.said("mina", "of mina")
    team.said("joon", "of joon")
    mina, joon = team.visit("mina"), team.visit("joon")
    joon.message("of mina").hover()
    expect(joon.message("of mina").get_by_role("button")).to_have_count(1)
    joon.message("of joon").hover()
    expect(joon.message("of joon").get_by_role("button")).to_have_count(3)
    mina.message("of joon").hover()  # its owner moderates the room
    expect(mina.message("of joon").get_by_role("button", name="Delete")).to_be_visible()
    expect(mina.message("of joon").get_by_role("button", name="Edit")).to_be_hidden()


def test_a_message_that_cannot_be_sent_says_why_and_can_be_discarded(team: Team, mina: Chatter) -> None:
    team.installation.servers[0].stop()
    mina.say("too late")
    team.run("from chat.services.rooms import archive_room\narchive_room(mina, room_id=Room.objects.get().pk)")
    team.installation.servers[0].start()
    failed = mina.message("too late")
    expect(failed.get_by_role("alert")).to_contain_text("Not sent.")
    expect(mina.page.locator("#archived")).to_be_visible()
    failed.get_by_role("button", name="Discard").click()
    mina.reads()


def test_a_message_that_could_not_be_sent_goes_out_when_it_is_tried_again(team: Team, mina: Chatter) -> None:
    archive = "from chat.services import rooms\nrooms.{}_room(mina, room_id=Room.objects.get().pk)"
    team.installation.servers[0].stop()
    mina.say("patience")
    team.run(archive.format("archive"))
    team.installation.servers[0].start()
    expect(mina.message("patience").get_by_role("alert")).to_be_visible()
    team.run(archive.format("unarchive"))
    expect(mina.field).to_be_visible()
    mina.message("patience").get_by_role("button", name="Try again").click()
    mina.reads("patience")
