"""Polls: an answer with the frames that there are, at once or as soon as there are some."""

import asyncio
from collections import OrderedDict
from typing import Any

from chat.live.connection import Connection
from chat.live.hub import Hub
from chat.streams.formats import Format
from chat.streams.opening import Opening

ANSWER_CHARS = 512 * 1024
"""An answer is complete when its frames have this many characters; the next one has the rest."""

GATHER_SECONDS = 0.05
"""An answer waits this long for more frames after the first."""

PARKED_SECONDS = 30.0
"""How long the connection of a poll is kept for the next one."""

PARKED_PER_PERSON = 4


class _Text(Format):
    """Frames as they are."""

    content_type = b"application/json"
    preamble = b""

    __slots__ = ()

    def frame(self, text: str) -> bytes:
        return b""

    def cursor(self, cursor: str) -> bytes:
        return b""

    def heartbeat(self, cursor: str) -> bytes:
        return b""


TEXTS = _Text()


class PollTransport:
    """Collects frames until they are taken. When it is full, the connection's outbox fills."""

    def __init__(self) -> None:
        self.frames: list[str] = []
        self.code: int | None = None
        self.opening: Opening | None = None
        self.arrived = asyncio.Event()
        self._chars = 0
        self._never = asyncio.Event()

    @property
    def is_full(self) -> bool:
        """Whether the answer is complete. `hello` and the rooms are never cut: they could not be continued."""
        return self._chars > ANSWER_CHARS and self.opening is not None and self.opening.progress.is_greeted

    def write_now(self, text: str) -> bool:
        """Collect a frame, if there is room."""
        if self.is_full:
            return False
        self.frames.append(text)
        self._chars += len(text)
        TEXTS.take(text)
        if TEXTS.effect is not None and self.opening is not None:
            self.opening.sent(TEXTS.effect)
        self.arrived.set()
        return True

    async def send(self, text: str) -> None:
        """Wait: there was no room."""
        if not self.write_now(text):
            self.arrived.set()
            await self._never.wait()

    async def close(self, code: int) -> None:
        """The next answer is the last."""
        self.code = code
        self.arrived.set()

    def take(self) -> list[str]:
        """Take the frames."""
        frames, self.frames = self.frames, []
        self._chars = 0
        self.arrived.clear()
        return frames


class Poll:
    """The connection of one polling client, from one request to the next."""

    def __init__(
        self,
        hub: Hub,
        transport: PollTransport,
        connection: Connection,
        opening: Opening,
        *,
        commands: tuple[str, ...] = (),
    ) -> None:
        self._hub = hub
        self.transport = transport
        self.connection = connection
        self.commands = commands
        self._opening = opening
        transport.opening = opening
        self._opened: asyncio.Task[None] | None = None

    @property
    def is_usable(self) -> bool:
        """Whether another request may continue with this connection."""
        return not (self.connection.is_closed or self.connection.is_waiting or self.transport.is_full)

    def start(self) -> None:
        """Begin to collect what the client missed."""
        self._opening.begin()
        self._opened = asyncio.get_running_loop().create_task(self._open())

    async def _open(self) -> None:
        await self._opening.run()
        self.transport.arrived.set()

    async def wait(self, seconds: float) -> None:
        """Wait until the client has all that it missed, and if that was nothing, for up to `seconds` for something."""
        if not await self._until_opened() or not seconds:
            return
        if not self.transport.frames and self.transport.code is None:
            self.transport.arrived.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self.transport.arrived.wait()
            except TimeoutError:
                return
        await asyncio.sleep(GATHER_SECONDS)

    async def _until_opened(self) -> bool:
        """Wait for what was missed. Returns whether that was not too much for one answer."""
        while not self.is_opened and self.transport.code is None and not self.transport.is_full:
            self.transport.arrived.clear()
            await self.transport.arrived.wait()
        return self.is_opened

    @property
    def is_opened(self) -> bool:
        """Whether the client has all that it missed."""
        return self._opened is None or self._opened.done()

    def answer(self) -> tuple[bytes, str]:
        """The body of the answer, and the cursor in it."""
        has_more = not self.is_opened or self.connection.is_waiting
        frames = self.transport.take()
        cursor = self._opening.progress.cursor()
        tail = ',"more":true' if has_more else ""
        return f'{{"frames":[{",".join(frames)}],"cursor":"{cursor}"{tail}}}'.encode(), cursor

    def end(self) -> None:
        """Disconnect."""
        if self._opened is not None:
            self._opened.cancel()
        self._hub.disconnect(self.connection)


class Parking:
    """The connections of polls between two requests.

    A poll continues with one only if its cursor is exactly the one that was answered last, so that nothing was lost on
    the way; otherwise it begins from its cursor, on any process.
    """

    def __init__(self) -> None:
        self._polls: OrderedDict[Any, tuple[Poll, asyncio.TimerHandle]] = OrderedDict()

    def park(self, key: Any, poll: Poll) -> bool:
        """Keep a connection for a while. Returns False if it can't be continued."""
        if not poll.is_usable or not poll.is_opened:
            return False
        self._forget(key)
        others = [held for held, (other, _) in self._polls.items() if other.connection.person is poll.connection.person]
        for held in others[: max(0, len(others) - PARKED_PER_PERSON + 1)]:
            self._forget(held)
        timer = asyncio.get_running_loop().call_later(PARKED_SECONDS, self._forget, key)
        self._polls[key] = poll, timer
        return True

    def take(self, key: Any, commands: tuple[str, ...] = ()) -> Poll | None:
        """The poll that was kept under this key, if it can be used and has handled these commands."""
        poll, timer = self._polls.pop(key, (None, None))
        if poll is None or timer is None:
            return None
        timer.cancel()
        is_same = not commands or commands == poll.commands
        if not is_same or not poll.is_usable or poll.transport.code is not None:
            poll.end()
            return None
        poll.connection.received_at = asyncio.get_running_loop().time()
        return poll

    def _forget(self, key: Any) -> None:
        poll, timer = self._polls.pop(key, (None, None))
        if poll is not None and timer is not None:
            timer.cancel()
            poll.end()
