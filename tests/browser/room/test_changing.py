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
    for key in ("ArrowUp", "Enter", "ArrowLeft", "Enter"):  # into the toolbar, to its last button
        keys.press(key)
    expect(mina.page.get_by_role("menuitem", name="Edit")).to_be_focused()
    for key in ("ArrowDown", "Enter"):
        keys.press(key)
    expect(mina.page.get_by_role("button", name="Undo")).to_be_focused()
    keys.press("Enter")
    mina.reads("still needed")
    expect(mina.message("still needed")).to_be_focused()


def test_a_pending_deletion_is_sent_when_the_page_is_left(mina: Chatter, joon: Chatter) -> None:
    mina.say("oops")
    joon.reads("oops")
    mina.act("oops", "Delete")
    mina.page.goto("/rooms/")
    joon.reads("Message deleted")


REOPEN = """
const more = document.querySelector(".toolbar .more");
if (more.getAttribute("aria-expanded") === "true") more.click();
more.click();
"""
"""Opens the menu of the message under the pointer again, so that it shows what is possible now."""


def offered(person: Chatter, text: str) -> list[str | None]:
    """The actions in the menu of a message."""
    items = person.menu_of(text).locator(".item").all()
    actions = [item.get_attribute("data-action") for item in items]
    person.page.keyboard.press("Escape")
    return actions


def test_only_what_is_possible_is_offered(team: Team) -> None:
    team.said("mina", "of mina")
    team.said("joon", "of joon")
    mina, joon = team.visit("mina"), team.visit("joon")
    others = ["reply", "thread", "react", "copy", "link", "pin", "unread", "readers", "report"]
    assert offered(joon, "of mina") == others
    assert offered(joon, "of joon") == ["edit", "delete", *others[:-1]]
    assert offered(mina, "of joon") == ["delete", *others]  # its owner moderates the room


def test_a_new_moderator_is_offered_to_delete_messages_of_others_without_a_reload(team: Team) -> None:
    team.said("mina", "of mina")
    joon = team.visit("joon")
    assert "delete" not in offered(joon, "of mina")
    give = (
        "from chat.services.memberships import set_role\nset_role(mina, room_id=general.pk, user_id=joon.pk, role={!r})"
    )
    deletions = "document.querySelectorAll('[id^=message-menu] [data-action=delete]').length"
    for role, count in [("moderator", 1), ("member", 0)]:
        team.run(give.format(role))
        joon.page.wait_for_function(f"() => {{ {REOPEN}; return {deletions} === {count}; }}")


def test_a_draft_outlives_a_reload(mina: Chatter) -> None:
    mina.field.fill("half a thought")
    mina.page.reload()
    expect(mina.field).to_have_value("half a thought")


def test_a_removed_member_sees_a_notice_and_can_no_longer_write(team: Team, joon: Chatter, mina: Chatter) -> None:
    mina.say("hello")
    joon.reads("hello")
    mina.page.goto(f"{team.address}settings/")
    mina.page.locator("li", has_text="Joon Lee").locator("summary").click()
    mina.page.get_by_role("button", name="Remove from the room").click()
    expect(joon.page.locator("#gone")).to_contain_text("You are no longer in this room.")
    expect(joon.field).to_be_hidden()
    expect(joon.page.locator("#rooms a")).to_have_count(0)
