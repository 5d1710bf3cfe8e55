"""The mentions of a person, newest first, with what their messages say."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db.models import F, Q

from chat.models import Membership, Mention, Message, PersonItem, Room, User
from chat.models.person_item import MENTIONS
from chat.protocol.excerpts import text_of
from chat.queries.direct import load_people
from chat.services.markup.names import candidates, find_names
from chat.services.mentions import ALL, HERE

MENTIONS_ON_PAGE = 30
TEXT_CHARS = 300
HTML_CHARS = 8_000
"""The text of a mention is cut to the first, and made from this much of the HTML."""

MENTION = '<span class="mention"'
MARK = "\ue000"
"""Stands before a name that mentions somebody, in a text without markup."""


class Part(NamedTuple):
    """A part of a text. `kind` is `to-reader` if it mentions the reader, `to-other` for another member, or empty."""

    text: str
    kind: str = ""


class Mentioning(NamedTuple):
    """A message that mentions the reader, and its text on one line."""

    message: Message
    is_unread: bool
    parts: Sequence[Part]

    @property
    def place(self) -> Room:
        """The room of the message; of a thread, its parent."""
        return self.message.room.parent or self.message.room


class MentionPage(NamedTuple):
    """Some mentions. `older` is the id of the message before which the next page begins; 0 if this is the last one."""

    mentions: list[Mentioning]
    unread: int
    older: int


def mentions_of(reader: User, *, unread_only: bool, before: int = 0) -> MentionPage:
    """Read a page of mentions in rooms that the reader is in, all of them or only unread ones that are counted."""
    unread = unread_positions(reader)
    rows = Mention.objects.readable_by(reader.pk).filter(message__deleted_at__isnull=True)
    if unread_only:
        wanted = Q(pk__in=())
        for room, positions in unread.items():
            wanted |= Q(room=room, position__in=positions)
        rows = rows.filter(wanted)
    if before:
        rows = rows.filter(message__lt=before)
    rows = rows.select_related("message__author", "message__room__parent", "message__room__parent_message").order_by(
        "-message"
    )
    found = list(rows[: MENTIONS_ON_PAGE + 1])
    page = [mention.message for mention in found[:MENTIONS_ON_PAGE]]
    load_people(message.room for message in page)
    texts = [_text(message) for message in page]
    known = _members_named(page, texts)
    mentions = [
        Mentioning(
            message,
            is_unread=message.position in unread.get(message.room_id, ()),
            parts=list(_parts(text, known, message, reader)),
        )
        for message, text in zip(page, texts, strict=True)
    ]
    is_last = len(found) <= MENTIONS_ON_PAGE
    return MentionPage(mentions, sum(map(len, unread.values())), 0 if is_last else page[-1].pk)


def unread_positions(reader: User) -> dict[int, list[int]]:
    """The positions of the reader's unread mentions that are counted, by room."""
    memberships = Membership.objects.current().filter(user=reader).values_list("room", "last_read")
    last_read = dict(memberships)
    items = PersonItem.objects.present().filter(user=reader, kind=MENTIONS).values_list("key", "value")
    in_rooms = {
        int(key): [position for position in positions or () if position > last_read[int(key)]]
        for key, positions in items
        if int(key) in last_read
    }
    unread = {room: positions for room, positions in in_rooms.items() if positions}
    in_threads = Mention.objects.filter(
        user=reader, read_at__isnull=True, room__follows__user=reader, room__follows__mentions__gt=0
    ).filter(position__gt=F("room__follows__last_read"))
    for room, position in in_threads.values_list("room", "position"):
        unread.setdefault(room, []).append(position)
    return unread


def _text(message: Message) -> str:
    """The text of a message on one line, with a mark before each name that mentions somebody."""
    html = message.html[:HTML_CHARS].replace(MARK, "").replace(MENTION, MARK + MENTION)
    return " ".join(text_of(html).split())


def _members_named(messages: Sequence[Message], texts: Sequence[str]) -> dict[tuple[int, str], User]:
    """The members whom these texts name, by room and username."""
    usernames = {username for text in texts for name in _names(text) for username in candidates(name)}
    rooms = {message.room.members_room_id for message in messages}
    members = Membership.objects.current().filter(room__in=rooms, user__username__in=usernames).select_related("user")
    return {(member.room_id, member.user.username): member.user for member in members}


def _names(text: str) -> Iterable[str]:
    for piece in text[:TEXT_CHARS].split(MARK)[1:]:
        name = next(find_names(piece), None)
        if name is not None:
            yield name.value


def _parts(text: str, known: Mapping[tuple[int, str], User], message: Message, reader: User) -> Iterable[Part]:
    first, *pieces = text[:TEXT_CHARS].split(MARK)
    yield Part(first)
    for piece in pieces:
        name = next(find_names(piece), None)
        usernames = candidates(name.value) if name is not None else []
        user = next(
            (known[key] for username in usernames if (key := (message.room.members_room_id, username)) in known), None
        )
        if user is not None:
            yield Part(f"@{user.name}", "to-reader" if user == reader else "to-other")
            yield Part(piece[1 + len(user.username) :])
        elif name is not None and name.value in (ALL, HERE):
            yield Part(piece[: name.end], "to-reader")
            yield Part(piece[name.end :])
        else:
            yield Part(piece)
    if len(text) > TEXT_CHARS:
        yield Part("…")
