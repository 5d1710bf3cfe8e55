"""Previews of links in the browser: cards below a message, which their author and moderators remove."""

from playwright.sync_api import Locator, expect

from tests.browser.axe import findings_in_every_look
from tests.browser.room.chatting import Chatter, Team

KNOWN = """
from uuid import uuid4
from chat.services.messages import send_message
from files.decoding.inspection import make_thumbnail
from previews import images
from previews.models import PreviewedPage, digest_of
from tests.harness.images import image
about = "Open a calendar, share a link, get paid. No meetings about meetings."
for url, title in {pages!r}:
    page = PreviewedPage(digest=digest_of(url), title=title, description=about, site="Pages")
    if {has_image}:
        picture = make_thumbnail(image(1200, 630, colour=(47, 111, 98)))
        images.store(page.pk, picture.content)
        page.width, page.height, page.blur = picture.width, picture.height, picture.blur
    page.save()
send_message({author}, room_id=general.pk, key=uuid4(), body={body!r})
"""
"""A message whose links lead to pages that were read not long ago."""

URL, OTHER = "https://192.0.2.1/leaf", "https://192.0.2.1/other"


def say(team: Team, author: str, *titles: str, has_image: bool = True) -> None:
    pages = list(zip((URL, OTHER), titles, strict=False))
    body = "The new page: " + " ".join(url for url, _title in pages)
    team.run(KNOWN.format(author=author, body=body, pages=pages, has_image=has_image))


def cards(person: Chatter) -> Locator:
    return person.page.locator(".link-card")


def test_a_link_has_a_card_with_a_picture_that_leads_to_the_page(team: Team) -> None:
    joon = team.visit("joon")
    say(team, "mina", "Leaf: bookings for small studios")
    expect(cards(joon)).to_have_count(1)
    link = cards(joon).get_by_role("link", name="Leaf: bookings for small studios")
    expect(link).to_have_attribute("href", URL)
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow ugc")
    expect(cards(joon)).to_contain_text("192.0.2.1 · Pages")
    picture = cards(joon).locator("img")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") == 480
    expect(cards(joon).get_by_role("button")).to_have_count(0)


def test_its_author_removes_a_card_at_once_and_for_everybody(team: Team) -> None:
    mina, joon = team.visit("mina"), team.visit("joon")
    say(team, "joon", "One", "Two")
    expect(cards(joon)).to_have_count(2)
    cards(joon).first.hover()
    cards(joon).first.get_by_role("button", name="Remove the preview: One").click()
    for person in (joon, mina):
        expect(cards(person)).to_have_count(1)
        expect(cards(person)).to_contain_text("Two")
    cards(mina).first.hover()
    cards(mina).get_by_role("button", name="Remove the preview: Two").click()
    for person in (joon, mina):
        expect(cards(person)).to_have_count(0)
    joon.page.reload()
    expect(joon.message("The new page")).to_be_visible()
    expect(cards(joon)).to_have_count(0)


def test_cards_are_removed_by_keyboard_and_in_the_menu(team: Team) -> None:
    joon = team.visit("joon")
    say(team, "joon", "One", "Two")
    expect(cards(joon).locator("img")).to_have_count(2)
    joon.message("The new page").focus()
    remove = joon.page.get_by_role("button", name="Remove the preview: One")
    while not remove.evaluate("button => button === document.activeElement"):
        joon.page.keyboard.press("Tab")
    expect(remove).to_have_css("opacity", "1")
    joon.page.keyboard.press("Enter")
    expect(cards(joon)).to_have_count(1)
    expect(joon.message("The new page")).to_be_focused()
    joon.act("The new page", "Remove the previews of links")
    expect(cards(joon)).to_have_count(0)


def test_cards_of_hostile_pages_stay_in_their_box(team: Team) -> None:
    joon = team.visit("joon", viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    say(team, "joon", "\u202egnp.exe <img src=x onerror=alert(1)> " + "W" * 150, "가" * 200, has_image=False)
    expect(cards(joon)).to_have_count(2)
    expect(cards(joon).first.get_by_role("link")).to_contain_text("<img src=x")
    for card in cards(joon).all():
        box = card.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 360
        assert box["height"] < 120
    assert joon.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_card_goes_with_its_message(team: Team) -> None:
    joon = team.visit("joon")
    say(team, "mina", "One", has_image=False)
    expect(cards(joon)).to_have_count(1)
    team.run(
        "from chat.services.messages import delete_message\n"
        "delete_message(mina, message_id=general.messages.filter(kind='text').last().pk)"
    )
    expect(cards(joon)).to_have_count(0)


def test_cards_are_accessible_in_every_look(team: Team) -> None:
    joon = team.visit("joon")
    say(team, "joon", "Leaf: bookings for small studios", "두 번째 링크의 제목")
    expect(cards(joon).locator("img")).to_have_count(2)
    cards(joon).first.hover()
    assert findings_in_every_look(joon.page) == []
