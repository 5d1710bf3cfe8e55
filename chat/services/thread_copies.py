"""Copies, in a room, of replies in its threads."""

import uuid

from chat.models import Message

COPY = "room"
"""The name from which the key of a copy is computed, with the key of the reply as its namespace."""


def copy_key(key: uuid.UUID) -> uuid.UUID:
    """The key of the copy of a reply with this key."""
    return uuid.uuid5(key, COPY)


def copy_of(message_id: int) -> int | None:
    """The id of the copy of a reply in a thread; None if it has none, was deleted, or the message is no such reply."""
    reply = Message.objects.filter(pk=message_id, room__parent__isnull=False).select_related("room").first()
    if reply is None:
        return None
    copies = Message.objects.filter(author=reply.author_id, key=copy_key(reply.key), deleted_at__isnull=True)
    return copies.filter(room=reply.room.parent_id).values_list("pk", flat=True).first()
