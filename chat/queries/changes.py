"""Changes of rooms in the form of the bus: encoded once for all processes and readers."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef

from chat.bus.events import AuthorItem, MemberItem, MessageItem, RoomChanged
from chat.models import Membership, Message, Room, User
from chat.models.message import QUOTE, SYSTEM, THREAD
from chat.models.pin import PINNED
from chat.protocol import shapes
from chat.protocol.limits import RESUME_CHANGES


def changes_since(room_id: int, revision: int) -> RoomChanged | None:
    """Return what changed in a room after a revision, or None if the room does not exist.

    For feeds: no permissions are checked. Holds at most RESUME_CHANGES messages; if its revision is lower than the
    room's, there is more.
    """
    room = Room.objects.filter(pk=room_id).first()
    if room is None:
        return None
    messages = list(Message.objects.changed_since(room_id, revision)[:RESUME_CHANGES])
    reached = room.revision
    if len(messages) == RESUME_CHANGES:
        reached = min(reached, messages[-1].revision)
    settings_changed = room.settings_revision > revision
    return RoomChanged(
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
    """A message in the form of the bus."""
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
    """A member in the form of the bus."""
    return MemberItem(
        membership.user_id,
        membership.revision,
        membership.role,
        membership.has_left,
        shapes.Member.of(membership).encode(),
    )


def people_of(author: int, extras: dict[str, Any]) -> set[int]:
    """The people whom a reader of a message must know: its author, and those whom its extras name for all readers."""
    if not extras:
        return {author}
    people = {author, *extras.get(SYSTEM, {}).get("people", ())}
    if QUOTE in extras:
        people.add(extras[QUOTE]["author"])
    if PINNED in extras:
        people.add(extras[PINNED]["by"])
    if THREAD in extras:
        people.update(extras[THREAD].get("people", ()))
    return people


def author_items(room_id: int, messages: Iterable[Message]) -> tuple[AuthorItem, ...]:
    """The authors of messages in a room, and of those that they quote, by one query."""
    ids = {user_id for message in messages for user_id in people_of(message.author_id, message.extras)}
    if not ids:
        return ()
    authors = User.objects.filter(pk__in=ids).annotate(is_member=in_room(room_id))
    return tuple(AuthorItem(author.pk, author.is_member, shapes.User.of(author).encode()) for author in authors)


def in_room(room_id: int) -> Exists:
    """An annotation of users: whether they are in a room now."""
    return Exists(Membership.objects.current().filter(room_id=room_id, user=OuterRef("pk")))
