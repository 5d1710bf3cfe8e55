"""Reads the texts that a message has had."""

from collections.abc import Iterator, Sequence

from django.db.models import Case, Max, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from chat.models import Message, MessageVersion, User
from chat.protocol.errors import Conflict, NotFound
from chat.protocol.events import VersionsReply
from chat.protocol.limits import OUTBOUND_FRAME_BYTES
from chat.protocol.shapes import Version, timestamp
from chat.queries.rooms import membership_of

TEXTS_BYTES = OUTBOUND_FRAME_BYTES - 4_096
"""Most bytes of the texts in a reply."""


def versions(user: User, *, message_id: int) -> VersionsReply:
    """Return the texts of a message, oldest first; the last one is its current text.

    Raises NotFound or Forbidden unless the person is in the room, and Conflict if the message was deleted.
    """
    room_id = Message.objects.filter(pk=message_id).values_list("room_id", flat=True).first()
    if room_id is None:
        raise NotFound
    membership = membership_of(user, room_id)
    revision, texts = _texts(message_id)
    if revision > membership.room.revision:
        membership_of(user, room_id)  # they may have left before the texts were read
    if not revision:
        raise Conflict(_("This message was deleted."))
    return VersionsReply(id=message_id, revision=revision, versions=tuple(_fitting(texts)))


def _texts(message_id: int) -> tuple[int, list[Version]]:
    """The revision of a message, 0 if it was deleted, and its texts. One statement, so that they belong together."""
    current = Message.objects.filter(pk=message_id, deleted_at__isnull=True).annotate(
        # After all former texts; the original of a message that was edited before these were kept is unknown.
        number=Case(When(edited_at=None, then=1), default=Coalesce(Max("versions__number"), 1) + 1),
        written_at=Coalesce("edited_at", "created_at"),
    )
    former = MessageVersion.objects.filter(message=message_id).annotate(revision=Value(0)).order_by()
    columns = ("number", "body", "written_at", "revision")
    rows = sorted(former.values_list(*columns).union(current.values_list(*columns), all=True))
    texts = [Version(number=number, body=body, written_at=timestamp(at)) for number, body, at, _revision in rows]
    return max((revision for *_text, revision in rows), default=0), texts


def _fitting(texts: Sequence[Version]) -> Iterator[Version]:
    """The first of these texts, and as many of the latest ones as fit into a frame with it."""
    first, *others = texts
    left = TEXTS_BYTES - _bytes(first)
    kept: list[Version] = []
    for text in reversed(others):
        left -= _bytes(text)
        if left < 0:
            break
        kept.append(text)
    yield first
    yield from reversed(kept)


def _bytes(text: Version) -> int:
    return len(text.encode().encode())
