"""Reads threads: what a person is in them, by their membership in the room of the thread."""

from typing import NamedTuple

from django.db.models import F, OuterRef, Subquery

from chat import policy
from chat.models import Membership, Message, Room, ThreadFollow, User
from chat.protocol.excerpts import excerpt
from chat.protocol.shapes import unread


def thread_membership(user: User, thread: Room) -> Membership:
    """The person's membership in a thread: their role in its parent, and how far they have read the thread.

    It is not a row and must not be saved. Whoever does not follow a thread has nothing unread in it. Raises NotFound or
    Forbidden for somebody who is not in the parent.
    """
    in_parent = Membership.objects.filter(user=user, room_id=thread.members_room_id).first()
    member: Membership = policy.require_member(user, thread, in_parent)
    follow = ThreadFollow.objects.filter(user=user, room=thread).first()
    return membership_in(thread, member, follow)


def membership_in(thread: Room, in_parent: Membership, follow: ThreadFollow | None) -> Membership:
    """Build the membership in a thread from that in its parent."""
    follows = follow is not None and follow.is_following
    membership = Membership(
        user_id=in_parent.user_id,
        room=thread,
        role=in_parent.role,
        notify=in_parent.notify,
        muted_until=in_parent.muted_until,
        last_read=follow.last_read if follow is not None and follows else thread.message_count,
    )
    membership.follow = follow
    return membership


# --- the list of followed threads -------------------------------------------------------------------------------------

THREADS_LISTED = 30
TEXT_CHARS = 140


class Followed(NamedTuple):
    """A thread that the reader follows, with its newest reply."""

    follow: ThreadFollow
    message: Message
    """The message to which the thread replies, with its author."""
    text: str
    """The beginning of that message on one line; empty if it was deleted."""
    newest: Message
    newest_text: str
    unread: int


def followed_threads(reader: User, *, unread_only: bool) -> list[Followed]:
    """The threads that a person follows, those with the newest replies first: at most two queries."""
    newest = Message.objects.filter(room=OuterRef("room"), position=OuterRef("room__message_count")).values("pk")
    follows = ThreadFollow.objects.active().filter(user=reader, room__deleted_at__isnull=True)
    if unread_only:
        follows = follows.unread()
    rows = list(
        follows.select_related("parent", "room__parent_message__author")
        .annotate(newest=Subquery(newest))
        .order_by(F("newest").desc(nulls_last=True))[:THREADS_LISTED]
    )
    replies = Message.objects.with_author().in_bulk([vars(row)["newest"] for row in rows]) if rows else {}
    found = []
    for row in rows:
        message, reply = row.room.parent_message, replies.get(vars(row)["newest"])
        if message is not None and reply is not None:
            new = unread(row.room.message_count, row.last_read)
            found.append(Followed(row, message, _beginning(message), reply, _beginning(reply), new))
    return found


def _beginning(message: Message) -> str:
    return excerpt(message.body, message.html)[:TEXT_CHARS]
