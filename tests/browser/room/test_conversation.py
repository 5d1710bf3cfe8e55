"""Two people talk, live."""

from playwright.sync_api import Dialog, expect

from tests.browser.room.chatting import Chatter, Team


def test_a_message_appears_at_once_for_the_other_person(mina: Chatter, joon: Chatter) -> None:
    mina.say("Good morning")
    joon.reads("Good morning")
    joon.say("좋은 아침이에요!")
    for person in (mina, joon):
        person.reads("Good morning", "좋은 아침이에요!")


def test_line_breaks_are_kept_and_links_can_be_followed(mina: Chatter, joon: Chatter) -> None:
    mina.field.press_sequentially("one")
    mina.field.press("Shift+Enter")
    mina.field.press_sequentially("two https://example.com/a?b=c&d")
    mina.field.press("Enter")
    body = joon.messages.locator(".body")
    expect(body.locator("br")).to_have_count(1)
    expect(body.locator("a")).to_have_attribute("href", "https://example.com/a?b=c&d")
    expect(body.locator("a")).to_have_attribute("rel", "noopener noreferrer nofollow ugc")


def test_what_is_typed_never_becomes_markup(mina: Chatter, joon: Chatter) -> None:
    dialogs: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    for person in (mina, joon):
        person.page.on("dialog", dismiss)
    attempts = (
        "<img src=x onerror=alert(1)>",
        "<script>alert(2)</script>",
        '"><svg onload=alert(3)>',
        "javascript:alert(4)",
        "<a href='javascript:alert(5)'>x</a>",
        "{{constructor.constructor('alert(6)')()}}",
    )
    mina.say(*attempts)
    for person in (mina, joon):
        person.reads(*attempts)
        expect(person.messages.locator(".body :not(p, br)")).to_have_count(0)
    assert dialogs == []


def test_names_of_people_and_rooms_never_become_markup(team: Team) -> None:
    team.run(
        "from chat.services.rooms import update_room\n"
        "User.objects.filter(pk=joon.pk).update(display_name='<b onclick=x>Joon</b>')\n"
        "update_room(mina, room_id=general.pk, name='<i>General</i>', topic='<u>topic</u>')"
    )
    team.said("joon", "hello")
    mina = team.visit("mina")
    expect(mina.messages.locator(".head b")).to_have_text("<b onclick=x>Joon</b>")
    expect(mina.page.locator("#room-name .name")).to_have_text("<i>General</i>")
    expect(mina.page.locator("#room-about")).to_contain_text("<u>topic</u>")


def test_one_sees_that_the_other_types_until_they_have_said_it(mina: Chatter, joon: Chatter) -> None:
    typing = mina.page.locator("#typing")
    joon.field.press_sequentially("hm")
    expect(typing).to_have_text("Joon Lee is typing…")
    joon.field.press("Enter")
    expect(typing).to_have_text("")


def test_messages_of_one_author_are_grouped(mina: Chatter, joon: Chatter) -> None:
    mina.say("one", "two")
    joon.reads("one", "two")
    joon.say("three")
    mina.reads("one", "two", "three")
    assert [mina.message(text).locator(".head b").count() for text in ("one", "two", "three")] == [1, 0, 1]
