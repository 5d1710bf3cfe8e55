"""The files of a room and its threads, and the links in its messages, newest first."""

from collections.abc import Iterable, Sequence
from html import unescape
from typing import Any, NamedTuple

from django.db.models import Q

from chat.models import Message, Room
from chat.models.message import PREVIEWS
from chat.protocol.shapes import User, timestamp
from files.models import Attachment

PAGE = 50
SCANNED = 2_000
"""Most messages in which one page looks for links."""

READ_AT_ONCE = 100

KINDS: dict[str, Q] = {
    "images": Q(kind__in=[Attachment.Kind.IMAGE, Attachment.Kind.VIDEO]),
    "voice": Q(kind__in=[Attachment.Kind.VOICE, Attachment.Kind.AUDIO]),
    "files": Q(kind__in=[Attachment.Kind.PDF, Attachment.Kind.TEXT, Attachment.Kind.FILE]),
    "": Q(),
}
LINKS = "links"
ANCHOR = '<a href="'


class Place(NamedTuple):
    """Where a page ends: the id of a message, and a place in it."""

    message: int
    place: int

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """Read what `str` wrote."""
        numbers = text.split("-")
        if len(numbers) != 2 or not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in numbers):
            return None
        return cls(int(numbers[0]), int(numbers[1]))

    def __str__(self) -> str:
        return f"{self.message}-{self.place}"


def files_of(room: Room, *, kind: str, before: Place | None) -> dict[str, Any]:
    """A page of the files of a kind in a room and its threads: at most two queries."""
    found = Attachment.objects.filter(KINDS[kind], room=room, message__isnull=False)
    if before is not None:
        found = found.filter(Q(message__lt=before.message) | Q(message=before.message, place__gt=before.place))
    rows = list(
        found.select_related("message__author", "message__room__parent_message").order_by("-message", "place")[
            : PAGE + 1
        ]
    )
    carried = [(file, file.message) for file in rows[:PAGE] if file.message is not None]
    shown: dict[str, Any] = {
        "files": [{**file.shape(), **_said(message)} for file, message in carried],
        "users": _authors(message for _file, message in carried),
    }
    if len(rows) > PAGE:
        file, message = carried[-1]
        shown["more"] = str(Place(message.pk, file.place))
    return shown


def links_of(room: Room, *, before: Place | None) -> dict[str, Any]:
    """A page of the links in messages of a room, which looks at SCANNED messages at most."""
    texts = Message.objects.filter(room=room, deleted_at=None).select_related("author", "room__parent_message")
    if before is not None:
        texts = texts.filter(pk__lt=before.message)
    links: list[dict[str, Any]] = []
    linking: list[Message] = []
    last, more = 0, {}
    scanned = texts.defer("body").order_by("-position")[: SCANNED + 1].iterator(READ_AT_ONCE)
    for number, message in enumerate(scanned):
        if len(links) >= PAGE or number == SCANNED:
            more = {"more": str(Place(last, 0))}
            break
        last = message.pk
        if found := _links(message):
            links += found
            linking.append(message)
    return {"links": links, "users": _authors(linking), **more}


def _links(message: Message) -> list[dict[str, Any]]:
    """The links of a message, those with a preview under its title."""
    titles = {preview["url"]: {"title": preview["title"]} for preview in message.extras.get(PREVIEWS, ())}
    return [{"url": url, **titles.get(url, {}), **_said(message)} for url in urls_in(message.html)]


def urls_in(html: str) -> list[str]:
    """The addresses to which a rendered text links, each once."""
    given = (unescape(piece.partition('"')[0]) for piece in html.split(ANCHOR)[1:])
    return [url for url in dict.fromkeys(given) if url.startswith(("http://", "https://"))]


def _said(message: Message) -> dict[str, Any]:
    """With which message something came: `thread` is the position of that to which its thread replies."""
    place = {"id": message.pk, "position": message.position, "at": timestamp(message.created_at)}
    room = message.room
    if room.parent_message is not None:
        place["thread"] = room.parent_message.position
    return {"message": place, "author": message.author_id}


def _authors(messages: Iterable[Message]) -> Sequence[dict[str, Any]]:
    people = {message.author_id: message.author for message in messages}
    return [User.of(person).model_dump(exclude_defaults=True) for person in people.values()]
