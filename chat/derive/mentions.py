"""The deriver of mentions."""

from collections.abc import Sequence

from chat.derive.deriver import Change, Deriver, Watch
from chat.models import Message, Room
from chat.services.mentions import may_concern_somebody, replace_mentions


class Mentions(Deriver):
    """Keeps the mentions in messages, and the items of the people who are mentioned, equal to the texts."""

    name = "mentions"
    watches = Watch.NEW | Watch.TEXT

    def must_last(self, messages: Sequence[Message]) -> bool:
        return any(map(may_concern_somebody, messages))

    def apply(self, room: Room, changes: Sequence[Change]) -> int | None:
        numbered = [
            (number, change.message)
            for number, change in enumerate(changes, start=1)
            if may_concern_somebody(change.message)
        ]
        if not numbered:
            return None
        done = replace_mentions(room, [message for _number, message in numbered])
        return len(changes) if done == len(numbered) else numbered[done - 1][0]
