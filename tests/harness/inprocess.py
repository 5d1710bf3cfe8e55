"""The live path in the test's own process: a hub, a clock that only the test moves, and clients that keep a view of
their rooms as a browser does."""

import asyncio
import itertools
import json
import threading
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connections

from chat import dispatch
from chat.live import reader_pool
from chat.live.connection import Connection
from chat.live.hub import Hub
from chat.live.reader_pool import READER_THREADS
from chat.protocol.commands import parse

SOON_SECONDS = 10
POLL_SECONDS = 0.002
TURNS = 30


async def until(condition: Callable[[], Any], what: str = "") -> None:
    """Wait until something holds; fails the test when it does not come about soon."""
    deadline = asyncio.get_running_loop().time() + SOON_SECONDS
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, f"In vain: {what or condition}"
        await asyncio.sleep(POLL_SECONDS)


async def turns() -> None:
    """Let the event loop do all that it can do without waiting for anything outside of it."""
    for _ in range(TURNS):
        await asyncio.sleep(0)


class Clock:
    """The time of an event loop, which stands still until the test moves it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.now = loop.time()
        loop.time = lambda: self.now  # type: ignore[method-assign]

    async def advance(self, seconds: float) -> None:
        """Move the time, and let everything happen that is due then."""
        self.now += seconds
        await turns()


def sign_in(user: Any) -> str:
    """A session of this person, by its key."""
    from importlib import import_module

    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


class RoomView:
    """What a client holds of a room: the newest state of each thing it was told of."""

    def __init__(self) -> None:
        self.revision = 0
        self.messages: dict[int, dict[str, Any]] = {}
        self.members: dict[int, dict[str, Any]] = {}
        self.info: dict[str, Any] = {}

    def apply(self, frame: dict[str, Any]) -> None:
        """Take what is newer than what is held."""
        for message in frame["messages"]:
            held = self.messages.get(message["id"])
            if held is None or held["revision"] < message["revision"]:
                self.messages[message["id"]] = message
        for member in frame["members"]:
            held = self.members.get(member["user"]["id"])
            if held is None or held["revision"] < member["revision"]:
                self.members[member["user"]["id"]] = member
        if frame.get("info"):
            self.info = frame["info"]
        self.revision = max(self.revision, frame["revision"])

    @property
    def bodies(self) -> list[str]:
        """The texts of the messages, by position."""
        return [message["body"] for message in sorted(self.messages.values(), key=lambda m: int(m["position"]))]

    @property
    def present(self) -> dict[int, dict[str, Any]]:
        """The members who are in the room."""
        return {user: member for user, member in self.members.items() if not member["left"]}


violations: list[Exception] = []
"""What clients saw that the protocol excludes; `end` raises it."""


class Client:
    """One tab of one person, connected to a hub. `frames` is all that it was sent, in order."""

    def __init__(self, hub: Hub, user: Any, session_key: str) -> None:
        self.hub = hub
        self.user = user
        self.session_key = session_key
        self.connection: Connection | None = None
        self.frames: list[dict[str, Any]] = []
        self.close_code: int | None = None
        self.views: dict[int, RoomView] = {}
        self.open_rooms: set[int] = set()
        self.rooms: set[int] = set()
        self._refs = itertools.count(1)
        self._opening: dict[int, tuple[int, int | None]] = {}
        self._takes = asyncio.Event()
        self._takes.set()

    async def connect(self) -> "Client":
        """Come in by the session, as a socket does."""
        arrival = await self.hub.sessions_loader.load(self.session_key)
        assert arrival is not None
        self.close_code = None
        self.open_rooms = set()
        self.connection = self.hub.connect(self._receive, arrival.signed_in, arrival.rooms, "en")
        self.rooms = set(self.connection.person.rooms)
        return self

    def disconnect(self) -> None:
        """The socket breaks."""
        if self.connection is not None:
            self.hub.disconnect(self.connection)
            self.connection = None

    def stop_reading(self) -> None:
        """From now on the socket takes nothing."""
        self._takes.clear()

    def read_again(self) -> None:
        """The socket takes everything again."""
        self._takes.set()

    async def ask(self, type_: str, **fields: Any) -> dict[str, Any]:
        """Give a command and return its reply."""
        return await self.reply(await self.give(type_, **fields))

    async def give(self, type_: str, **fields: Any) -> int:
        """Give a command and return its ref; the reply may come later."""
        assert self.connection is not None
        ref = next(self._refs)
        if type_ == "open":
            self._opening[ref] = (fields["room"], fields.get("since"))
        command = parse(json.dumps({"type": type_, "ref": ref, **fields}, default=str))
        await dispatch.run(self.hub, self.connection, command)
        return ref

    async def reply(self, ref: int) -> dict[str, Any]:
        """The reply to a command, which may still be on its way."""
        await until(lambda: self.of("reply", ref=ref), f"reply {ref}")
        return self.of("reply", ref=ref)[0]

    def of(self, type_: str, **fields: Any) -> list[dict[str, Any]]:
        """The frames of a type, with these fields."""
        return [
            frame
            for frame in self.frames
            if frame["type"] == type_ and all(frame[name] == value for name, value in fields.items())
        ]

    async def _receive(self, message: dict[str, Any]) -> None:
        if not self._takes.is_set():
            await self._takes.wait()
        if message["type"] == "websocket.close":
            self.close_code = message["code"]
            return
        if self.close_code is not None:
            violations.append(AssertionError("a frame after the close"))
        frame = json.loads(message["text"])
        self.frames.append(frame)
        try:
            self._apply(frame)
        except Exception as error:
            violations.append(error)  # the hub would take it for a socket that broke
            raise

    def _apply(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "reply" and frame["ref"] in self._opening:
            self._opened(frame)
        elif frame["type"] == "changes":
            assert frame["room"] in self.open_rooms, "changes of a room that is not open here"
            view = self.views[frame["room"]]
            assert frame["since"] <= view.revision, "a client missed something"
            view.apply(frame)
        elif frame["type"] == "room":
            self.rooms.add(frame["room"]["id"])
        elif frame["type"] == "room_removed":
            self.rooms.discard(frame["room"])
            self.open_rooms.discard(frame["room"])
            self.views.pop(frame["room"], None)

    def _opened(self, frame: dict[str, Any]) -> None:
        room, since = self._opening.pop(frame["ref"])
        if not frame["ok"]:
            return
        assert frame["reset"] or since is not None
        if frame["reset"] or room not in self.views:
            self.views[room] = RoomView()
        self.open_rooms.add(room)
        self.views[room].apply(frame)
        self.views[room].info = {name: frame["room"][name] for name in INFO_FIELDS}


INFO_FIELDS = ("id", "slug", "name", "topic", "kind", "archived", "revision", "message_count")


def end(hub: Hub) -> None:
    """Stop a hub and give back the database connections of its threads."""
    hub.writer._thread.submit(connections.close_all).result()
    hub.stop()
    close_readers()
    seen, violations[:] = list(violations), []
    if seen:
        raise ExceptionGroup("Clients saw what the protocol excludes", seen)


def close_readers() -> None:
    """Give back the database connections of the readers' threads."""
    all_here = threading.Barrier(READER_THREADS)

    def close() -> None:
        all_here.wait(SOON_SECONDS)
        connections.close_all()

    for closing in [reader_pool._readers.submit(close) for _ in range(READER_THREADS)]:
        closing.result()
