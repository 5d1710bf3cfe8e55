"""One person in one process: their connections, rooms and pace."""

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from chat.bus.events import PersonChanged
from chat.live.connection import Connection, Frame
from chat.live.person_feed import PersonFeed
from chat.live.rate import TokenBucket
from chat.live.reader_pool import READER_THREADS, P, R, run_in_reader
from chat.models import Membership, User
from chat.models.person_item import HIDE_READS
from chat.models.space_settings import SEND_BURST, SEND_RATE
from chat.protocol.events import ThreadsEvent, UserEvent
from chat.protocol.frames import me_changes_frame
from chat.protocol.limits import PERSON_COMMANDS_BURST, PERSON_COMMANDS_PER_SECOND
from chat.protocol.shapes import User as UserShape
from chat.queries.space import held_value_of

if TYPE_CHECKING:
    from chat.queries.rooms import MembershipState

READS_AT_ONCE = READER_THREADS // 2
"""Most commands of one person that occupy reader threads at once: the other threads are for other people."""


class Pace:
    """The limits of one person: rates of messages and edits, and of commands of any kind, and reads at once.

    They hold for all connections and requests of the person in this process.
    """

    __slots__ = ("_reading", "commands", "sending")

    def __init__(self, now: float) -> None:
        self.sending = TokenBucket(held_value_of(SEND_RATE), held_value_of(SEND_BURST), now)
        self.commands = TokenBucket(PERSON_COMMANDS_PER_SECOND, PERSON_COMMANDS_BURST, now)
        self._reading = asyncio.Semaphore(READS_AT_ONCE)

    async def run_in_reader(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a function in a reader thread for a command, once fewer than READS_AT_ONCE of theirs are in one."""
        async with self._reading:
            return await run_in_reader(function, *args, **kwargs)

    def is_full(self, now: float) -> bool:
        """Whether all tokens are back, so that a new Pace would be equal."""
        return self.sending.is_full(now) and self.commands.is_full(now)


class Person:
    """One person with at least one connection to this process.

    `rooms` holds their membership states by room id; `typing_at` is when their typing was last published, by room id;
    `removals` counts how often they were removed from a room; `feed` orders the changes of their items.
    """

    feed: PersonFeed

    __slots__ = ("connections", "feed", "id", "pace", "removals", "rooms", "typing_at", "user")

    def __init__(self, user: User, pace: Pace) -> None:
        self.id: int = user.pk
        self.user = user
        self.connections: dict[Connection, None] = {}
        self.rooms: dict[int, MembershipState] = {}
        self.pace = pace
        self.typing_at: dict[int, float] = {}
        self.removals = 0

    async def run_in_reader(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a function in a reader thread for a command, once fewer than READS_AT_ONCE of theirs are in one."""
        return await self.pace.run_in_reader(function, *args, **kwargs)

    def renew(self, user: User) -> None:
        """Keep a newer row of the person. Sends their connections their new name or picture."""
        is_other = _shown(user) != _shown(self.user)
        self.user = user
        if is_other:
            self.push(UserEvent(user=UserShape.of(user)).encode())

    def push(self, text: str) -> None:
        """Send one frame to every connection of this person."""
        frame = Frame(text)
        for connection in list(self.connections):
            connection.push(frame)

    def close(self, code: int) -> None:
        """Close every connection of this person."""
        for connection in list(self.connections):
            connection.close(code)

    def items_changed(self, change: PersonChanged) -> None:
        """Send the next change of the person's items to all their connections."""
        for item in change.items:
            if item.kind == "notify":
                self._note_level(int(item.key), json.loads(item.text)["value"])
            elif (item.kind, item.key) == ("setting", HIDE_READS):
                self.user.hides_reads = json.loads(item.text)["value"] is True
        texts = [item.text for item in change.items]
        self.push(me_changes_frame(since=change.since, revision=change.revision, reset=change.reset, items=texts))

    def _note_level(self, room_id: int, level: str | None) -> None:
        place = self.rooms.get(room_id)
        if place is not None:
            self.rooms[room_id] = place._replace(notify=level or Membership.Notify.ALL)

    def for_activity(self, room_id: int) -> list[Connection]:
        """The connections that are sent the activity of this room: those that do not have it open, or are shared."""
        return [c for c in self.connections if c.is_shared or room_id not in c.open_rooms]

    def has_read(self, room_id: int, position: int, counted: int) -> bool:
        """Note how far the person has read a room. False if they had already read that far."""
        place = self.rooms.get(room_id)
        if place is None or place.last_read >= position:
            return False
        self.rooms[room_id] = place._replace(last_read=position, counted_read=counted)
        return True

    def has_unread_threads(self, room_id: int, unread: int, mentions: int) -> bool:
        """Note what is unread in threads of a room, and send it if it is news. False if the person is not there."""
        place = self.rooms.get(room_id)
        if place is None:
            return False
        if (place.unread_threads, place.thread_mentions) != (unread, mentions):
            self.rooms[room_id] = place._replace(unread_threads=unread, thread_mentions=mentions)
            self.push(ThreadsEvent(room=room_id, unread=unread, mentions=mentions).encode())
        return True


def _shown(user: User) -> tuple[str, str, str | None, bool]:
    """What clients show of a person and can change."""
    return user.name, user.username, user.avatar.name, user.is_guest
