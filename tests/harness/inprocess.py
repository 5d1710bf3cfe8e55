"""The live path in the test's own process: a hub, a clock that only the test moves, and clients that keep a view of
their rooms as a browser does."""

import asyncio
import itertools
import json
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connections

from chat.live import command_runner, reader_pool
from chat.live.connection import Connection
from chat.live.hub import Hub
from chat.live.reader_pool import READER_THREADS
from chat.protocol.commands import parse
from client.decoding import decode_fields
from client.events import Changes, Frame, Opened, PeopleShown, Reply, RoomRemoved
from client.requests import Requests
from client.room import Room
from client.state import State
from tests.harness.wire import read_frame

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


class ItemsView:
    """What a client holds of its person's items: the newest state of each, tombstones included."""

    def __init__(self) -> None:
        self.revision = 0
        self.items: dict[tuple[str, str], dict[str, Any]] = {}

    def apply(self, frame: dict[str, Any], since: int) -> None:
        """Take what is newer than what is held; the whole brings the view forward unless something is missing."""
        if frame["reset"]:
            self.items = {name: held for name, held in self.items.items() if held["revision"] > frame["revision"]}
        for item in frame["items"]:
            held = self.items.get((item["kind"], item["key"]))
            if held is None or held["revision"] < item["revision"]:
                self.items[item["kind"], item["key"]] = item
        if since <= self.revision or frame["reset"]:
            self.revision = max(self.revision, frame["revision"])

    @property
    def values(self) -> dict[tuple[str, str], Any]:
        """The values by kind and key, without tombstones."""
        return {name: held["value"] for name, held in self.items.items() if held["value"] is not None}


violations: list[Exception] = []
"""What clients saw that the protocol excludes; `end` raises it."""


class Receiver:
    """The receiving half of a client: `frames` is all that it was sent, in order."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.close_code: int | None = None
        self._refs = itertools.count(1)
        self._takes = asyncio.Event()
        self._takes.set()

    def stop_reading(self) -> None:
        """From now on take nothing."""
        self._takes.clear()

    def read_again(self) -> None:
        """Take everything again."""
        self._takes.set()

    async def reply(self, ref: int) -> dict[str, Any]:
        """The one reply to a command, which may still be on its way."""
        await until(lambda: self.of("reply", ref=ref), f"reply {ref}")
        [found] = self.of("reply", ref=ref)
        return found

    def of(self, type_: str, **fields: Any) -> list[dict[str, Any]]:
        """The frames of a type, with these fields."""
        return [
            frame
            for frame in self.frames
            if frame["type"] == type_ and all(frame[name] == value for name, value in fields.items())
        ]

    @property
    def errors(self) -> list[str]:
        """The codes of all refusals so far."""
        return [frame["error"]["code"] for frame in self.frames if "error" in frame]


class Client(Receiver):
    """One tab of one person, connected to a hub by a transport that it is itself."""

    write_now = None

    def __init__(self, hub: Hub, user: Any, session_key: str) -> None:
        super().__init__()
        self.hub = hub
        self.user = user
        self.session_key = session_key
        self.connection: Connection | None = None
        self.state = State(_no_time, most_messages=None)
        self.open_rooms: set[int] = set()
        self.mine = ItemsView()
        self.me = 0
        self._requests = Requests(_no_time)

    @property
    def views(self) -> dict[int, Room]:
        """The rooms that were opened, by id."""
        return {room: held for room, held in self.state.rooms.items() if held.revision is not None}

    @property
    def rooms(self) -> set[int]:
        """The rooms that are its own."""
        return self.state.mine

    def bodies(self, room: int) -> list[str]:
        """The texts of the messages of a room, by position."""
        return [message.body for message in self.views[room].timeline]

    async def connect(self) -> "Client":
        """Authenticate with the session and connect, as a socket does."""
        connect_state = await self.hub.sessions_loader.load(self.session_key)
        assert connect_state is not None
        self.close_code = None
        self.open_rooms = set()
        self.connection = self.hub.connect(self, connect_state.signed_in, connect_state.rooms, language="en")
        self.state.mine = set(self.connection.person.rooms)
        self.me = max(connect_state.signed_in.user.revision, self.connection.person.feed.revision)
        return self

    async def catch_up_on_items(self) -> None:
        """Ask for what changed in the person's items, if `hello` named a later revision than the one held."""
        if self.mine.revision < self.me:
            asked = self.mine.revision
            reply = await self.ask("me", since=asked)
            if reply["ok"]:
                self.mine.apply(reply, asked)

    def disconnect(self) -> None:
        """The socket breaks."""
        if self.connection is not None:
            self.hub.disconnect(self.connection)
            self.connection = None

    async def ask(self, type_: str, **fields: Any) -> dict[str, Any]:
        """Give a command and return its reply."""
        return await self.reply(await self.give(type_, **fields))

    async def give(self, type_: str, **fields: Any) -> int:
        """Give a command and return its ref; the reply may come later."""
        assert self.connection is not None
        ref, text = self._requests.ask({"type": type_, **fields})
        await command_runner.run(self.hub, self.connection, parse(text))
        return ref

    async def close(self, code: int) -> None:
        """Take the end of the connection from the hub."""
        await self._takes.wait()
        self.close_code = code

    async def send(self, text: str) -> None:
        """Take a frame from the hub."""
        if not self._takes.is_set():
            await self._takes.wait()
        if self.close_code is not None:
            violations.append(AssertionError("a frame after the close"))
        frame = read_frame(text)
        self.frames.append(frame)
        try:
            if frame["type"] == "me_changes":
                self._take_items(frame)
            else:
                self._take(decode_fields(json.loads(text)))
        except Exception as error:
            violations.append(error)  # the hub would take it for a socket that broke
            raise

    def _take_items(self, frame: dict[str, Any]) -> None:
        assert frame["since"] <= self.me, "a client missed a change of its items"
        self.me = max(self.me, frame["revision"])
        self.mine.apply(frame, frame["since"])

    def _take(self, frame: Frame) -> None:
        if isinstance(frame, Reply):
            outcome = self._requests.answer(frame)
            if isinstance(outcome, Opened):
                self._opened(outcome)
            elif isinstance(outcome, PeopleShown):
                self.state.take(outcome)
            return
        if isinstance(frame, Changes):
            assert frame.room in self.open_rooms, "changes of a room that is not open here"
            assert not self.state.rooms[frame.room].lacks_before(frame), "a client missed something"
        elif isinstance(frame, RoomRemoved):
            self.open_rooms -= {frame.room, *self.state.threads_of(frame.room)}
        self.state.take(frame)

    def _opened(self, opened: Opened) -> None:
        assert opened.reset or opened.command.get("since") is not None
        self.open_rooms.add(opened.room.id)
        self.state.take(opened)


Connect = Callable[[Any], Awaitable[Client]]
"""The fixture `connect`: opens another tab of a person."""


def _no_time() -> float:
    """Nothing of what these clients use looks at the clock."""
    return 0.0


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
