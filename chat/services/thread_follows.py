"""Who follows a thread, and what is unread in the threads of a room: rows, and their numbers in the memberships.

The numbers of a person in a room change only under the lock of their membership there, which is taken before the rows
of `ThreadFollow` are read.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone

from chat.bus.bus import bus
from chat.bus.events import ThreadsChanged
from chat.models import Membership, Mention, Room, ThreadFollow, User
from chat.protocol.events import FollowEvent
from chat.protocol.shapes import unread
from chat.store.lock_timeout import limited_transaction

Members = Mapping[int, Membership]
"""Locked memberships in the room of a thread, by the id of the person."""


def lock_members(room_id: int, user_ids: Collection[int]) -> dict[int, Membership]:
    """Lock the memberships of these people in the room of a thread. Those who have left are not among them."""
    memberships = Membership.objects.current().filter(room_id=room_id, user_id__in=user_ids)
    locked = memberships.select_for_update(no_key=True).order_by("pk")
    return {membership.user_id: membership for membership in locked}


def follows_of(thread: Room, user_ids: Collection[int]) -> dict[int, ThreadFollow]:
    """The rows of these people in a thread, by the id of the person."""
    return {follow.user_id: follow for follow in ThreadFollow.objects.filter(room=thread, user_id__in=user_ids)}


def settle(
    thread: Room,
    members: Members,
    follows: Iterable[ThreadFollow],
    *,
    changed: Collection[int] = (),
    show_to: Collection[int] = (),
) -> None:
    """Save rows of locked members, and what follows from them: new ones, and those of `changed` people.

    Of the others, only what follows from new messages and mentions is saved. The people whose numbers changed are sent
    these after COMMIT, and those in `show_to` also their row.
    """
    rows = list(follows)
    count = Room.objects.filter(pk=thread.pk).values_list("message_count", flat=True).first() or 0
    mentions = _unread_mentions(rows)
    was = {follow.user_id: (follow.is_unread, follow.mentions) for follow in rows if follow.pk}
    for follow in rows:
        follow.is_unread = follow.is_following and follow.last_read < count
        follow.mentions = mentions.get(follow.user_id, 0) if follow.is_unread else 0
    moved = {row.user_id for row in rows if was.get(row.user_id, (False, 0)) != (row.is_unread, row.mentions)}
    _save(rows, was, changed)
    shown = {row.user_id: _own_frame(row, count) for row in rows if row.user_id in show_to}
    _recount(thread.members_room_id, {user: members[user] for user in moved | shown.keys()}, shown)


def _save(rows: Sequence[ThreadFollow], was: Mapping[int, tuple[bool, int]], changed: Collection[int]) -> None:
    """Save rows. The statement for those that only became unread has the same size for any number of them."""
    ThreadFollow.objects.bulk_create([row for row in rows if row.user_id not in was])
    kept = [row for row in rows if row.user_id in was]
    whole = [row for row in kept if row.user_id in changed or was[row.user_id][1] != row.mentions]
    ThreadFollow.objects.bulk_update(whole, ["is_following", "last_read", "is_unread", "mentions"])
    only = {row.pk for row in kept if was[row.user_id][0] != row.is_unread} - {row.pk for row in whole}
    ThreadFollow.objects.filter(pk__in=only).update(is_unread=True)


def forget_threads(room_id: int, user_ids: Collection[int]) -> None:
    """Remove what people who are leaving a room follow in it. The caller holds the lock of the room."""
    found = ThreadFollow.objects.filter(parent_id=room_id, user_id__in=user_ids)
    if found.exists():
        members = lock_members(room_id, user_ids)
        found.delete()
        _store(members.values(), (0, 0))


def mark_mentions_read(person: User, **where: Any) -> None:
    """Mark unread mentions of a person in threads as read.

    Each thread has its own transaction: memberships in several rooms are locked only together with these rooms.
    """
    mentions = Mention.objects.filter(user=person, read_at__isnull=True, **where)
    for thread in {mention.room_id: mention.room for mention in mentions.select_related("room")}.values():
        with limited_transaction():
            members = lock_members(thread.members_room_id, [person.pk])
            mentions.filter(room=thread).update(read_at=timezone.now())
            settle(thread, members, follows_of(thread, members).values())


def _unread_mentions(follows: Sequence[ThreadFollow]) -> dict[int, int]:
    """The number of unread mentions of each person in the thread of these rows."""
    if not follows:
        return {}
    thread, last_read = follows[0].room_id, {follow.user_id: follow.last_read for follow in follows}
    rows = Mention.objects.filter(room_id=thread, user_id__in=last_read, read_at__isnull=True)
    rows = rows.filter(position__gt=min(last_read.values()))
    found: dict[int, int] = {}
    for user_id, position in rows.values_list("user_id", "position"):
        if position > last_read[user_id]:
            found[user_id] = found.get(user_id, 0) + 1
    return found


def _own_frame(follow: ThreadFollow, count: int) -> str:
    last_read = follow.last_read if follow.is_following else count
    return FollowEvent(
        room=follow.room_id, follows=follow.is_following, last_read=last_read, unread=unread(count, last_read)
    ).encode()


def _recount(room_id: int, members: Members, shown: Mapping[int, str]) -> None:
    """Store numbers of locked members that changed, some statements for any number of people; publish after COMMIT."""
    if not members:
        return
    rows = ThreadFollow.objects.unread().filter(parent_id=room_id, user_id__in=members).order_by().values("user_id")
    counts = {
        user_id: (threads, mentions)
        for user_id, threads, mentions in rows.annotate(threads=Count("pk"), all_mentions=Sum("mentions")).values_list(
            "user_id", "threads", "all_mentions"
        )
    }
    by_numbers: dict[tuple[int, int], list[Membership]] = {}
    for user_id, membership in members.items():
        by_numbers.setdefault(counts.get(user_id, (0, 0)), []).append(membership)
    for numbers, memberships in by_numbers.items():
        _store(memberships, numbers)
    events = [
        ThreadsChanged(user_id, room=room_id, unread=threads, mentions=mentions, follow=shown.get(user_id, ""))
        for user_id in members
        for threads, mentions in [counts.get(user_id, (0, 0))]
    ]
    transaction.on_commit(lambda: bus.publish(events))


def _store(memberships: Iterable[Membership], numbers: tuple[int, int]) -> None:
    unread_threads, mentions = numbers
    changed = [row.pk for row in memberships if (row.unread_threads, row.thread_mentions) != numbers]
    if changed:
        Membership.objects.filter(pk__in=changed).update(unread_threads=unread_threads, thread_mentions=mentions)
