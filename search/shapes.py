"""The shapes of the reply to `search`."""

from collections.abc import Sequence

from chat import models
from chat.protocol.shapes import Message, Shape, User
from search import places


class RoomRef(Shape):
    """Where a message was found. `people` are those of a direct room.

    Of a thread, `id` is its own, `parent` the id of its room, `parent_position` the position there of the message to
    which it replies; all else is of the room.
    """

    id: int
    kind: str
    slug: str | None = None
    name: str = ""
    emoji: str = ""
    people: tuple[User, ...] = ()
    parent: int | None = None
    parent_position: int | None = None

    @classmethod
    def of(cls, room: models.Room) -> "RoomRef":
        """Build the shape from a row; of a thread, `parent` and `parent_message` must be loaded."""
        governing, thread = room.governing, room.parent_message
        is_direct = governing.kind == models.Room.Kind.DIRECT
        return cls(
            id=room.pk,
            kind=governing.kind,
            slug=governing.slug,
            name=governing.name,
            emoji=governing.emoji,
            people=tuple(map(User.of, governing.direct_people)) if is_direct else (),
            parent=room.parent_id,
            parent_position=None if thread is None else thread.position,
        )


class Place(Shape):
    """A line of what a message carries in which words were found.

    `kind` is `name` or `text` (of the file with the id `file`; `line` counts from 1), `choice` (of a poll, from 1) or
    `preview` (of the link `url`). `marks` are places in `text`.
    """

    kind: str
    text: str
    marks: Sequence[tuple[int, int]] = ()
    file: str | None = None
    line: int | None = None
    choice: int | None = None
    url: str | None = None

    @classmethod
    def of(cls, place: places.Place) -> "Place":
        """Build the shape."""
        kind, _text, file, choice, url = place.carried
        marks = [(mark.start, mark.length) for mark in place.marks]
        return cls(kind=kind, text=place.text, marks=marks, file=file, line=place.line, choice=choice, url=url)


class Hit(Shape):
    """A message that was found, with those before and after it in its room.

    `marks` are the places in its `body` that match, as start and length in UTF-16 code units; `places` are those in
    what it carries.
    """

    room: RoomRef
    message: Message
    before: Message | None = None
    after: Message | None = None
    marks: Sequence[tuple[int, int]] = ()
    places: Sequence[Place] = ()


class QueryTerm(Shape):
    """How a term of the query was understood. `start` and `length` are in UTF-16 code units of the query.

    `problem` is `unknown` (there is no such person or room, or the reader may not know of it) or `invalid`, with which
    nothing is found, or `ignored`.
    """

    kind: str
    text: str
    value: str
    start: int
    length: int
    negated: bool = False
    user: User | None = None
    room: RoomRef | None = None
    day: str | None = None
    until: str | None = None
    problem: str = ""


class SearchReply(Shape):
    """What was found. `users` are the authors of all messages, `more` is the `cursor` of the next page.

    `people` and `rooms` are those whose names match. `building` is the part of the index that is complete, from 0 to 1;
    None if all of it is.
    """

    hits: Sequence[Hit] = ()
    users: Sequence[User] = ()
    more: str | None = None
    words: Sequence[QueryTerm] = ()
    people: Sequence[User] = ()
    rooms: Sequence[RoomRef] = ()
    building: float | None = None
