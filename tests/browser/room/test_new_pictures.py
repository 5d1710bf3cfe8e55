"""A new name or picture, of oneself or of the space, is shown on open pages."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.room.chatting import Team

PICTURE = """
from chat.services import pictures
from tests.harness import images
{act}
"""


NEW_NAME = """
from chat.services.people import update_profile
update_profile(mina, display_name="최하은", time_zone="")
"""


def picture_of(place: Locator) -> Locator:
    return place.locator("img")


def test_a_new_picture_and_name_of_ones_own_are_shown_without_a_reload_beside_any_page(team: Team) -> None:
    page = team.visit("mina", "/profile/").page
    face = page.locator(".sidebar .me a")
    expect(picture_of(face)).to_have_count(0)
    team.run(PICTURE.format(act="pictures.set_picture(mina, data=images.image())"))
    expect(picture_of(face)).to_have_attribute("src", re.compile("/avatars/"))
    team.run(NEW_NAME)
    expect(face.locator(".name")).to_have_text("최하은")
    expect(face.locator(".name")).to_have_attribute("lang", "ko")
    team.run(PICTURE.format(act="pictures.remove_picture(mina)"))
    expect(face.locator(".avatar")).to_have_text("하은")
    page.locator("#space-menu-open").click()
    expect(page.get_by_role("menuitem", name=re.compile("최하은")).locator(".avatar")).to_have_text("하은")


def test_a_new_picture_of_the_space_is_shown_without_a_reload(team: Team) -> None:
    page = team.visit("mina").page
    space = page.locator(".space-name")
    owner = 'owner = User.objects.get(username="owner")\n'
    try:
        team.run(PICTURE.format(act=owner + "pictures.set_space_picture(owner, data=images.image())"))
        expect(picture_of(space)).to_have_attribute("src", re.compile("/space/"))
        expect(page.locator("link[rel=icon]")).to_have_attribute("href", re.compile("/space/"))
    finally:
        team.run(PICTURE.format(act=owner + "pictures.remove_space_picture(owner)"))
    expect(space.locator(".mark")).to_have_text("사")
    expect(page.locator("link[rel=icon]")).to_have_attribute("href", re.compile("favicon"))
