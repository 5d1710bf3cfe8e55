"""What a person is notified of outside the page: permission, the browser's notifications, and the settings of both."""

import re
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.room.chatting import Chatter, Team

PAGE = "/profile/notifications/"

# What the browser would show, in `notices`, and the answer that a person would give, which the browser keeps.
NOTIFICATIONS = """
window.notices = [];
window.Notification = class extends EventTarget {
  static get permission() { return localStorage.getItem("permission") ?? "default"; }
  static async requestPermission() {
    localStorage.setItem("asked", Number(localStorage.getItem("asked")) + 1);
    if (this.permission === "default") localStorage.setItem("permission", "granted");
    return this.permission;
  }
  constructor(title, { body, tag }) {
    super();
    for (const notice of window.notices) if (notice.tag === tag) notice.isClosed = true;
    Object.assign(this, { title, body, tag, isClosed: false });
    window.notices.push(this);
  }
  close() { this.isClosed = true; }
};
"""


def with_notifications(context: BrowserContext) -> Page:
    context.add_init_script(NOTIFICATIONS)
    return context.new_page()


def notices(*pages: Page) -> list[Any]:
    """Title and text of what all tabs show."""
    return [
        notice
        for page in pages
        for notice in page.evaluate("notices.filter((each) => !each.isClosed).map(({ title, body }) => [title, body])")
    ]


def show(page: Page, *expected: list[str]) -> None:
    """Wait until these are shown."""
    page.wait_for_function(
        """(expected) => JSON.stringify(notices.filter((each) => !each.isClosed)
          .map(({ title, body }) => [title, body])) === JSON.stringify(expected)""",
        arg=list(expected),
    )


def switch(page: Page, name: str) -> None:
    page.get_by_role("switch", name=name).focus()
    page.keyboard.press("Enter")


def test_one_tab_notifies_after_it_was_asked_to_until_the_message_is_read_anywhere(team: Team) -> None:
    kitchen = team.new_room("Kitchen")
    page = with_notifications(team.browser("mina"))
    page.goto(PAGE)
    expect(page.get_by_text("This device does not show notifications.")).to_be_visible()
    assert page.evaluate("localStorage.getItem('asked')") is None
    page.get_by_role("button", name="Notify me").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("This device shows notifications while")).to_be_visible()
    expect(page.get_by_role("button", name="Turn off")).to_be_focused()
    show(page, ["Notifications are on", "New messages look like this."])
    page.evaluate("notices.splice(0)")

    mina = Chatter(page)
    mina.room_link("General").click()
    mina.is_live()
    other = mina.another_tab()
    other.page.locator("#details-open").click()
    expect(other.page.locator("#panel")).to_be_visible()
    joon, joon_in_kitchen = team.visit("joon"), team.visit("joon", kitchen)
    joon.say("seen at once")
    expect(mina.message("seen at once")).to_be_visible()
    joon_in_kitchen.say("the soup is ||hot||")
    show(page, ["Joon Lee in Kitchen", "the soup is ▒▒▒"])
    expect(other.room_link("Kitchen").locator(".badge")).to_have_text("1")
    assert notices(page, other.page) == [["Joon Lee in Kitchen", "the soup is ▒▒▒"]]
    expect(page).to_have_title("• General · Maple Studio")
    expect(page.locator("link[rel=icon]")).to_have_attribute("href", re.compile("^data:image/png"))

    page.evaluate("notices[0].dispatchEvent(new Event('click'))")
    expect(page).to_have_url(re.compile(r"/1/$"))
    expect(mina.message("the soup is")).to_be_focused()
    show(page)
    expect(page).to_have_title("Kitchen · Maple Studio")
    expect(page.locator("link[rel=icon]")).not_to_have_attribute("href", re.compile("^data:"))

    mina.room_link("General").click()
    joon_in_kitchen.say("and ready")
    show(page, ["Joon Lee in Kitchen", "and ready"])
    team.visit("mina", kitchen)
    show(page)


def test_settings_are_the_same_on_all_devices_and_a_pause_silences_them(team: Team) -> None:
    team.new_room("Kitchen")
    phone = team.visit("mina")
    phone.page.locator("#details-open").click()
    level = phone.page.get_by_role("button", name="Notify me of")
    page = with_notifications(team.browser("mina"))
    mina = Chatter(page)
    page.goto(PAGE)
    page.get_by_role("button", name="Notify me").click()
    page.get_by_role("group", name="Notify me of").get_by_label("Nothing").check()
    expect(level).to_contain_text("My default (Nothing)")
    expect(phone.room_link("Kitchen")).to_have_class("muted")
    phone.page.get_by_role("switch", name="Mute").click()
    expect(level).to_contain_text("Every message")
    page.get_by_role("group", name="Notify me of").get_by_label("Every message").check()
    expect(phone.room_link("Kitchen")).not_to_have_class("muted")

    switch(page, "Play a sound")
    switch(page, "Quiet hours")
    page.get_by_label("From").fill("00:00")
    page.get_by_label("To", exact=True).fill("00:00")
    expect(page.get_by_role("alert")).to_have_text("The end must be another time than the beginning.")
    page.get_by_label("To", exact=True).fill("23:59")
    page.get_by_label("Sun").uncheck()
    expect(page.get_by_role("alert")).to_be_hidden()
    page.reload()
    expect(page.get_by_role("switch", name="Play a sound")).to_be_checked()
    expect(page.get_by_label("To", exact=True)).to_have_value("23:59")
    expect(page.get_by_label("Sun")).not_to_be_checked()
    expect(page.get_by_label("Mon")).to_be_checked()
    switch(page, "Quiet hours")
    expect(page.get_by_label("To", exact=True)).to_be_hidden()

    phone.page.close()
    team.said("joon", "before the pause")
    show(page, ["Joon Lee in General", "before the pause"])
    page.get_by_role("button", name="Pause until tomorrow").click()
    expect(page.get_by_text("Paused until")).to_be_visible()
    expect(page.get_by_role("button", name="Resume")).to_be_focused()
    team.said("joon", "during the pause")
    expect(mina.room_link("General").locator(".badge")).to_have_text("2")
    expect(page).to_have_title("• Notifications · Maple Studio")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Notifications are not paused.")).to_be_visible()
    team.said("joon", "after the pause")
    show(page, ["Joon Lee in General", "after the pause"])
    assert "during the pause" not in page.evaluate("notices.map(({ body }) => body)")

    page.evaluate("localStorage.setItem('permission', 'denied')")
    page.reload()
    expect(page.get_by_text("This browser blocks the notifications of this site.")).to_be_visible()
    expect(page.get_by_role("button", name="Notify me")).to_be_hidden()
