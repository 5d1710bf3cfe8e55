"""The deriver of mentions, and of what else follows from the messages of a thread."""

from collections.abc import Sequence

from chat.derive.deriver import Change, Deriver, Watch
from chat.models import Message, Room
from chat.protocol.errors import NotFound
from chat.services.changes import room_transaction
from chat.services.mentions import may_concern_somebody, replace_mentions
from chat.services.thread_summaries import summarise, update_followers

THREAD_PAUSE_SECONDS = 1.0
"""The summary of a thread changes at most this often."""


class Mentions(Deriver):
    """Keeps the mentions in messages, and the items of the people who are mentioned, equal to the texts.

    Of a thread, it also keeps the summary, those who follow it, and what they have not read. A deriver of its own would
    cost a transaction for each change of any room.
    """

    name = "mentions"
    watches = Watch.NEW | Watch.TEXT

    def pause_after(self, room: Room) -> float:
        return THREAD_PAUSE_SECONDS if room.is_thread else 0.0

    def must_last(self, room: Room, messages: Sequence[Message]) -> bool:
        return room.is_thread or any(map(may_concern_somebody, messages))

    def apply(self, room: Room, changes: Sequence[Change]) -> int | None:
        return _derive_thread(room, changes) if room.is_thread else _derive_mentions(room, changes)


def _derive_mentions(room: Room, changes: Sequence[Change]) -> int | None:
    numbered = [
        (number, change.message)
        for number, change in enumerate(changes, start=1)
        if may_concern_somebody(change.message)
    ]
    if not numbered:
        return None
    done = replace_mentions(room, [message for _number, message in numbered])
    return len(changes) if done == len(numbered) else numbered[done - 1][0]


def _derive_thread(thread: Room, changes: Sequence[Change]) -> int | None:
    new = {change.message.pk for change in changes if change.kind is Watch.NEW}
    try:
        with room_transaction(thread.members_room_id) as change_of_room:
            summarise(change_of_room, thread)
            return update_followers(thread, [change.message for change in changes], new)
    except NotFound:
        return None  # the room is deleted, and the thread with it
