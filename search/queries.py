"""Reads what somebody looks for: the index proposes messages, and the database decides which the reader may read."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from itertools import islice
from typing import NamedTuple

from django.db.models import Q

from chat.models import Mention, Message, Room, User
from chat.protocol.errors import Unavailable
from chat.queries.direct import load_people
from search.carried import file_texts
from search.comparing import Compared
from search.facts import HAS, NO_FILES, is_searched
from search.folded import Span
from search.index import TOOK_TOO_LONG, IndexUnavailable, the_index
from search.places import Place
from search.understanding import Meaning

SECONDS = 2.0
"""How long a search may take."""

RANKED = 300
"""How many of the newest messages are sorted by relevance."""

CHECKED_AT_ONCE = (40, 100, 200)
"""Messages that are read at once: few for a first page, more for a word that most of them do not really contain."""


READ_AT_ONCE = 25
"""Messages of which the contents of files are read at once, which bounds the memory that they take."""

NEIGHBOURS = """
WITH wanted (room_id, position) AS (VALUES %s)
SELECT message.* FROM wanted JOIN chat_message AS message
ON message.room_id = wanted.room_id AND message.position = wanted.position
"""
"""Django makes a condition for each room of this, which takes longer than all else."""


class Found(NamedTuple):
    """A message that the reader may read and that matches, and where: in its body and in what it carries."""

    message: Message
    marks: Sequence[Span]
    score: int
    places: Sequence[Place] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the messages that were found, and whether there are others."""

    found: Sequence[Found]
    has_more: bool
    newest: int = 0
    """The largest id of all that were found."""


def readable_by(reader: User) -> Q:
    """Messages in rooms that a person is in now, and in their threads. Twin: `policy.is_member`."""
    rooms = Room.objects.of(reader).values("pk")
    return Q(room__in=rooms) | Q(room__parent__in=rooms)


def newest(reader: User, meaning: Meaning, *, below: int | None, limit: int) -> Page:
    """The newest messages that match, of those with an id below this one. Raises Unavailable."""
    found = list(islice(_matching(reader, meaning, below), limit + 1))
    return Page(found[:limit], len(found) > limit)


def most_relevant(reader: User, meaning: Meaning, *, below: int | None, offset: int, limit: int) -> Page:
    """Of the newest RANKED messages that match, those that match best, from a place in this order on."""
    found = sorted(islice(_matching(reader, meaning, below), RANKED), key=lambda one: (-one.score, -one.message.pk))
    top = max((one.message.pk for one in found), default=0)
    return Page(found[offset : offset + limit], len(found) > offset + limit, top)


def _matching(reader: User, meaning: Meaning, below: int | None) -> Iterator[Found]:
    """All messages that match, newest first."""
    if meaning.is_empty:
        return
    until = time.monotonic() + SECONDS
    try:
        for ids in _portions(_candidates(reader, meaning, below)):
            if time.monotonic() > until:
                raise Unavailable(TOOK_TOO_LONG)
            yield from _verified(reader, meaning, ids)
    except IndexUnavailable as error:
        raise Unavailable(error.sentence) from error


def _candidates(reader: User, meaning: Meaning, below: int | None) -> Iterator[int]:
    if meaning.only_mentions:  # there are far fewer of them than messages with any word
        mentions = Mention.objects.readable_by(reader.pk).order_by("-message_id")
        mentions = mentions if below is None else mentions.filter(message__lt=below)
        yield from mentions.values_list("message_id", flat=True).iterator(chunk_size=500)
        return
    ask = meaning.ask if below is None else replace(meaning.ask, high=below)
    for ids in the_index().find(ask, seconds=SECONDS):
        yield from ids


def _portions(ids: Iterator[int]) -> Iterator[list[int]]:
    number = 0
    while portion := list(islice(ids, CHECKED_AT_ONCE[min(number, len(CHECKED_AT_ONCE) - 1)])):
        yield portion
        number += 1


def _verified(reader: User, meaning: Meaning, ids: Sequence[int]) -> Iterator[Found]:
    """Those of these messages that the reader may read and that match, newest first: one query.

    Another one for every READ_AT_ONCE of them of which files have to be read.
    """
    messages = Message.objects.filter(meaning.where, readable_by(reader), pk__in=ids).order_by("-pk")
    remaining = (message for message in messages if is_searched(message) and _has_facts(meaning, message))
    while some := list(islice(remaining, READ_AT_ONCE)):
        compared = [Compared(message, meaning.sought, meaning.without) for message in some]
        in_files = file_texts(one.message.pk for one in compared if one.needs_files)
        for one in compared:
            if one.matches(in_files.get(one.message.pk, NO_FILES)):
                yield Found(one.message, one.marks(), one.score(), one.places())


def _has_facts(meaning: Meaning, message: Message) -> bool:
    return all(HAS[name](message) for name in meaning.has) and not any(HAS[name](message) for name in meaning.lacks)


def neighbours(found: Sequence[Found]) -> dict[tuple[int, int], Message]:
    """The messages before and after those that were found, by room and position: one query.

    `rooms_of` says afterwards whether the reader may read them.
    """
    places = [(one.message.room_id, one.message.position + step) for one in found for step in (-1, 1)]
    if not places:
        return {}
    messages = Message.objects.raw(
        NEIGHBOURS % ",".join(["(%s, %s)"] * len(places)), [at for place in places for at in place]
    )
    return {(message.room_id, message.position): message for message in messages}


def rooms_of(reader: User, found: Sequence[Found]) -> dict[int, Room]:
    """The rooms of messages that the reader is still in, with those of threads and the people of direct ones."""
    ids = {one.message.room_id for one in found}
    if not ids:
        return {}
    mine = Room.objects.of(reader).values("pk")
    rooms = Room.objects.filter(Q(pk__in=mine) | Q(parent__in=mine)).in_bulk(ids)
    threads = [room.pk for room in rooms.values() if room.is_thread]
    if threads:
        rooms |= Room.objects.select_related("parent", "parent_message").in_bulk(threads)
    load_people(room.governing for room in rooms.values())
    return rooms


def zone_of(reader: User, device: tzinfo | None) -> tzinfo:
    """The time zone of a person, else that of their device."""
    return device if device is not None and not reader.time_zone else reader.zone
