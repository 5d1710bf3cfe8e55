"""The ways to receive events over HTTP: streams of two formats, and polls that wait or not."""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable
from typing import Any

from .api import require_connected
from .codes import CLOSED_ABNORMALLY
from .decoding import decode_fields
from .errors import BadFrameError, ConnectionEndedError
from .events import Changes, Closed, CursorGiven, Event, Frame
from .exchange import JSON, Exchange, Whole
from .feed import Feed
from .frame_parsers import FrameParser
from .shapes import Fields

EVENTS = "/api/v1/events"
SILENCE_SECONDS = 45.0
"""A stream on which nothing is received for this long is dead: the server sends something every 30 s."""

WAIT_SECONDS = 25
"""How long a poll waits: less than the patience of most proxies."""

BREATH_SECONDS = 0.1
"""Between two polls that wait: the server accepts 10 a second."""

EMPTY_POLLS = 20
"""Most polls for changes that certainly exist, but are still on their way to the connection."""


class Transport(ABC):
    """One way to receive events, for one connection after the other."""

    opens_rooms = False

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    @abstractmethod
    def events(self, feed: Feed) -> AsyncGenerator[Event, None]:
        """Connect, and give frames in order until the connection ends.

        Raises OSError and ConnectionEndedError, and RefusedTokenError if there is no point in connecting again.
        """


class Stream(Transport):
    """One request whose answer does not end."""

    def __init__(self, exchange: Exchange, parser: Callable[[], FrameParser]) -> None:
        super().__init__(exchange)
        self._parser = parser

    async def events(self, feed: Feed) -> AsyncGenerator[Event, None]:
        parser = self._parser()
        asked = self._exchange.answer(EVENTS, {"cursor": feed.cursor}, accept=parser.media_type)
        async with asked as answer:
            if answer.status != 200:
                refuse(await self._exchange.whole(answer))
            async with contextlib.aclosing(self._exchange.pieces(answer, silence=SILENCE_SECONDS)) as pieces:
                async for piece in pieces:
                    for frame in parser.feed(piece):
                        if isinstance(frame, Closed):
                            raise ConnectionEndedError(frame.code)
                        yield frame


class Polls(Transport):
    """One request after the other. Each is answered when something happens, or after `wait` seconds."""

    def __init__(self, exchange: Exchange, *, wait: int, pause: float) -> None:
        super().__init__(exchange)
        self._wait = wait
        self._pause = pause

    async def events(self, feed: Feed) -> AsyncGenerator[Event, None]:
        cursor = feed.cursor
        while True:
            answer = await ask_events(self._exchange, {"cursor": cursor, "wait": self._wait})
            for fields in answer["frames"]:
                yield decoded(fields)
            cursor = answer["cursor"]
            yield CursorGiven({}, cursor)
            if not answer.get("more"):
                await asyncio.sleep(self._pause)


async def missed(exchange: Exchange, room: int, since: int, *, until: int) -> AsyncGenerator[Changes, None]:
    """The changes of a room after a revision, at least up to another one. Raises ConnectionEndedError if some lack."""
    asked: dict[str, Any] = {"rooms": f"{room}:{since}", "wait": 0, "cursor": ""}
    more, empty = True, 0
    while more or since < until:
        answer = await ask_events(exchange, asked)
        before = since
        for fields in answer["frames"]:
            frame = decoded(fields)
            if isinstance(frame, Changes) and frame.room == room:
                yield frame
                since = max(since, frame.revision)
        empty = 0 if before < since else empty + 1
        if empty == EMPTY_POLLS:
            raise ConnectionEndedError(CLOSED_ABNORMALLY, reason="What was missed can't be read.")
        asked["cursor"], more, asked["wait"] = answer["cursor"], answer.get("more", False), 1


def decoded(fields: Fields) -> Frame:
    """The frame in a parsed answer."""
    try:
        return decode_fields(fields)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadFrameError(f"The server sent a frame that is not of this protocol: {error!r}") from error


async def ask_events(exchange: Exchange, asked: Fields) -> Fields:
    """The answer to one poll."""
    answer = await exchange.ask(EVENTS, asked, accept=JSON, seconds=float(asked["wait"]) + SILENCE_SECONDS)
    if answer.status != 200:
        refuse(answer)
    fields = answer.fields
    if not isinstance(fields.get("frames"), list) or not isinstance(fields.get("cursor"), str):
        raise BadFrameError("The server answered a poll without frames or cursor.")
    return fields


def refuse(answer: Whole) -> None:
    """Raise what an answer without events means."""
    pause = require_connected(answer)
    raise ConnectionEndedError(CLOSED_ABNORMALLY, retry_after=pause or 0.0, reason=f"HTTP {answer.status}")
