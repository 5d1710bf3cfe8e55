"""The objects that only the API has; all others are those of the protocol."""

from collections.abc import Sequence

from chat.protocol.shapes import Error, Member, Message, Mine, RoomInfo, RoomSummary, Shape, User


class Problem(Shape):
    """The answer to a request that was refused."""

    error: Error


class MeAnswer(Shape):
    """Who asks, and what their token allows. Without limit, and for a session, `scopes` and `rooms` are absent."""

    user: User
    scopes: Sequence[str] | None = None
    rooms: Sequence[int] | None = None


class RoomsAnswer(Shape):
    """Rooms of the person, by id. If `more`, ask again with `after` set to the last id."""

    rooms: Sequence[RoomSummary] = ()
    more: bool = False


class MembersAnswer(Shape):
    """Members of a room, by the id of the person."""

    members: Sequence[Member] = ()
    more: bool = False


class MessageAnswer(Shape):
    """A message, its author, and what the reader has added to it."""

    room: int
    message: Message
    users: Sequence[User] = ()
    mine: Mine | None = None


class ReactionEntry(Shape):
    """Somebody's reaction. `id` is a cursor."""

    id: int
    user: int
    emoji: str


class ReactionsAnswer(Shape):
    """The reactions to a message, oldest first, with the people."""

    reactions: Sequence[ReactionEntry] = ()
    users: Sequence[User] = ()
    more: bool = False


class ThreadsAnswer(Shape):
    """The threads of a room, by id. Their messages are read as those of a room."""

    threads: Sequence[RoomInfo] = ()
    more: bool = False


class PeopleAnswer(Shape):
    """People, by id."""

    people: Sequence[User] = ()
    more: bool = False


class PersonAnswer(Shape):
    """A person or bot. A bot has a `description` and the id of the `owner` who answers for it."""

    user: User
    description: str = ""
    owner: int | None = None
