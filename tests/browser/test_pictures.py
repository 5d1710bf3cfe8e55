"""Choosing a picture in a real browser: with and without scripts, by keyboard, and removing it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page, expect

from tests.browser.axe import findings_in_every_look
from tests.browser.test_pages_by_hand import create_space
from tests.harness import images

NewContext = Callable[..., BrowserContext]


def half_red_half_blue() -> FilePayload:
    """A wide picture: blue at the left, red at the right."""
    return {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": images.turned()}


def photo(page: Page) -> None:
    page.get_by_label("New picture").set_input_files(half_red_half_blue())


def saved_colour(page: Page, x: int, y: int) -> str:
    """Whether the picture that the page shows is red or blue there, of 256 pixels."""
    image = page.locator(".identity img")
    expect(image).to_have_js_property("naturalWidth", 256)
    red, _green, blue = image.evaluate(
        """(image, [x, y]) => {
          const canvas = Object.assign(document.createElement("canvas"), {width: 256, height: 256});
          const context = canvas.getContext("2d");
          context.drawImage(image, 0, 0);
          return [...context.getImageData(x, y, 1, 1).data.slice(0, 3)];
        }""",
        [x, y],
    )
    return "red" if red > blue else "blue"


@pytest.fixture
def profile(page: Page) -> Page:
    """The profile page of the owner of a new space."""
    create_space(page)
    page.goto("/profile/")
    return page


def test_the_chosen_part_of_an_image_becomes_the_picture(profile: Page) -> None:
    expect(profile.locator(".crop")).to_be_hidden()
    photo(profile)
    stage = profile.get_by_role("group", name="Part of the picture that is used")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    assert box is not None
    profile.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    profile.mouse.down()
    profile.mouse.move(box["x"] + box["width"] / 2, box["y"] - box["height"], steps=5)
    profile.mouse.up()
    profile.get_by_role("button", name="Save the picture").click()
    expect(profile.get_by_text("Your picture is saved.")).to_be_visible()
    assert (saved_colour(profile, 128, 20), saved_colour(profile, 128, 236)) == ("red", "red")


def test_the_keyboard_moves_and_enlarges_the_picture(profile: Page) -> None:
    photo(profile)
    stage = profile.get_by_role("group", name="Part of the picture that is used")
    stage.focus()
    for _ in range(20):
        profile.keyboard.press("ArrowDown")
    profile.keyboard.press("Tab")
    zoom = profile.get_by_role("slider", name="Zoom")
    expect(zoom).to_be_focused()
    profile.keyboard.press("End")
    expect(zoom).to_have_value("4")
    profile.keyboard.press("Tab")
    profile.keyboard.press("Enter")
    expect(profile.get_by_text("Your picture is saved.")).to_be_visible()
    assert (saved_colour(profile, 128, 20), saved_colour(profile, 128, 236)) == ("blue", "blue")


def test_the_button_that_chooses_a_picture_is_ours_and_opens_the_chooser_of_the_browser(profile: Page) -> None:
    control = profile.get_by_role("button", name="New picture Choose a picture")
    shown = profile.get_by_text("Choose a picture")
    assert control.bounding_box() == shown.bounding_box()
    with profile.expect_file_chooser() as chooser:
        control.click()
    chooser.value.set_files(half_red_half_blue())
    expect(profile.get_by_text("me.jpg", exact=True)).to_be_visible()


def test_a_picture_is_removed(profile: Page) -> None:
    photo(profile)
    profile.get_by_role("button", name="Save the picture").click()
    profile.get_by_role("button", name="Remove the picture").click()
    expect(profile.get_by_text("Your picture is removed.")).to_be_visible()
    expect(profile.locator(".identity .avatar")).to_have_text("MK")
    expect(profile.get_by_role("button", name="Remove the picture")).to_have_count(0)


def test_an_image_that_the_browser_cannot_read_is_refused_in_words(profile: Page) -> None:
    profile.get_by_label("New picture").set_input_files(
        {"name": "me.png", "mimeType": "image/png", "buffer": b"<svg onload=alert(1)>"}
    )
    profile.get_by_role("button", name="Save the picture").click()
    expect(profile.get_by_text("choose a JPEG, PNG, WebP or GIF file")).to_be_visible()


def test_without_scripts_the_middle_of_an_image_becomes_the_picture(new_context: NewContext) -> None:
    page = new_context(java_script_enabled=False).new_page()
    create_space(page)
    page.goto("/profile/")
    photo(page)
    page.get_by_role("button", name="Save the picture").click()
    expect(page.get_by_text("Your picture is saved.")).to_be_visible()
    expect(page.locator(".identity img")).to_have_count(1)


def test_the_space_has_a_picture_that_visitors_see_too(profile: Page, new_context: NewContext) -> None:
    profile.goto("/space/picture/")
    photo(profile)
    profile.get_by_role("button", name="Save the picture").click()
    expect(profile.get_by_role("img", name="The present picture")).to_have_js_property("naturalWidth", 256)
    visitor = new_context().new_page()
    visitor.goto("/accounts/login/")
    expect(visitor.locator("img.mark")).to_have_js_property("naturalWidth", 96)


@pytest.mark.parametrize("path", ["/profile/", "/space/picture/"])
@pytest.mark.parametrize("locale", ["en-GB", "ko-KR"])
def test_axe_finds_nothing_while_a_picture_is_chosen(new_context: NewContext, path: str, locale: str) -> None:
    page = new_context(reduced_motion="reduce").new_page()
    create_space(page)
    page.context.add_cookies([{"name": "django_language", "value": locale[:2], "url": page.url}])
    page.goto(path)
    page.locator("input[type=file]").set_input_files(half_red_half_blue())
    expect(page.locator(".crop")).to_be_visible()
    expect(page.locator("[data-file-name]")).to_have_text("me.jpg")
    assert findings_in_every_look(page) == []
