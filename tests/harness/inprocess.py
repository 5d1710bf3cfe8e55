"""The live path in the test's own process: a hub, a clock that only the test moves, and clients that keep a view of
their rooms as a browser does."""

import asyncio
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
from client.decoding import decode_fields
from client.events import Changes, Frame, Opened, Reply, RoomRemoved
from client.requests import Requests
from client.room import Room
from client.state import State

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
        self.state = State(_no_time, most_messages=None)
        self.open_rooms: set[int] = set()
        self._requests = Requests(_no_time)
        self._takes = asyncio.Event()
        self._takes.set()

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
        """Come in by the session, as a socket does."""
        arrival = await self.hub.sessions_loader.load(self.session_key)
        assert arrival is not None
        self.close_code = None
        self.open_rooms = set()
        self.connection = self.hub.connect(self._receive, arrival.signed_in, arrival.rooms, "en")
        self.state.mine = set(self.connection.person.rooms)
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
        ref, text = self._requests.ask({"type": type_, **fields})
        await dispatch.run(self.hub, self.connection, parse(text))
        return ref

    async def reply(self, ref: int) -> dict[str, Any]:
        """The reply to a command, which may still be on its way."""
        found: list[dict[str, Any]] = []
        await until(lambda: found.extend(f for f in self.of("reply") if f["ref"] == ref) or found, f"reply {ref}")
        return found[0]

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
            self._take(decode_fields(frame))
        except Exception as error:
            violations.append(error)  # the hub would take it for a socket that broke
            raise

    def _take(self, frame: Frame) -> None:
        if isinstance(frame, Reply):
            outcome = self._requests.answer(frame)
            if isinstance(outcome, Opened):
                self._opened(outcome)
            return
        if isinstance(frame, Changes):
            assert frame.room in self.open_rooms, "changes of a room that is not open here"
            assert not self.state.rooms[frame.room].lacks_before(frame), "a client missed something"
        elif isinstance(frame, RoomRemoved):
            self.open_rooms.discard(frame.room)
        self.state.take(frame)

    def _opened(self, opened: Opened) -> None:
        assert opened.reset or opened.command.get("since") is not None
        self.open_rooms.add(opened.room.id)
        self.state.take(opened)


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
