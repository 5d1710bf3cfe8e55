"""What a screen reader reads in three flows: the accessibility tree, as text.

The trees name what must be there, in this order; more may stand between. Times and places of focus change.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.room.chatting import Chatter, Team

PASSWORD = "paper lantern 42"

SET_PASSWORD = f"""
mina.set_password({PASSWORD!r})
mina.save()
answer = mina.username
"""


def reads(page: Page, tree: str) -> None:
    """This is part of what the page reads."""
    expect(page.locator("body")).to_match_aria_snapshot(tree)


def test_signing_in_and_reading_a_room(team: Team) -> None:
    team.said("joon", "Good morning", "Lunch at twelve?")
    username = team.run(SET_PASSWORD)
    page = team.new_context().new_page()
    page.goto(team.address)
    reads(
        page,
        """
        - main:
          - link "Maple Studio"
          - heading "Sign in" [level=1]
          - text: Username or email
          - textbox "Username or email"
          - text: Password
          - textbox "Password"
          - button "Sign in"
        """,
    )
    page.get_by_label("Username or email").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    Chatter(page).is_live()
    reads(
        page,
        """
        - link "Skip to writing"
        - navigation "Rooms":
          - button "Maple Studio"
          - button /Search or jump to…/
          - heading "Rooms" [level=2]
          - list "Rooms":
            - listitem:
              - link "General"
          - link "Browse all rooms"
          - status: live
        - main:
          - heading "General" [level=1]
          - button "Favourite"
          - button /People \\d/
          - button "Room details"
          - log "Messages in General":
            - heading "This is the beginning of General" [level=2]
            - paragraph: /Mina Kim created this room today/
            - separator "Today"
            - separator "Unread from here"
            - article /Joon Lee, \\d+:\\d+/:
              - paragraph: Good morning
            - article /Joon Lee, \\d+:\\d+/:
              - paragraph: Lunch at twelve?
          - textbox "Message General"
          - button "Send"
        """,
    )


def test_writing_editing_and_deleting_a_message(team: Team, mina: Chatter) -> None:
    page, keys = mina.page, mina.page.keyboard
    mina.say("Good mornin")
    mina.reads("Good mornin")
    keys.press("ArrowUp")
    reads(
        page,
        """
        - main:
          - log:
            - article /Mina Kim/:
              - paragraph: Good mornin
          - paragraph:
            - text: Editing a message
            - button "Cancel"
          - textbox "Message General": Good mornin
          - button "Send"
        """,
    )
    mina.field.press_sequentially("g")
    keys.press("Enter")
    reads(
        page,
        """
        - log:
          - article /Mina Kim/:
            - paragraph:
              - text: Good morning
              - button "(edited)"
        """,
    )
    mina.timeline.focus()
    keys.press("ArrowUp")
    reads(
        page,
        """
        - article /Mina Kim/:
          - toolbar "Message actions":
            - button "React with 👍"
            - button "React with ❤️"
            - button "React with 👀"
            - button "Add a reaction"
            - separator
            - button "Reply"
            - button "More actions"
        """,
    )
    keys.press("Delete")
    reads(
        page,
        """
        - article /Mina Kim/:
          - paragraph:
            - text: Message deleted
            - button "Undo"
        """,
    )
    expect(page.locator("#announcer")).to_have_text(re.compile("deleted", re.IGNORECASE))


def test_opening_people_details_and_the_menu_and_coming_back(team: Team, mina: Chatter) -> None:
    page, keys = mina.page, mina.page.keyboard
    people = page.get_by_role("button", name=re.compile("^People"))
    people.press("Enter")
    reads(
        page,
        """
        - main:
          - button /People \\d/ [expanded]
        - complementary "People":
          - heading "People" [level=2]
          - paragraph: 2 people in General
          - button "Invite somebody"
          - button "Close"
          - searchbox "Find a person"
          - list "People":
            - listitem:
              - heading "Here · 1" [level=3]
            - listitem:
              - button /Mina Kim/
            - listitem:
              - heading "Away · 1" [level=3]
            - listitem:
              - button /Joon Lee/
        """,
    )
    keys.press("Escape")
    expect(people).to_be_focused()
    details = page.get_by_role("button", name="Room details")
    details.press("Enter")
    reads(
        page,
        """
        - main:
          - button "Room details" [expanded]
        - complementary "Room details":
          - heading "Room details" [level=2]
          - button "Close"
          - heading "For me" [level=3]
          - switch "Favourite"
          - switch "Mute"
          - heading "For everyone" [level=3]
        """,
    )
    keys.press("Escape")
    expect(details).to_be_focused()
    space = page.locator("#space-menu-open")
    space.press("Enter")
    reads(
        page,
        """
        - navigation "Rooms":
          - button "Maple Studio" [expanded]
        - menu "Maple Studio":
          - menuitem /Mina Kim Profile/
          - menuitem "Create a room"
          - group "Theme":
            - menuitemradio "Auto" [checked]
            - menuitemradio "Light"
            - menuitemradio "Dark"
          - group "Density"
          - group "Language":
            - menuitemradio "English" [checked]
            - menuitemradio "한국어"
          - menuitem "Sign out"
        """,
    )
    keys.press("Escape")
    expect(space).to_be_focused()
    expect(page.get_by_role("menu")).to_have_count(0)


@pytest.mark.parametrize("address", ["/rooms/", "/profile/"])
def test_the_pages_around_the_rooms_have_one_heading_and_one_main_part(team: Team, address: str) -> None:
    page = team.browser("mina").new_page()
    page.goto(address)
    expect(page.get_by_role("main")).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
