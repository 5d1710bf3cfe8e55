"""What follows from the messages of a thread: its summary, who follows it, who is mentioned, and what is unread.

All of it is written under the lock of the room of the thread, and repeating it changes nothing.
"""

from collections.abc import Collection, Sequence
from typing import Any

from chat.models import Mention, Message, Room, ThreadFollow
from chat.models.message import THREAD
from chat.protocol.shapes import timestamp
from chat.services.changes import RoomChange
from chat.services.mentions import mentioned_at_once
from chat.services.thread_follows import follows_of, lock_members, settle

FACES = 3
"""Most people whom the summary of a thread names: those who wrote last."""

NEWEST = 50
"""Messages in which they are looked for."""


def summarise(change: RoomChange, thread: Room) -> None:
    """Make the summary of a thread in the message to which it belongs equal to its messages."""
    message = Message.objects.filter(thread=thread).first()
    if message is None:
        return
    summary = summary_of(thread)
    if message.extras.get(THREAD) != summary:
        message.extras = {**message.extras, THREAD: summary}
        change.save_extras(message)


def summary_of(thread: Room) -> dict[str, Any]:
    """The summary of a thread: its number of replies, the last people who wrote, and when the last one did."""
    replies = Message.objects.filter(room=thread, deleted_at__isnull=True)
    newest = list(replies.order_by("-position").values_list("author_id", "created_at")[:NEWEST])
    summary: dict[str, Any] = {"room": thread.pk, "count": replies.count()}
    if newest:
        people = list(dict.fromkeys(author for author, _at in newest))
        summary |= {"people": people[:FACES], "at": timestamp(newest[0][1])}
    return summary


def update_followers(thread: Room, messages: Sequence[Message], new: Collection[int]) -> int:
    """Update mentions, followers and what is unread after these messages were posted (`new`, by id), edited or deleted.

    Authors have read up to their own message. Authors and people who are mentioned follow the thread, unless they
    stopped after that message. Returns how many messages were done, at least one.
    """
    wanted = mentioned_at_once(thread, messages)
    messages = messages[: len(wanted)]
    rows = Mention.objects.filter(message__in=messages)
    held = {(message, user): pk for message, user, pk in rows.values_list("message", "user", "pk")}
    pairs = {(message.pk, user) for message, users in zip(messages, wanted, strict=True) for user in users}
    own: dict[int, int] = {}
    for message in messages:
        if message.pk in new:
            own[message.author_id] = max(message.position, own.get(message.author_id, 0))
    concerned = {user for _message, user in pairs ^ held.keys()} | own.keys()
    read = set[int]()
    if own:
        up_to_date = ThreadFollow.objects.active().filter(room=thread, is_unread=False)
        read = set(up_to_date.values_list("user_id", flat=True)) - concerned
    members = lock_members(thread.members_room_id, concerned | read)
    positions = {message.pk: message.position for message in messages}
    added = sorted((message, user) for message, user in pairs - held.keys() if user in members)
    Mention.objects.bulk_create(
        Mention(message_id=message, user_id=user, room=thread, position=positions[message]) for message, user in added
    )
    Mention.objects.filter(pk__in=[held[pair] for pair in held.keys() - pairs]).delete()
    follows = follows_of(thread, members)
    mentioned: dict[int, list[int]] = {}
    for message_id, user in added:
        mentioned.setdefault(user, []).append(positions[message_id])
    followed = set[int]()
    times = {message.position: message.created_at for message in messages}
    for user in sorted(members.keys() & (own.keys() | mentioned.keys())):
        # What somebody who has left and come back wrote before is not followed again when it is derived again.
        joined_at = members[user].joined_at
        after = [position for position in mentioned.get(user, []) if user in follows or times[position] > joined_at]
        position = own.get(user, 0)
        written = position if position and (user in follows or times[position] > joined_at) else 0
        if written or after:
            _follow(follows, thread, user, written, after)
            followed.add(user)
    settle(thread, members, follows.values(), changed=concerned, show_to=followed)
    return len(messages)


def _follow(follows: dict[int, ThreadFollow], thread: Room, user: int, own: int, mentioned: list[int]) -> None:
    """Let a person follow a thread in which they wrote at position `own`, or are mentioned at some positions."""
    follow = follows.get(user)
    if follow is None:
        before_mention = min(mentioned) - 1 if mentioned else 0
        follow = follows[user] = ThreadFollow(
            room=thread, parent_id=thread.members_room_id, user_id=user, last_read=before_mention
        )
    elif not follow.is_following and max(own, *mentioned, 0) > follow.last_read:
        follow.is_following = True
    follow.last_read = max(follow.last_read, own)
