"""Quotes: what a reply shows of the message to which it replies.

The group commit stores the quote with the reply. It changes here when the quoted message is edited or deleted.
"""

from collections.abc import Iterable
from typing import Any

from chat.models import Message
from chat.models.message import ATTACHMENTS, QUOTE, QUOTE_CHARS
from chat.services.changes import RoomChange

QUOTES_AT_ONCE = 200
"""Most quotes that one transaction changes; bounds how long it holds the lock of the room."""


def quote_of(message: Message) -> dict[str, Any]:
    """The quote of a message. The SQL of the group commit builds the same (`chat.store.post_messages`)."""
    target = {"id": message.pk, "author": message.author_id, "position": message.position}
    if message.is_deleted:
        return target | {"deleted": True}
    files = len(message.extras.get(ATTACHMENTS, ()))
    return target | {"text": message.body[:QUOTE_CHARS]} | ({"files": files} if files else {})


def quote_anew(change: RoomChange, message: Message, replies: Iterable[Message]) -> None:
    """Update the quotes of a message, which has changed, in these replies."""
    quote = quote_of(message)
    outdated = [reply for reply in replies if reply.extras.get(QUOTE) != quote]
    for reply in outdated:
        reply.extras = {**reply.extras, QUOTE: quote}
    change.save_extras_of(outdated)


def latest_replies(message: Message) -> list[Message]:
    """The replies in which an edit of a message updates the quote: the latest ones."""
    return list(Message.objects.replies_to(message).order_by("-pk")[:QUOTES_AT_ONCE])


def replies_after(message: Message, last: int) -> list[Message]:
    """The next replies to a message after the one with the id `last`, at most QUOTES_AT_ONCE and one more."""
    return list(Message.objects.replies_to(message).filter(pk__gt=last).order_by("pk")[: QUOTES_AT_ONCE + 1])
