"""The command `search`: from what somebody typed to what they are shown."""

import time
import zoneinfo
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import tzinfo
from typing import Annotated, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field

from chat.models import Message, Room, User
from chat.protocol.commands import Command, Id
from chat.protocol.errors import Invalid
from chat.protocol.shapes import Message as MessageShape
from chat.protocol.shapes import User as UserShape
from chat.queries.finding import own_rooms_called, people_called
from chat.queries.room_cache import CONTENTS_BYTES, frame_bytes
from chat.queries.rooms import membership_of
from chat.services.quotas import MINUTE, Quota
from search.cursor import Cursor
from search.folded import utf16_length
from search.progress import building
from search.queries import Found, Page, most_relevant, neighbours, newest, rooms_of, zone_of
from search.query import MOST_TERMS, PHRASE, QUERY_CHARS, WORD, terms
from search.shapes import Hit, Place, QueryTerm, RoomRef, SearchReply
from search.understanding import Meaning, Reading, Understood

HITS = 20
MOST_HITS = 50
NAMES = 5
"""Most people and most rooms whose names match."""

ZONE_CHARS = 64
CURSOR_CHARS = 64

SEARCHES_PER_MINUTE = 60
COSTLY_SECONDS = 0.25
"""A search counts as one more for each time that it takes this long, since few threads serve everybody."""

SEARCHES = Quota(
    burst=SEARCHES_PER_MINUTE,
    seconds=MINUTE,
    sentence=_("You have searched many times in a short time. Wait a moment."),
)


class Search(Command):
    """Find messages in the rooms that one is in, by words and operators, or only in one of them, or only with files."""

    type: Literal["search"]
    query: Annotated[str, Field(strict=True, max_length=QUERY_CHARS)]
    room: Id | None = None
    only: Literal["files"] | None = None
    order: Literal["newest", "relevance"] = "newest"
    cursor: Annotated[str, Field(strict=True, max_length=CURSOR_CHARS)] | None = None
    limit: Annotated[int, Field(strict=True, ge=1, le=MOST_HITS)] = HITS
    zone: Annotated[str, Field(strict=True, max_length=ZONE_CHARS)] = ""


def search(reader: User, command: Search, *, clock: Callable[[], float] = time.monotonic) -> SearchReply:
    """Run the command. Raises Invalid, NotFound, Forbidden, RateLimited or Unavailable."""
    SEARCHES.take(reader)
    began = clock()
    try:
        return _search(reader, command)
    finally:
        SEARCHES.charge(reader, int((clock() - began) / COSTLY_SECONDS))


def _search(reader: User, command: Search) -> SearchReply:
    room = None if command.room is None else membership_of(reader, command.room).room
    cursor = None if command.cursor is None else Cursor.read(command.cursor)
    meaning = _meaning(reader, command, room)
    page = _page(reader, meaning, command, cursor)
    hits, has_more = _hits(reader, page)
    rooms, people = ([], []) if command.cursor is not None or room is not None else _named(reader, meaning)
    return SearchReply(
        hits=hits,
        users=_authors(hits),
        more=_after(page, hits, cursor, command.order) if hits and has_more else None,
        words=[_term(command.query, understood) for understood in meaning.terms],
        people=people,
        rooms=rooms,
        building=building(),
    )


def _meaning(reader: User, command: Search, room: Room | None) -> Meaning:
    typed = terms(command.query)
    if not typed:
        raise Invalid(_("Enter what to search for."), field="query")
    if len(typed) > MOST_TERMS:
        raise Invalid(_("These are too many words."), field="query")
    if "\x00" in command.query:
        raise Invalid(field="query")
    reading = Reading(reader, zone_of(reader, _zone(command.zone)), room)
    if command.only == "files":
        reading.require("file")
    return reading.read(typed)


def _zone(name: str) -> tzinfo | None:
    if not name:
        return None
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        raise Invalid(_("There is no such time zone."), field="zone") from None


# --- messages ---------------------------------------------------------------------------------------------------------


def _page(reader: User, meaning: Meaning, command: Search, cursor: Cursor | None) -> Page:
    below = None if cursor is None else cursor.below
    if command.order == "newest":
        return newest(reader, meaning, below=below, limit=command.limit)
    offset = 0 if cursor is None else cursor.offset
    return most_relevant(reader, meaning, below=below, offset=offset, limit=command.limit)


def _after(page: Page, hits: Sequence[Hit], cursor: Cursor | None, order: str) -> str:
    """The cursor of what follows these hits. It names only what the reader has been shown."""
    if order == "newest":
        return Cursor(hits[-1].message.id).pack()
    if cursor is not None:
        return Cursor(cursor.below, cursor.offset + len(hits)).pack()
    return Cursor(page.newest + 1, len(hits)).pack()


def _hits(reader: User, page: Page) -> tuple[list[Hit], bool]:
    """As many hits as fit into a frame, and whether there are others."""
    beside = neighbours(page.found)
    rooms = rooms_of(reader, page.found)
    hits: list[Hit] = []
    bytes_left = CONTENTS_BYTES
    for found in page.found:
        if found.message.room_id not in rooms:  # not the reader's any more
            continue
        hit = _hit(found, rooms[found.message.room_id], beside)
        bytes_left -= sum(map(frame_bytes, _messages([hit]))) + sum(len(place.encode()) for place in hit.places)
        if bytes_left < 0 and hits:
            return hits, True
        hits.append(hit)
    return hits, page.has_more


def _hit(found: Found, room: Room, beside: dict[tuple[int, int], Message]) -> Hit:
    message = found.message
    before, after = (beside.get((message.room_id, message.position + step)) for step in (-1, 1))
    return Hit(
        room=RoomRef.of(room),
        message=MessageShape.of(message),
        before=None if before is None else MessageShape.of(before),
        after=None if after is None else MessageShape.of(after),
        marks=[tuple(mark) for mark in found.marks],
        places=[Place.of(place) for place in found.places],
    )


def _messages(hits: Iterable[Hit]) -> Iterator[MessageShape]:
    for hit in hits:
        yield from (message for message in (hit.before, hit.message, hit.after) if message is not None)


def _authors(hits: Sequence[Hit]) -> list[UserShape]:
    ids = {message.author for message in _messages(hits)}
    return [UserShape.of(user) for user in User.objects.filter(pk__in=ids).order_by("pk")] if ids else []


# --- names and terms --------------------------------------------------------------------------------------------------


def _named(reader: User, meaning: Meaning) -> tuple[list[RoomRef], list[UserShape]]:
    """The rooms of the reader and the people whose names have the words of a query, if it has no operators."""
    if any(understood.term.kind not in (WORD, PHRASE) or understood.term.is_negated for understood in meaning.terms):
        return [], []
    typed = " ".join(understood.term.value for understood in meaning.terms)
    rooms = own_rooms_called(reader, typed)[:NAMES]
    people = [UserShape.of(user) for user in people_called(reader, typed)[:NAMES]]
    return [RoomRef.of(room) for room in rooms], people


def _term(query: str, understood: Understood) -> QueryTerm:
    term, days = understood.term, understood.days
    text = query[term.start : term.end]
    return QueryTerm(
        kind=term.kind,
        text=text,
        value=term.value,
        start=utf16_length(query[: term.start]),
        length=utf16_length(text),
        negated=term.is_negated,
        user=None if understood.user is None else UserShape.of(understood.user),
        room=None if understood.room is None else RoomRef.of(understood.room),
        day=None if days is None else days.first.isoformat(),
        until=None if days is None or days.last == days.first else days.last.isoformat(),
        problem=understood.problem,
    )
