"""Somebody on the room page, in words of what they do and see."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.room.backstage import Backstage
from tests.harness.services import Installation

TEAM = """
from chat.models import Space
from chat.services.memberships import join_room
from chat.services.rooms import create_room
from chat.services.spaces import create_space
from chat.services.system_lines import unwritten
from django.test import Client

if Space.objects.current() is None:
    create_space(name="Maple Studio", username="owner", display_name="Owner", password="correct horse")
number = User.objects.count()
mina = User.objects.create_user(username=f"mina{number}", display_name="Mina Kim")
joon = User.objects.create_user(username=f"joon{number}", display_name="Joon Lee")
general = create_room(mina, name="General")
with unwritten():
    join_room(joon, room_id=general.pk)
cookies = {}
for name, person in {"mina": mina, "joon": joon}.items():
    client = Client()
    client.force_login(person)
    cookies[name] = client.cookies["sessionid"].value
answer = {"mina": mina.pk, "joon": joon.pk, "general": general.pk}
answer |= {"address": general.get_absolute_url(), "cookies": cookies}
"""

NAMES = """
mina, joon = User.objects.get(pk={mina}), User.objects.get(pk={joon})
general = Room.objects.get(pk={general})
"""

MESSAGES = """
from uuid import uuid4
from chat.services.messages import send_message
for text in {texts!r}:
    send_message({author}, room_id=general.pk, key=uuid4(), body=text)
"""

NEW_ROOM = """
from chat.services.memberships import join_room
from chat.services.rooms import create_room
from chat.services.system_lines import unwritten
room = create_room(mina, name={name!r})
with unwritten():
    join_room(joon, room_id=room.pk)
answer = room.get_absolute_url()
"""


@dataclass
class Team:
    """Mina, who owns the room General, and Joon, who is in it; `visit` opens a browser as one of them.

    Every test has its own two and its own General, at `address`, so that tests can share a server.
    """

    installation: Installation
    backstage: Backstage
    new_context: Callable[..., BrowserContext]
    ids: dict[str, int]
    cookies: dict[str, str]
    address: str

    @classmethod
    def gather(
        cls, installation: Installation, backstage: Backstage, new_context: Callable[..., BrowserContext]
    ) -> "Team":
        """Create the two and their room."""
        made = backstage.run(TEAM)
        cookies, address = made.pop("cookies"), made.pop("address")
        return cls(installation, backstage, new_context, made, cookies, address)

    def browser(self, name: str, **options: object) -> BrowserContext:
        """A browser in which this person is signed in."""
        context = self.new_context(**options)
        context.add_cookies([{"name": "sessionid", "value": self.cookies[name], "url": "http://127.0.0.1"}])
        return context

    def visit(self, name: str, address: str = "", **options: object) -> "Chatter":
        """This person, in a browser of their own, in General or elsewhere, and live."""
        return self.tab(name, **options).open(address or self.address)

    def tab(self, name: str, **options: object) -> "Chatter":
        """This person, in a browser of their own, before any page is open."""
        return Chatter(self.browser(name, **options).new_page())

    def run(self, script: str) -> Any:
        """Something that happens on the site meanwhile; it knows `mina`, `joon`, `general` and all models."""
        return self.backstage.run(NAMES.format(**self.ids) + script)

    def said(self, name: str, *texts: str) -> None:
        """Messages in General that are in the database already."""
        self.run(MESSAGES.format(author=name, texts=texts))

    def new_room(self, name: str) -> str:
        """Another room with both of them in it: its address."""
        return str(self.run(NEW_ROOM.format(name=name)))


@dataclass
class Chatter:
    """One tab on the room page."""

    page: Page

    def open(self, address: str) -> "Chatter":
        """Go there and wait until the room is complete."""
        self.page.goto(address)
        self.is_live()
        return self

    def another_tab(self) -> "Chatter":
        """A second tab of the same browser, on the same page."""
        return Chatter(self.page.context.new_page()).open(self.page.url)

    @property
    def field(self) -> Locator:
        return self.page.locator("#field")

    @property
    def timeline(self) -> Locator:
        return self.page.locator("#timeline")

    @property
    def messages(self) -> Locator:
        return self.page.locator(".msg")

    @property
    def state(self) -> Locator:
        return self.page.locator("#state")

    def room_link(self, name: str) -> Locator:
        """A room in the sidebar."""
        return self.page.locator("#rooms a", has_text=name)

    def message(self, text: str) -> Locator:
        """The message that says this."""
        return self.page.locator(".msg", has_text=text)

    def say(self, *texts: str) -> None:
        """Write each and press Enter."""
        for text in texts:
            self.field.fill(text)
            self.field.press("Enter")

    def reads(self, *texts: str) -> None:
        """These and no other messages are in the timeline, in this order, none of them waiting for its ack."""
        expect(self.page.locator(".msg .body")).to_have_text(list(texts))
        expect(self.page.locator(".msg.pending")).to_have_count(0)

    def is_live(self) -> None:
        """The connection is open and the room complete."""
        expect(self.state).to_have_class("state live")

    def is_offline(self, text: str = "offline") -> None:
        """The page says that it is offline."""
        expect(self.state).to_have_text(text)

    def act(self, text: str, action: str) -> None:
        """Choose an action in a message's menu."""
        self.menu_of(text).locator(".item", has_text=action).first.click()

    def menu_of(self, text: str) -> Locator:
        """The open menu of a message."""
        self.message(text).hover()
        self.message(text).get_by_role("button", name="More actions").click()
        menu = self.page.get_by_role("menu", name="Message actions")
        expect(menu).to_be_visible()
        return menu

    def chip(self, text: str, emoji: str) -> Locator:
        """The button of a reaction to a message."""
        return self.message(text).locator(f".react[data-emoji='{emoji}']")
