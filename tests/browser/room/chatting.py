"""Somebody on the room page, in words of what they do and see."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.services import Installation

PEOPLE = """
import json
from django.test import Client
from chat.models import Room, User
from chat.services.memberships import join_room
from chat.services.spaces import create_space

mina = create_space(name="Maple Studio", username="mina", display_name="Mina Kim", password="correct horse")
joon = User.objects.create_user(username="joon", display_name="Joon Lee", password="correct horse")
join_room(joon, room_id=Room.objects.get().pk)
cookies = {}
for person in (mina, joon):
    client = Client()
    client.force_login(person)
    cookies[person.username] = client.cookies["sessionid"].value
print(json.dumps(cookies))
"""

MESSAGES = """
from uuid import uuid4
from chat.models import Room, User
from chat.services.messages import send_message
author, room = User.objects.get(username={author!r}), Room.objects.get(slug={room!r})
for text in {texts!r}:
    send_message(author, room_id=room.pk, key=uuid4(), body=text)
"""


@dataclass
class Team:
    """Mina, who owns General, and Joon, who is in it; `visit` opens a browser as one of them."""

    installation: Installation
    cookies: dict[str, str]
    new_context: Callable[..., BrowserContext]

    @classmethod
    def gather(cls, installation: Installation, new_context: Callable[..., BrowserContext]) -> "Team":
        """Create the space and the two."""
        return cls(installation, json.loads(installation.python(PEOPLE).splitlines()[-1]), new_context)

    def browser(self, username: str, **options: object) -> BrowserContext:
        """A browser in which this person is signed in."""
        context = self.new_context(**options)
        context.add_cookies([{"name": "sessionid", "value": self.cookies[username], "url": "http://127.0.0.1"}])
        return context

    def visit(self, username: str, address: str = "/rooms/general/", **options: object) -> "Chatter":
        """This person, in a browser of their own, in a room, and live."""
        return Chatter(self.browser(username, **options).new_page()).open(address)

    def said(self, username: str, *texts: str, room: str = "general") -> None:
        """Messages that are in the database already."""
        self.installation.python(MESSAGES.format(author=username, room=room, texts=texts))

    def run(self, script: str) -> str:
        """Something that happens on the site meanwhile."""
        names = "from chat.models import *\nmina, joon = User.objects.order_by('pk')\n"
        return self.installation.python(names + script)


@dataclass
class Chatter:
    """One tab on the room page."""

    page: Page

    def open(self, address: str) -> "Chatter":
        """Go there and wait until the room is complete."""
        self.page.goto(address)
        self.is_live()
        return self

    def another_tab(self, address: str = "/rooms/general/") -> "Chatter":
        """A second tab of the same browser."""
        return Chatter(self.page.context.new_page()).open(address)

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
        """Use a button of a message's toolbar."""
        self.message(text).hover()
        self.message(text).get_by_role("button", name=action, exact=True).click()
