"""Threads: beginning one with its first reply, following it, and reading it.

Later replies to a thread are posted like any message (`chat.services.messages`).
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.models import Membership, Message, Room, ThreadFollow, User
from chat.models.message import FROM_THREAD, THREAD
from chat.protocol.errors import Conflict, Held, Invalid, NotFound
from chat.protocol.shapes import timestamp
from chat.queries.rooms import membership_of
from chat.services import quotas
from chat.services.changes import RoomChange, room_transaction
from chat.services.group_commit import draft
from chat.services.held_messages import hold, screen
from chat.services.posting import post_drafts
from chat.services.thread_copies import copy_key
from chat.services.thread_follows import follows_of, lock_members, settle
from chat.store.lock_timeout import limited_transaction


def reply_in_thread(
    author: User,
    *,
    room_id: int,
    message_id: int,
    key: uuid.UUID,
    body: str,
    reply_to: int | None = None,
    also_in_room: bool = False,
    files: Sequence[uuid.UUID] = (),
    at: datetime | None = None,
    is_looked_at: bool = False,
) -> Message:
    """Post a reply in the thread of a message of a room, which begins with its first one, and return it.

    With `also_in_room`, a copy is posted in the room by the same transaction; its key is computed from `key`, so that a
    resend returns both. Raises NotFound (field `thread` for an unknown message), Forbidden, Archived, Muted, TooSoon,
    Conflict for a deleted message without a thread, Invalid or TooLarge; Held if an administrator must look at it
    first, unless one has.
    """
    new = partial(draft, author_id=author.pk, room_id=room_id, body=body, may_be_empty=bool(files))
    reply = new(key=key, reply_to=reply_to)
    copy = new(key=copy_key(key)) if also_in_room else None
    stored = Message.objects.filter(author=author, key=key, room__parent_message=message_id).first()
    if stored is not None:
        return stored
    if not is_looked_at:
        _screen_or_hold(author, reply, message_id, also_in_room=also_in_room, files=files)
    at = at or timezone.now()
    with limited_transaction():
        reply.room_id = _thread_of(author, room_id, message_id, at)
        drafts = [reply]
        if copy is not None:
            position = Message.objects.filter(pk=message_id).values_list("position", flat=True).first()
            copy.extras = {FROM_THREAD: {"room": reply.room_id, "message": message_id, "position": position}}
            drafts.append(copy)
        return post_drafts(author, drafts, files=files, at=at)[0]


def _screen_or_hold(
    author: User, reply: Message, message_id: int, *, also_in_room: bool, files: Sequence[uuid.UUID]
) -> None:
    """Check the text of a reply, of which the room is that of the message. One that is held may begin its thread."""
    try:
        screen(author, reply, files=files)
    except Held:
        room = membership_of(author, reply.room_id).room
        message = _message_of(room, message_id)
        if not Room.objects.filter(parent_message=message).exists():
            _require_present(message)
        hold(author, reply, thread=message, also_in_room=also_in_room, files=files)
        raise


def _thread_of(author: User, room_id: int, message_id: int, at: datetime) -> int:
    """The id of the thread of a message. Begins one, under the lock of the room, if it has none."""
    found = Room.objects.filter(parent_message_id=message_id, parent_id=room_id).values_list("pk", flat=True).first()
    if found is not None:
        return found
    with room_transaction(room_id, or_thread=True) as change:
        policy.require_post(author, change.room, change.membership(author))
        message = _message_of(change.room, message_id)
        begun = Room.objects.filter(parent_message=message).values_list("pk", flat=True).first()
        if begun is not None:
            return begun
        _require_present(message)
        return _begin(change, author, message, at)


def _message_of(room: Room, message_id: int) -> Message:
    """A message of a room that has a thread or may have one, unless it is deleted. Raises NotFound or Invalid."""
    if room.is_thread:
        raise Invalid(_("A reply in a thread has no thread of its own."), field="thread")
    message: Message | None = Message.objects.filter(pk=message_id, room=room).first()
    if message is None:
        raise NotFound(field="thread")
    policy.require_from_a_person(message)
    return message


def _require_present(message: Message) -> None:
    if message.is_deleted:
        raise Conflict(_("This message was deleted."))


def _begin(change: RoomChange, author: User, message: Message, at: datetime) -> int:
    """Create the thread of a message, which its author follows, and note its first reply in the message."""
    thread = Room.objects.create(
        kind=Room.Kind.THREAD, parent=change.room, parent_message=message, created_by=author, slug=None, name=""
    )
    if message.author_id != author.pk and change.room.memberships.current().filter(user=message.author_id).exists():
        ThreadFollow.objects.create(room=thread, parent=change.room, user_id=message.author_id)
    first = {"room": thread.pk, "count": 1, "people": [author.pk], "at": timestamp(at)}
    message.extras = {**message.extras, THREAD: first}
    change.save_extras(message)
    return thread.pk


def follow_thread(actor: User, *, room_id: int, on: bool) -> Membership:
    """Follow a thread, or stop following it: then nothing in it is unread, until the person replies or is mentioned.

    Sets a state, so repeating it changes nothing. Raises NotFound, Forbidden or RateLimited.
    """
    quotas.FOLLOWS.take(actor)
    membership = membership_of(actor, room_id)
    policy.require_follow(actor, membership.room, membership)
    thread = membership.room
    with limited_transaction():
        members = lock_members(thread.members_room_id, [actor.pk])
        if not members:
            raise NotFound
        follow = follows_of(thread, members).get(actor.pk) or _new_follow(thread, actor, follows=False)
        if follow.is_following != on:
            follow.is_following, follow.last_read = on, thread.message_count
            settle(thread, members, [follow], changed=members, show_to=members)
    return membership_of(actor, room_id)


def mark_thread_read(actor: User, membership: Membership, *, position: int) -> Membership:
    """Note that a person has read a thread up to a position. Without effect for somebody who does not follow it."""
    thread = membership.room
    reached = min(position, thread.message_count)
    if membership.follow is None or not membership.follow.is_following or reached <= membership.last_read:
        return membership
    with limited_transaction():
        members = lock_members(thread.members_room_id, [actor.pk])
        follow = follows_of(thread, members).get(actor.pk)
        if follow is not None and follow.is_following and follow.last_read < reached:
            follow.last_read = reached
            settle(thread, members, [follow], changed=members, show_to=members)
    return membership_of(actor, thread.pk)


def _new_follow(thread: Room, user: User, *, follows: bool) -> ThreadFollow:
    return ThreadFollow(
        room=thread,
        parent_id=thread.members_room_id,
        user=user,
        is_following=follows,
        last_read=thread.message_count,
    )
