"""One person as this process knows them: their sockets, their rooms, their pace."""

from typing import TYPE_CHECKING

from chat.live.connection import Connection, Frame
from chat.live.rate import TokenBucket
from chat.models import User
from chat.models.space_settings import SEND_BURST, SEND_RATE
from chat.queries.space import held_value_of

if TYPE_CHECKING:
    from chat.queries.rooms import MembershipState


PERSON_COMMANDS_PER_SECOND = 50
PERSON_COMMANDS_BURST = 250
"""The rate at which all connections of one person together may send commands of any kind."""


class Pace:
    """The rate limits of one person: for messages and edits, and for commands of any kind."""

    __slots__ = ("commands", "sending")

    def __init__(self, now: float) -> None:
        self.sending = TokenBucket(held_value_of(SEND_RATE), held_value_of(SEND_BURST), now)
        self.commands = TokenBucket(PERSON_COMMANDS_PER_SECOND, PERSON_COMMANDS_BURST, now)

    def is_full(self, now: float) -> bool:
        """Whether no limit has been used, so that a new Pace would be equal."""
        return self.sending.is_full(now) and self.commands.is_full(now)


class Person:
    """One person with at least one connection to this process.

    `rooms` holds, by room id, what they are in each of their rooms; `typing_at` is when their typing was last passed
    on, by room id; `removals` counts how often they were said to be out of a room.
    """

    __slots__ = ("_hashed", "connections", "id", "pace", "removals", "rooms", "typing_at", "user")

    def __init__(self, user: User, pace: Pace) -> None:
        self.id: int = user.pk
        self.user = user
        self.connections: dict[Connection, None] = {}
        self.rooms: dict[int, MembershipState] = {}
        self.pace = pace
        self.typing_at: dict[int, float] = {}
        self.removals = 0
        self._hashed: tuple[tuple[str, int] | None, str] = (None, "")

    @property
    def session_hash(self) -> str:
        """The auth hash of this person's valid sessions. It is slow to compute, so it is kept until it changes."""
        made_from, made = self._hashed
        current = (self.user.password, self.user.sessions_ended)
        if made_from != current:
            made = self.user.get_session_auth_hash()
            self._hashed = (current, made)
        return made

    def push(self, text: str) -> None:
        """Send one frame to every connection of this person."""
        frame = Frame(text)
        for connection in list(self.connections):
            connection.push(frame)

    def close(self, code: int) -> None:
        """Close every connection of this person."""
        for connection in list(self.connections):
            connection.close(code)

    def not_in(self, room_id: int) -> list[Connection]:
        """The connections that do not have this room open."""
        return [c for c in self.connections if room_id not in c.open_rooms]

    def has_read(self, room_id: int, position: int) -> bool:
        """Note how far the person has read a room; False where that is nothing new."""
        place = self.rooms.get(room_id)
        if place is None or place.last_read >= position:
            return False
        self.rooms[room_id] = place._replace(last_read=position)
        return True
