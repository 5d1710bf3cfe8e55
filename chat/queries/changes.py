"""Changes of rooms as the bus carries them: encoded once for all processes and readers."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef

from chat.bus.bus import AuthorItem, Change, MemberItem, MessageItem
from chat.models import Membership, Message, Room, User
from chat.protocol import shapes
from chat.protocol.limits import RESUME_CHANGES


def changes_since(room_id: int, revision: int) -> Change | None:
    """What changed in a room after a revision; None if the room does not exist.

    For feeds, not for people. At most RESUME_CHANGES messages: if the change stops short of the room's own revision,
    there is more.
    """
    room = Room.objects.filter(pk=room_id).first()
    if room is None:
        return None
    messages = list(Message.objects.changed_since(room_id, revision)[:RESUME_CHANGES])
    reached = room.revision
    if len(messages) == RESUME_CHANGES:
        reached = min(reached, messages[-1].revision)
    settings_changed = room.settings_revision > revision
    return Change(
        room=room_id,
        since=revision,
        revision=reached,
        message_count=room.message_count,
        counted=room.counted,
        messages=tuple(message_item(message) for message in messages),
        authors=author_items(room_id, messages),
        members=tuple(member_item(member) for member in Membership.objects.changed_since(room_id, revision)),
        info=shapes.RoomInfo.of(room).encode() if settings_changed else None,
    )


def message_item(message: Message) -> MessageItem:
    """A message as the bus carries it."""
    return MessageItem(
        message.pk,
        message.revision,
        message.position,
        message.author_id,
        message.counted,
        shapes.Message.of(message).encode(),
        message.text_revision,
        shapes.Extras.of(message).encode() if message.text_revision else "",
    )


def member_item(membership: Membership) -> MemberItem:
    """A member as the bus carries it."""
    return MemberItem(
        membership.user_id,
        membership.revision,
        membership.role,
        membership.has_left,
        shapes.Member.of(membership).encode(),
    )


def author_items(room_id: int, messages: Iterable[Message]) -> tuple[AuthorItem, ...]:
    """The authors of messages of a room, in one query."""
    ids = {message.author_id for message in messages}
    if not ids:
        return ()
    authors = User.objects.filter(pk__in=ids).annotate(is_member=in_room(room_id))
    return tuple(AuthorItem(author.pk, author.is_member, shapes.User.of(author).encode()) for author in authors)


def in_room(room_id: int) -> Exists:
    """Whether a person of a query is in a room now."""
    return Exists(Membership.objects.current().filter(room_id=room_id, user=OuterRef("pk")))
