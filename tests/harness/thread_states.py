"""Compares what is derived of threads with their messages."""

from collections.abc import Iterable

from django.db.models import Count, Sum

from chat.models import Membership, Mention, Room, ThreadFollow
from chat.services.thread_summaries import summary_of


def wrong_threads(room_ids: Iterable[int]) -> list[str]:
    """A sentence for everything that is wrong about the threads of these rooms, once they are derived.

    Django must be set up.
    """
    ids = list(room_ids)
    wrong = []
    for thread in Room.objects.filter(parent__in=ids).select_related("parent_message"):
        message = thread.parent_message
        if message is None or message.extras.get("thread") != summary_of(thread):
            wrong.append(f"thread {thread.pk}: its message does not show what it contains")
        for follow in thread.follows.all():
            unread = follow.is_following and follow.last_read < thread.message_count
            if follow.is_unread != unread:
                wrong.append(f"thread {thread.pk}, person {follow.user_id}: read up to {follow.last_read}")
            mentions = Mention.objects.filter(room=thread, user=follow.user_id, read_at=None)
            count = mentions.filter(position__gt=follow.last_read).count() if unread else 0
            if follow.mentions != count:
                wrong.append(f"thread {thread.pk}, person {follow.user_id}: {follow.mentions} mentions, not {count}")
    rows = ThreadFollow.objects.filter(parent__in=ids, is_unread=True).values_list("parent", "user")
    sums = {(room, user): (n, mentions) for room, user, n, mentions in rows.annotate(Count("pk"), Sum("mentions"))}
    for membership in Membership.objects.filter(room__in=ids):
        held = (membership.unread_threads, membership.thread_mentions)
        wanted = sums.get((membership.room_id, membership.user_id), (0, 0))
        if held != wanted:
            wrong.append(f"room {membership.room_id}, person {membership.user_id}: {held} in threads, not {wanted}")
    return wrong
