"""Searching on the page of search, in words of what is done and seen there."""

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page

from tests.browser.room.chatting import Chatter, Team
from tests.harness.waiting import until

FOUND = """
from search.queries import newest, zone_of
from search.query import terms
from search.understanding import Reading
meaning = Reading({who}, zone_of({who}, None), None).read(terms({query!r}))
answer = len(newest({who}, meaning, below=None, limit=50).found)
"""


def furnished(team: Team) -> Team:
    """The two, with something to find in General and in another room."""
    kitchen = team.new_room("디자인 이야기")
    assert kitchen
    team.said("joon", "before the table", "the price table, version two", "thank you")
    team.said("mina", "가격은 첫 화면에 있어요", "nothing to see")
    team.run(
        "from uuid import uuid4\nfrom chat.services.messages import send_message\n"
        "room = Room.objects.filter(name='디자인 이야기').latest('pk')\n"
        "send_message(joon, room_id=room.pk, key=uuid4(), body='another price here')"
    )
    team.visit("joon")  # the server works in the background from its first visitor on
    indexed(team, "nothing", 1)
    return indexed(team, "price", 2)


def indexed(team: Team, query: str, count: int, *, who: str = "mina") -> Team:
    """Waits until as many messages as this can be found."""
    until(lambda: team.run(FOUND.format(who=who, query=query)) == count)
    return team


def search_page(team: Team, query: str = "", **options: object) -> Chatter:
    """Mina on the page of search."""
    return team.visit("mina", f"/search/{query}", **options)


def field(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Search messages, files, people and rooms")


def hits(page: Page) -> Locator:
    return page.locator(".hits > .hit")


def chips(page: Page) -> Locator:
    return page.locator(".search-query .chip")


def query_of(page: Page) -> str:
    """What the address searches for."""
    return parse_qs(urlsplit(page.url).query).get("q", [""])[0]


def username(team: Team, name: str) -> str:
    return str(team.run(f"answer = {name}.username"))
