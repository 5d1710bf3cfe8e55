"""What handlers of bots are called with. The methods of asyncio's are awaited, those of the others wait."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from .shapes import Fields, RoomInfo, User
from .shapes import Message as Stored

if TYPE_CHECKING:
    from .async_bot import AsyncBot
    from .bot import Bot


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as a handler gets it: new, edited or deleted."""

    room: RoomInfo
    author: User
    stored: Stored
    """All fields of the message."""
    origin: UUID
    """Gives replies their keys: if a handler runs again after a crash, its replies are not stored twice."""
    _numbers: Iterator[int] = field(default_factory=count, repr=False)

    @property
    def id(self) -> int:
        """The id of the message."""
        return self.stored.id

    @property
    def position(self) -> int:
        """Its position in its room: 1, 2, 3 …"""
        return self.stored.position

    @property
    def body(self) -> str:
        """The text as typed; empty if the message was deleted."""
        return self.stored.body

    def next_key(self) -> str:
        """The key of the next reply."""
        return str(uuid5(self.origin, str(next(self._numbers))))

    def reply_fields(self, *, in_thread: bool) -> Fields:
        """How a reply refers to this message."""
        return {"thread": self.id} if in_thread else {"reply_to": self.id}


@dataclass(frozen=True, slots=True)
class AsyncMessage(Incoming):
    """A message, for handlers with asyncio."""

    bot: "AsyncBot" = field(kw_only=True, repr=False)

    async def reply(self, body: str, *, in_thread: bool = False) -> Stored:
        """Answer in the room, or in the thread of this message. Raises CommandError."""
        return await self.bot.send(self.room, body, key=self.next_key(), **self.reply_fields(in_thread=in_thread))

    async def react(self, emoji: str, *, on: bool = True) -> Stored:
        """React to this message, or take the reaction back. Raises CommandError."""
        return await self.bot.react(self.id, emoji, on=on)


@dataclass(frozen=True, slots=True)
class Message(Incoming):
    """A message, for handlers without asyncio."""

    bot: "Bot" = field(kw_only=True, repr=False)

    def reply(self, body: str, *, in_thread: bool = False) -> Stored:
        """Answer in the room, or in the thread of this message. Raises CommandError."""
        return self.bot.send(self.room, body, key=self.next_key(), **self.reply_fields(in_thread=in_thread))

    def react(self, emoji: str, *, on: bool = True) -> Stored:
        """React to this message, or take the reaction back. Raises CommandError."""
        return self.bot.react(self.id, emoji, on=on)


@dataclass(frozen=True, slots=True)
class Reactions:
    """The reactions to a message, after one was added or taken back."""

    room: RoomInfo
    message: int
    """The id of the message."""
    reactions: Sequence[Fields]
    """As in the protocol: `emoji`, `count` and the `users` who used it first."""


@dataclass(frozen=True, slots=True)
class Movement:
    """People who joined or left a room, at most 10."""

    room: RoomInfo
    people: Sequence[User]
