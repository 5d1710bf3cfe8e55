"""What the reader has added to messages, which is not part of what all readers share: their reactions and votes."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from chat.bus.events import MessageItem
from chat.models import Reaction, Vote
from chat.models.poll import POLL
from chat.models.reaction import REACTIONS
from chat.protocol.shapes import Message, Mine

MESSAGES_AT_ONCE = 5_000
"""Most messages about which one query asks."""


class Added(NamedTuple):
    """What a person has added to a message: emoji, oldest first, and numbers of choices in ascending order."""

    reactions: list[str]
    votes: list[int]

    def mine(self, message: int, revision: int) -> Mine:
        """The shape, as of a revision of the message."""
        return Mine(id=message, revision=revision, reactions=tuple(self.reactions), votes=tuple(self.votes))


Own = dict[int, dict[int, Added]]
"""What people have added, by person and message."""


@dataclass(frozen=True, slots=True)
class Addable:
    """The revisions of messages to which readers may have added something, by id."""

    reacted: dict[int, int] = field(default_factory=dict)
    polls: dict[int, int] = field(default_factory=dict)

    @property
    def revisions(self) -> dict[int, int]:
        """All of them."""
        return self.reacted | self.polls


def addable(messages: Iterable[Message]) -> Addable:
    """Those messages that have reactions or a poll."""
    found = Addable()
    for message in messages:
        if message.extras:
            if REACTIONS in message.extras:
                found.reacted[message.id] = message.revision
            if POLL in message.extras:
                found.polls[message.id] = message.revision
    return found


def own(user_ids: Collection[int], *, reacted: Collection[int], polls: Collection[int]) -> Own:
    """What these people have added to messages with reactions and to polls. One query for each, none without any."""
    found: Own = {}
    for ids in _parts(reacted):
        for user, message, emoji in Reaction.objects.of(user_ids, ids).values_list("user_id", "message_id", "emoji"):
            _added(found, user, message).reactions.append(emoji)
    for ids in _parts(polls):
        for user, poll, number in Vote.objects.of(user_ids, ids).values_list("user_id", "poll_id", "choice__number"):
            _added(found, user, poll).votes.append(number)
    return found


def own_of(user_id: int, message: int, *, has_poll: bool) -> Added:
    """What one person has added to one message."""
    found = own([user_id], reacted=[message], polls=[message] if has_poll else [])
    return found.get(user_id, {}).get(message, Added([], []))


def mine_of(revisions: dict[int, int], added: dict[int, Added]) -> tuple[Mine, ...]:
    """What one person has added to messages with these revisions."""
    return tuple(added[message].mine(message, revision) for message, revision in revisions.items() if message in added)


@dataclass(frozen=True, slots=True)
class Missed:
    """What people have added to messages of which changes were missed, as JSON texts of `Mine`.

    `none` are those of somebody who has added nothing, `by_user` those of the others.
    """

    revision: int
    none: list[str] = field(default_factory=list)
    by_user: dict[int, list[str]] = field(default_factory=dict)


def missed(messages: Sequence[MessageItem], user_ids: Collection[int]) -> Missed:
    """Read what people have added to messages, if that may have changed."""
    found = _may_have_changed(messages)
    revisions = found.revisions
    by_person = own(user_ids, reacted=found.reacted, polls=found.polls)
    by_user = {user: [_mine(*message, added) for message in revisions.items()] for user, added in by_person.items()}
    newest = max(revisions.values(), default=0)
    return Missed(newest, [_mine(*message, {}) for message in revisions.items()], by_user)


def _may_have_changed(messages: Sequence[MessageItem]) -> Addable:
    """The polls, and those messages that may have had reactions: not if nothing but sending has changed one."""
    found = Addable()
    for item in messages:
        shape = json.loads(item.text)
        extras = shape.get("extras", {})
        if item.text_revision or shape.get("edited_at") or REACTIONS in extras:
            found.reacted[item.id] = item.revision
        if POLL in extras:
            found.polls[item.id] = item.revision
    return found


def _mine(message: int, revision: int, added: dict[int, Added]) -> str:
    return added.get(message, Added([], [])).mine(message, revision).encode()


def _added(found: Own, user: int, message: int) -> Added:
    return found.setdefault(user, {}).setdefault(message, Added([], []))


def _parts(ids: Collection[int]) -> Iterable[list[int]]:
    ordered = sorted(ids)
    return [ordered[start : start + MESSAGES_AT_ONCE] for start in range(0, len(ordered), MESSAGES_AT_ONCE)]
