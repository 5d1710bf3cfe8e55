"""People, rooms and sessions in an installation, and what they do over HTTP."""

import contextlib
import http.client
import json
import sqlite3
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import psycopg

from tests.harness.services import SQLITE_FILE, Installation, Server
from tests.harness.socket_client import ChatClient

CSRF = "c" * 32

# mina owns the space, and with it General; joon is in General and Founders; stranger is in no room.
CREATE = """
import json
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.management import call_command
from chat.models import Room, User
from chat.services.memberships import invite_member, join_room, leave_room
from chat.services.rooms import create_room
from chat.services.spaces import create_space
from chat.services.system_lines import unwritten

# Nobody signs in with these passwords, and the site's own hasher takes half a second of a core for each.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
Store = import_module(settings.SESSION_ENGINE).SessionStore

def session(user):
    store = Store()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return store.session_key

mina = create_space(name="Sarangbang", username="mina", display_name="Mina", password="mina-mina-mina")
people = [mina]
for name in ["joon", "stranger", *EXTRA]:
    people.append(User.objects.create(username=name, display_name=name.title(), password="!"))
general = Room.objects.get()
founders = create_room(mina, name="Founders", kind="private")
Room.objects.filter(pk=founders.pk).update(slug="founders")
with unwritten():
    for user in people[1:]:
        if user.username != "stranger":
            join_room(user, room_id=general.pk)
    invite_member(mina, room_id=founders.pk, user_id=people[1].pk)
    for number in range(ROOMS):
        room = create_room(mina, name=f"Room {number}")
        join_room(people[1], room_id=room.pk)
print(json.dumps({
    "users": {user.username: user.pk for user in people},
    "sessions": {user.username: session(user) for user in people},
    "rooms": {room.slug: room.pk for room in Room.objects.all()},
}))
"""


@dataclass
class Team:
    """Who is there, by username, and which rooms, by slug."""

    installation: Installation
    users: dict[str, int]
    sessions: dict[str, str]
    rooms: dict[str, int]

    @property
    def general(self) -> int:
        """The public room that mina and joon are in."""
        return self.rooms["general"]

    @property
    def founders(self) -> int:
        """The private room that mina and joon are in."""
        return self.rooms["founders"]

    def execute(self, statement: str) -> None:
        """Run one SQL statement on the installation's database."""
        url = self.installation.env["DATABASE_URL"]
        if url:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(statement)
        else:
            with contextlib.closing(sqlite3.connect(self.installation.directory / SQLITE_FILE)) as connection:
                connection.execute(statement)
                connection.commit()

    def client(self, server: Server, username: str, **options: Any) -> ChatClient:
        """A socket of this person; enter it."""
        return ChatClient(server.socket_url, self.sessions[username], **options)

    def post(self, server: Server, username: str, path: str, **fields: Any) -> http.client.HTTPResponse:
        """What a form of the site does; asserts that the server took it."""
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=15)
        try:
            connection.request(
                "POST",
                path,
                urlencode(fields),
                {
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Cookie": f"sessionid={self.sessions[username]}; csrftoken={CSRF}",
                    "X-CSRFToken": CSRF,
                },
            )
            response = connection.getresponse()
            response.read()
        finally:
            connection.close()
        assert response.status in (200, 302), response.status
        return response


def create_team(installation: Installation, *extra: str, rooms: int = 0) -> Team:
    """Found the space: mina, joon, stranger and `extra` people, who are all in General, and `rooms` more rooms."""
    printed = installation.python(f"EXTRA, ROOMS = {list(extra)!r}, {rooms!r}\n{CREATE}")
    return Team(installation, **json.loads(printed.splitlines()[-1]))
