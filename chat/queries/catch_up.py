"""Reads what a person missed in a room, page by page and without limit, for streams that resume by a cursor."""

from dataclasses import dataclass
from datetime import timedelta

from chat.bus.events import RoomChanged
from chat.models import Membership, Message, Room, User
from chat.protocol import shapes
from chat.protocol.limits import OUTBOUND_FRAME_BYTES
from chat.queries.changes import author_items, member_item, message_item
from chat.queries.mine import Missed, missed
from chat.queries.rooms import membership_of

PAGE_CHANGES = 200
"""Most messages, and most members, of a page."""

PAGE_CHARS = OUTBOUND_FRAME_BYTES // 4
"""A page ends when its messages have this many characters, so that it fits into a frame."""

JOINED_MARGIN = timedelta(minutes=1)
"""The clocks of processes may differ by this much."""


@dataclass(frozen=True, slots=True)
class MissedPage:
    """The next changes of a room, and what their reader has added to these messages.

    `is_ahead` means that the revision after which they were asked for is above that of the room: there is no page.
    """

    change: RoomChanged
    mine: Missed
    is_last: bool
    is_ahead: bool = False


def missed_page(user: User, room_id: int, since: int) -> MissedPage:
    """Return what changed in a room after a revision, in the order of revisions. Raises NotFound or Forbidden."""
    room = membership_of(user, room_id).room
    if since > room.revision:
        return MissedPage(_change(room, since, since, [], []), Missed(0), is_last=True, is_ahead=True)
    messages, reached = _messages(room, since)
    members = list(Membership.objects.changed_since(room_id, since).filter(revision__lte=reached)[:PAGE_CHANGES])
    if len(members) == PAGE_CHANGES:
        reached = members[-1].revision
        messages = [message for message in messages if message.revision <= reached]
    change = _change(room, since, reached, messages, members)
    return MissedPage(change, missed(change.messages, {user.pk}), is_last=reached >= room.revision)


def _messages(room: Room, since: int) -> tuple[list[Message], int]:
    """Return the messages of a page, and the revision up to which they are complete.

    A message that has changed since the room was read, when the reader was certainly in it, is on a later page.
    """
    rows = list(Message.objects.changed_since(room.pk, since).filter(revision__lte=room.revision)[: PAGE_CHANGES + 1])
    chars = 0
    for count, row in enumerate(rows):
        chars += len(row.body) + len(row.html)
        if count == PAGE_CHANGES or (count and chars > PAGE_CHARS):
            return rows[:count], rows[count - 1].revision
    return rows, room.revision


def _change(room: Room, since: int, reached: int, messages: list[Message], members: list[Membership]) -> RoomChanged:
    settings_changed = since < room.settings_revision <= reached
    return RoomChanged(
        room=room.pk,
        since=since,
        revision=reached,
        message_count=room.message_count,
        counted=room.counted,
        messages=tuple(message_item(message) for message in messages),
        authors=author_items(room.pk, messages),
        members=tuple(member_item(member) for member in members),
        info=shapes.RoomInfo.of(room).encode() if settings_changed else None,
    )


def joined_after(user: User, room_id: int) -> int:
    """Return a revision of a room after which all changes since the person joined it are: it may be lower.

    Raises NotFound or Forbidden if they are not in it.
    """
    membership = membership_of(user, room_id)
    first, after = 1, membership.room.message_count + 1
    while first < after:  # positions have no gaps, and times ascend with them
        middle = (first + after) // 2
        at = Message.objects.filter(room_id=room_id, position=middle).values_list("created_at", flat=True).first()
        if at is not None and at < membership.joined_at - JOINED_MARGIN:
            first = middle + 1
        else:
            after = middle
    return first - 1  # each message took a revision, so those from this position on have higher ones
