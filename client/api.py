"""Commands and resources over HTTP: each request is sent until it is answered, and commands in order."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from .codes import FORBIDDEN, RATE_LIMITED, UNAVAILABLE, CloseCode
from .decoding import decode_answer
from .errors import CommandError, RefusedTokenError, SiteError, UnknownRoomError
from .events import Answer, Page, Stored
from .exchange import Exchange, Whole
from .feed import Feed
from .outbox import RETRY_AFTER_SECONDS
from .reconnecting import Random, backoff
from .shapes import Fields, Member, Message, Refusal, RoomInfo, RoomSummary, User

COMMANDS = "/api/v1/commands"
RESOURCES = "/api/v1"
UNAUTHENTICATED = "unauthenticated"
KEY_CHARS = 255
SERVER_ERROR = 500
TRIED_AGAIN = (RATE_LIMITED, UNAVAILABLE)

logger = logging.getLogger(__name__)


class Api:
    """What a bot asks and tells its site."""

    def __init__(self, exchange: Exchange, feed: Feed, *, random: Random) -> None:
        self._exchange = exchange
        self._feed = feed
        self._random = random
        self._sending = asyncio.Lock()
        self._rooms: dict[int, RoomInfo] = {}

    async def command(self, command: Fields, *, key: str = "") -> Answer:
        """Carry out a command, after those before it. Raises CommandError.

        A command with a key, and any that sets a state, does no harm if it arrives twice.
        """
        if not (key.isascii() and key.isprintable() and len(key) <= KEY_CHARS):
            raise CommandError(Refusal("invalid", f"A key has at most {KEY_CHARS} characters, all of ASCII.", "key"))
        headers = {"Idempotency-Key": key} if key else {}
        async with self._sending:
            return decode_answer(0, command, await self._answer(COMMANDS, command, headers))

    async def stored(self, command: Fields, *, key: str = "") -> Message:
        """Carry out a command about a message, and return its new state."""
        answer = await self.command(command, key=key)
        assert isinstance(answer, Stored)  # noqa: S101
        return answer.message

    async def history(self, room: int, *, after: int, limit: int = 100) -> Page:
        """A page of messages after a position."""
        command = {"type": "history", "room": room, "after": after, "limit": limit}
        answer = decode_answer(0, command, await self._answer(COMMANDS, command, {}))
        assert isinstance(answer, Page)  # noqa: S101
        return answer

    async def me(self) -> User:
        """The person of the token."""
        return User.of((await self._answer(f"{RESOURCES}/me"))["user"])

    async def user(self, user: int, *, room: int) -> User:
        """A person who writes in a room; one without a name if they are not in it any more."""
        if known := self._feed.users.get(user):
            return known
        member = await self._member(room, user)
        return self._feed.users.keep(user, User(user, "", "") if member is None else member.user)

    async def joined_at(self, room: int, user: int) -> int | None:
        """The revision of a room at which a person joined it; None if they are not in it."""
        member = await self._member(room, user)
        return None if member is None else member.revision

    async def _member(self, room: int, user: int) -> Member | None:
        answer = await self._answer(f"{RESOURCES}/rooms/{room}/members?after={user - 1}&limit=1")
        found = map(Member.of, answer.get("members", ()))
        return next((member for member in found if member.user.id == user), None)

    async def room_info(self, room: int) -> RoomInfo:
        """A room by its id."""
        if room not in self._feed.rooms:
            self._feed.rooms[room] = RoomSummary.of((await self._answer(f"{RESOURCES}/rooms/{room}"))["room"])
        return self._feed.rooms[room]

    async def room_id(self, room: RoomInfo | int | str) -> int:
        """The id of a room, given by its slug. Raises UnknownRoomError."""
        if isinstance(room, int):
            return room
        if isinstance(room, RoomInfo):
            return room.id
        if (known := self._known(room)) is None:
            await self._read_rooms()
            known = self._known(room)
        if known is None:
            raise UnknownRoomError(f"This bot is in no room called {room}.")
        return known.id

    def _known(self, slug: str) -> RoomInfo | None:
        rooms = [*self._feed.rooms.values(), *self._rooms.values()]
        return next((room for room in rooms if room.slug == slug), None)

    async def _read_rooms(self) -> None:
        after, more = 0, True
        while more:
            answer = await self._answer(f"{RESOURCES}/rooms?after={after}&limit=100")
            for room in map(RoomSummary.of, answer.get("rooms", ())):
                self._rooms[room.id] = room
                after = room.id
            more = answer.get("more", False)

    async def _answer(self, path: str, content: Any = None, headers: Mapping[str, str] | None = None) -> Fields:
        """The fields of the answer to a request, which is sent until it is answered. Raises CommandError."""
        failures = 0
        while True:
            wait = backoff(failures, self._random)
            try:
                answer = await self._exchange.ask(path, content, headers=headers)
                if (pause := retry_pause(answer)) is None:
                    return answer.fields
                wait = max(wait, pause)
            except OSError as error:
                logger.warning("The site can't be reached, and is asked again: %s", error)
            failures += 1
            await asyncio.sleep(wait)


def retry_pause(answer: Whole) -> float | None:
    """How long to wait before the same request is sent again; None if it was carried out. Raises whatever is final."""
    error = answer.fields.get("error")
    if answer.status < 300 and error is None and answer.fields:
        return None
    if not isinstance(error, dict):
        if answer.status > SERVER_ERROR:
            return answer.retry_after
        raise SiteError(f"There is no site of Sarangbang at this address: it answers with {answer.status}.")
    refusal = Refusal.of(error)
    if refusal.code in TRIED_AGAIN:
        return max(answer.retry_after, refusal.retry_after or RETRY_AFTER_SECONDS)
    if refusal.code == UNAUTHENTICATED:
        raise RefusedTokenError(CloseCode.SIGNED_OUT, refusal.message)
    raise CommandError(refusal)


def require_connected(answer: Whole) -> float | None:
    """Like `retry_pause`, of requests for events: there, `forbidden` concerns the token as a whole."""
    try:
        return retry_pause(answer)
    except CommandError as error:
        if error.refusal.code == FORBIDDEN:
            raise RefusedTokenError(CloseCode.DEACTIVATED, error.refusal.message) from error
        raise
