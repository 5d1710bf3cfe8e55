"""What a person sets on one device is the same on the other: favourites, notification levels, drafts."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.room.chatting import Chatter, Team


@pytest.fixture
def phone(team: Team) -> Chatter:
    """Mina in a second browser."""
    return team.visit("mina")


def favourites(chatter: Chatter) -> Locator:
    return chatter.page.locator("#favourites a .name")


def test_a_favourite_is_listed_first_on_every_device_and_after_a_reload(
    team: Team, mina: Chatter, phone: Chatter
) -> None:
    star = mina.page.get_by_role("button", name="Favourite")
    expect(mina.page.get_by_role("heading", name="Favourites")).to_be_hidden()
    star.focus()
    mina.page.keyboard.press("Enter")
    expect(star).to_have_attribute("aria-pressed", "true")
    for chatter in (mina, phone):
        expect(favourites(chatter)).to_have_text(["General"])
        expect(chatter.room_link("General")).to_have_count(0)
    expect(mina.page.get_by_role("list", name="Favourites")).to_be_visible()
    phone.page.reload()
    expect(favourites(phone)).to_have_text(["General"])
    phone.page.get_by_role("button", name="Favourite").click()
    for chatter in (mina, phone):
        expect(favourites(chatter)).to_have_count(0)
        expect(chatter.room_link("General")).to_have_count(1)


def test_a_link_that_moves_to_the_other_list_keeps_the_focus(mina: Chatter, phone: Chatter) -> None:
    mina.room_link("General").focus()
    phone.page.get_by_role("button", name="Favourite").click()
    expect(favourites(mina)).to_have_text(["General"])
    expect(mina.page.locator("#favourites a")).to_be_focused()
    phone.page.get_by_role("button", name="Favourite").click()
    expect(favourites(mina)).to_have_count(0)
    expect(mina.room_link("General")).to_be_focused()


def test_a_favourite_opens_in_place(team: Team, mina: Chatter) -> None:
    other = team.new_room("Kitchen")
    mina.page.get_by_role("button", name="Favourite").click()
    mina.open(other)
    mina.page.evaluate("window.isSamePage = true")
    favourites(mina).click()
    expect(mina.page.locator("#room-name")).to_contain_text("General")
    assert mina.page.evaluate("window.isSamePage")


@pytest.fixture
def three(team: Team) -> None:
    """Three rooms that are Mina's favourites."""
    for name in ("Kitchen", "Attic"):
        team.new_room(name)
    team.run(
        "from chat.services.person_items import set_item\n"
        "for room in Room.objects.of(mina):\n"
        "    set_item(mina, kind='favourite', key=str(room.pk), value=True)\n"
    )


def test_favourites_stand_from_a_to_z_until_the_keyboard_moves_them(three: None, mina: Chatter, phone: Chatter) -> None:
    expect(favourites(mina)).to_have_text(["Attic", "General", "Kitchen"])
    kitchen = mina.page.locator("#favourites a", has_text="Kitchen")
    kitchen.focus()
    for place, order in ((2, ["Attic", "Kitchen", "General"]), (1, ["Kitchen", "Attic", "General"])):
        mina.page.keyboard.press("Alt+Shift+ArrowUp")
        for chatter in (mina, phone):
            expect(favourites(chatter)).to_have_text(order)
        expect(kitchen).to_be_focused()
        expect(mina.page.locator("#favourites-section").get_by_role("status")).to_have_text(f"Kitchen: {place} of 3")
    mina.page.keyboard.press("Alt+Shift+ArrowDown")
    for chatter in (mina, phone):
        expect(favourites(chatter)).to_have_text(["Attic", "Kitchen", "General"])
    phone.page.reload()
    expect(favourites(phone)).to_have_text(["Attic", "Kitchen", "General"])


def test_favourites_are_moved_with_buttons(three: None, mina: Chatter, phone: Chatter) -> None:
    section = mina.page.locator("#favourites-section")
    down = section.get_by_role("button", name="Move Attic down")
    expect(down).to_be_hidden()
    section.get_by_role("button", name="Change the order").click()
    for order in (["General", "Attic", "Kitchen"], ["General", "Kitchen", "Attic"]):
        down.click()
        for chatter in (mina, phone):
            expect(favourites(chatter)).to_have_text(order)
        expect(down).to_be_focused()
    expect(down).to_have_attribute("aria-disabled", "true")
    section.get_by_role("button", name="Move Attic up").click()
    expect(favourites(mina)).to_have_text(["General", "Attic", "Kitchen"])
    section.get_by_role("button", name="Change the order").click()
    expect(down).to_be_hidden()


def test_the_order_changes_on_a_phone(three: None, team: Team) -> None:
    page = team.visit("mina", viewport={"width": 360, "height": 640}, has_touch=True).page
    page.locator("#drawer-open").tap()
    page.get_by_role("button", name="Change the order").tap()
    page.get_by_role("button", name="Move General up").tap()
    expect(page.locator("#favourites a .name")).to_have_text(["General", "Attic", "Kitchen"])


def test_what_a_person_kept_of_a_room_goes_when_they_are_removed(team: Team, three: None, phone: Chatter) -> None:
    joon = team.visit("joon")
    joon.page.get_by_role("button", name="Favourite").click()
    joon.field.press_sequentially("half a sen")
    joon.field.blur()
    expect(favourites(joon)).to_have_text(["General"])
    team.run(
        "import time\n"
        "until = time.monotonic() + 20\n"
        "while not PersonItem.objects.filter(user=joon, kind='draft').exists() and time.monotonic() < until: pass\n"
        "from chat.services.memberships import invite_member, remove_member\n"
        "remove_member(mina, room_id=general.pk, user_id=joon.pk)\n"
        "invite_member(mina, room_id=general.pk, user_id=joon.pk)\n"
    )
    expect(joon.room_link("General")).to_have_count(1)
    expect(favourites(joon)).to_have_count(0)
    joon.page.goto(team.address)
    joon.is_live()
    expect(joon.field).to_have_value("")


def test_a_favourite_that_is_refused_is_taken_back_and_the_reason_shown(team: Team, mina: Chatter) -> None:
    team.run(
        "from chat.services.item_kinds import FAVOURITES\n"
        "PersonItem.objects.bulk_create(\n"
        "    PersonItem(user=mina, kind='favourite', key=str(10**9 + n), value=True, revision=0)\n"
        "    for n in range(FAVOURITES)\n"
        ")\n"
    )
    star = mina.page.get_by_role("button", name="Favourite")
    star.click()
    expect(mina.page.locator("#note")).to_contain_text("You have reached the limit of favourites.")
    expect(star).to_have_attribute("aria-pressed", "false")
    expect(favourites(mina)).to_have_count(0)


def test_a_muted_room_is_quiet_in_the_title_and_in_the_list(team: Team, mina: Chatter) -> None:
    kitchen = team.new_room("Kitchen")
    team.run(
        "from chat.services.messages import send_message\nfrom uuid import uuid4\n"
        "room = Room.objects.filter(name='Kitchen').latest('pk')\n"
        "send_message(joon, room_id=room.pk, key=uuid4(), body='soup')\n"
    )
    expect(mina.page).to_have_title(re.compile("^• General"))
    settings = mina.page.context.new_page()
    settings.goto(f"{kitchen}settings/")
    settings.get_by_label("nothing").check()
    settings.get_by_role("group", name="Notify me of").locator("xpath=..").get_by_role("button", name="Save").click()
    expect(settings.get_by_text("Your notifications are saved.")).to_be_visible()
    expect(mina.page).to_have_title(re.compile(r"^General"))
    expect(mina.room_link("Kitchen")).to_have_class("muted")
    expect(mina.room_link("Kitchen").locator(".badge")).to_have_count(0)


def test_a_draft_continues_on_another_device(mina: Chatter, phone: Chatter) -> None:
    mina.field.press_sequentially("half a sen")
    mina.field.blur()
    expect(phone.field).to_have_value("half a sen")
    phone.field.press_sequentially("tence")
    phone.field.press("Enter")
    expect(phone.message("half a sentence")).to_be_visible()
    expect(mina.field).to_have_value("")


def test_what_is_being_typed_here_is_not_replaced_by_a_draft_from_elsewhere(mina: Chatter, phone: Chatter) -> None:
    phone.page.context.set_offline(True)
    phone.is_offline()
    phone.field.press_sequentially("typed on the train")
    mina.field.press_sequentially("typed at the desk")
    mina.field.blur()
    phone.page.context.set_offline(False)
    phone.is_live()
    expect(phone.field).to_have_value("typed on the train")
