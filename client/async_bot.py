"""Bots with asyncio."""

import asyncio
import contextlib
import inspect
import logging
import os
import signal
import ssl
from collections.abc import AsyncGenerator, Callable, Iterator
from random import random as random_number
from typing import Any
from uuid import UUID, uuid5

from .api import Api
from .bot_state import StateFile
from .codes import CLOSED_ABNORMALLY, CloseCode
from .errors import (
    BadFrameError,
    CommandError,
    ConnectionEndedError,
    RefusedTokenError,
    SiteError,
    StoppedError,
)
from .events import Event, Restarting
from .exchange import Dial, Exchange
from .feed import Feed
from .handlers import Handlers
from .happenings import Behind, Deleted, Edited, Happening, Hole, Joined, Left, Posted, Reacted, Unplaced
from .incoming import AsyncMessage, Movement, Reactions
from .outbox import new_key
from .protocol import SETTLED_SECONDS
from .reconnecting import RESTART_SECONDS, Random, delay_after
from .shapes import Fields, Message, RoomInfo, User
from .transports import Transport, missed
from .ways import Way
from .ways import transport as transport_of

FRAMES_READ_AHEAD = 64
"""The number of frames that are read while a handler runs; then the server has to wait."""

logger = logging.getLogger(__name__)


class AsyncBot(Handlers):
    """
    A bot, connected while `run` runs.

        bot = AsyncBot("https://chat.example", token)

        @bot.on_message
        async def answer(message):
            await message.reply(f"You said: {message.body}")

        asyncio.run(bot.run())

    It is given each new message once, in order, also those that were sent while it was away if it has a `state`.
    Its other methods can be used inside and outside of handlers, also when it does not run.
    """

    def __init__(
        self,
        site: str,
        token: str,
        *,
        transport: Way = "sse",
        state: str | os.PathLike[str] | None = None,
        hears_bots: bool = False,
        poll_seconds: float = 5.0,
        tls: ssl.SSLContext | None = None,
        random: Random = random_number,
        dial: Dial | None = None,
    ) -> None:
        super().__init__()
        exchange = Exchange(site, {"Authorization": f"Bearer {token}"}, tls=tls, dial=dial)
        self._file = StateFile(state)
        self.feed: Feed = self._file.load()
        self.me: User | None = None
        """The account of the bot, once it runs."""
        self.api = Api(exchange, self.feed, random=random)
        self._exchange = exchange
        self._transport: Transport = transport_of(transport, exchange, poll_seconds=poll_seconds)
        self._hears_bots = hears_bots
        self._random = random
        self._failures = 0
        self._restart_delay = RESTART_SECONDS
        self._running: asyncio.Task[None] | None = None
        self._is_stopping = self._is_handling = False

    # --- what a bot does ---------------------------------------------------------------------------------------------

    async def send(
        self,
        room: RoomInfo | int | str,
        body: str,
        *,
        key: str | None = None,
        reply_to: int | None = None,
        thread: int | None = None,
    ) -> Message:
        """Send a message to a room, given by its slug or id, until it is stored. Raises CommandError.

        With the same `key`, any text of up to 255 characters, it is stored only once, however often it is sent.
        """
        command: Fields = {"type": "send", "room": await self.api.room_id(room), "body": body}
        more = {"reply_to": reply_to, "thread": thread}
        given = {name: value for name, value in more.items() if value is not None}
        return await self.api.stored({**command, **given}, key=key or new_key())

    async def edit(self, message: int, body: str) -> Message:
        """Change the text of one of the bot's own messages, by its id. Raises CommandError."""
        return await self.api.stored({"type": "edit", "message": message, "body": body})

    async def delete(self, message: int) -> Message:
        """Delete a message, by its id. Raises CommandError."""
        return await self.api.stored({"type": "delete", "message": message})

    async def react(self, message: int, emoji: str, *, on: bool = True) -> Message:
        """React to a message, by its id, or take the reaction back. Raises CommandError."""
        return await self.api.stored({"type": "react", "message": message, "emoji": emoji, "on": on})

    # --- running -----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Handle what happens until `stop` is called, or SIGINT or SIGTERM arrives. Raises RefusedTokenError."""
        self._is_stopping = False
        self._running = asyncio.ensure_future(self._run())
        with _signals(self.stop):
            try:
                await self._running
            except asyncio.CancelledError:
                if not self._is_stopping:
                    raise
            finally:
                self._running.cancel()
                self._running = None

    def stop(self) -> None:
        """End `run` after the handler that runs; called again, at once."""
        if self._running is not None and (self._is_stopping or not self._is_handling):
            self._running.cancel()
        self._is_stopping = True

    async def _run(self) -> None:
        self.me = self.feed.me = await self.api.me()
        while not self._is_stopping:
            began = asyncio.get_running_loop().time()
            try:
                await self._connection()
                ended = ConnectionEndedError(CLOSED_ABNORMALLY)
            except (OSError, BadFrameError, SiteError) as error:
                ended = ConnectionEndedError(CLOSED_ABNORMALLY, reason=str(error))
            except ConnectionEndedError as error:
                ended = error
            if asyncio.get_running_loop().time() - began > SETTLED_SECONDS:
                self._failures = 0
            if not self._is_stopping:
                await self._pause(ended)

    async def _pause(self, ended: ConnectionEndedError) -> None:
        delay = delay_after(ended.code, failures=self._failures, random=self._random, restart_delay=self._restart_delay)
        if delay is None and ended.code in (CloseCode.SIGNED_OUT, CloseCode.DEACTIVATED):
            raise RefusedTokenError(ended.code, "it was revoked or has expired, or may not read.")
        if delay is None:
            raise StoppedError(ended.code)
        self._failures += 1
        logger.info("%s. Connecting again in %.1f s.", ended, delay + ended.retry_after)
        await asyncio.sleep(delay + ended.retry_after)

    async def _connection(self) -> None:
        """Connect, and handle everything that comes until the connection ends."""
        self.feed.connecting(opens_rooms=self._transport.opens_rooms)
        async with contextlib.aclosing(_read_ahead(self._transport.events(self.feed))) as events:
            async for event in events:
                if isinstance(event, Restarting):
                    self._restart_delay = event.delay
                await self._take(self.feed.take(event))
                if self._is_stopping:
                    return

    async def _take(self, happenings: Iterator[Happening]) -> None:
        for happening in happenings:
            self._file.save(self.feed)  # everything before this
            if self._is_stopping:
                return
            await self._happened(happening)
        self._file.save(self.feed)

    async def _happened(self, happening: Happening) -> None:
        try:
            await self._handle(happening)
        except CommandError as error:  # the bot is not in the room any more
            logger.warning("Nothing can be read in room %d: %s", happening.room, error)

    async def _handle(self, happening: Happening) -> None:
        if isinstance(happening, Behind):
            await self._catch_up(happening.room, happening.since, happening.until)
        elif isinstance(happening, Unplaced):
            await self._enter(happening.room)
        elif isinstance(happening, Hole):
            await self._fill(happening)
        elif self.of(happening) and (given := await self._given(happening)) is not None:
            for handler in self.of(happening):
                await self._call(handler, given)

    async def _enter(self, room: int) -> None:
        assert self.me is not None  # noqa: S101  # known before the first connection
        joined_at = await self.api.joined_at(room, self.me.id)
        now = await self.api.room_info(room)
        if joined_at is not None:
            self.feed.place(room, joined_at)
            await self._catch_up(room, joined_at, now.revision)

    async def _catch_up(self, room: int, since: int, until: int) -> None:
        async with contextlib.aclosing(missed(self._exchange, room, since, until=until)) as events:
            async for event in events:
                await self._take(self.feed.take(event))

    async def _fill(self, hole: Hole) -> None:
        after = hole.after
        while after < hole.before - 1:
            page = await self.api.history(hole.room, after=after)
            if not page.messages:
                return
            await self._take(self.feed.fill(hole, page.messages))
            after = max(message.position for message in page.messages)

    # --- handlers ----------------------------------------------------------------------------------------------------

    async def _given(self, happening: Happening) -> object | None:
        """What handlers are called with; None if they are not."""
        room = await self.api.room_info(happening.room)
        if isinstance(happening, Joined | Left):
            return Movement(room, [await self.api.user(user, room=room.id) for user in happening.people])
        if isinstance(happening, Reacted):
            return Reactions(room, happening.message_id, happening.reactions)
        assert isinstance(happening, Posted | Edited | Deleted)  # noqa: S101
        message = happening.message
        author = await self.api.user(message.author, room=room.id)
        if author.id == (self.me and self.me.id) or (author.bot and not self._hears_bots):
            return None
        return self.incoming(happening, room, author)

    def incoming(self, happening: Posted | Edited | Deleted, room: RoomInfo, author: User) -> object:
        """The object for handlers of messages."""
        return AsyncMessage(room, author, happening.message, self.origin(happening), bot=self)

    def origin(self, happening: Posted | Edited | Deleted) -> UUID:
        """The same for the same happening, also after a restart with a `state`."""
        message = happening.message
        version = "" if isinstance(happening, Posted) else message.revision
        return uuid5(UUID(self.feed.identity), f"{message.id} {type(happening).__name__} {version}")

    async def _call(self, handler: Callable[..., Any], given: object) -> None:
        self._is_handling = True
        try:
            await self.call(handler, given)
        except (RefusedTokenError, StoppedError):
            raise
        except Exception:
            logger.exception("%s failed with %r", getattr(handler, "__name__", handler), given)
        finally:
            self._is_handling = False

    async def call(self, handler: Callable[..., Any], given: object) -> None:
        """Call a handler."""
        result = handler(given)
        if inspect.isawaitable(result):
            await result


async def _read_ahead(events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
    """The same events, some of which are read while the last one is handled."""
    queue: asyncio.Queue[Event | Exception | None] = asyncio.Queue(FRAMES_READ_AHEAD)

    async def read() -> None:
        try:
            async with contextlib.aclosing(events):
                async for event in events:
                    await queue.put(event)
        except Exception as error:  # noqa: BLE001 (raised below, after the events before it)
            await queue.put(error)
        else:
            await queue.put(None)

    reading = asyncio.create_task(read())
    try:
        while (item := await queue.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        reading.cancel()
        await asyncio.wait([reading])


@contextlib.contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` on SIGINT and SIGTERM, in the main thread; elsewhere signals are not ours."""
    loop = asyncio.get_running_loop()
    added = []
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, stop)
            added.append(number)
    try:
        yield
    finally:
        for number in added:
            loop.remove_signal_handler(number)
