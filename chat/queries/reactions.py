"""The reader's own reactions, which are not part of what all readers share."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from chat.bus.events import MessageItem
from chat.models import Reaction
from chat.models.reaction import REACTIONS
from chat.protocol.shapes import Extras, Message, Mine

MESSAGES_AT_ONCE = 5_000
"""Most messages about which one query asks."""

Own = dict[int, dict[int, list[str]]]
"""Emoji by person and message."""


def own_reactions(user_ids: Collection[int], message_ids: Collection[int]) -> Own:
    """The reactions of these people to these messages. Usually one query; none without messages."""
    found: Own = {}
    ids = sorted(message_ids)
    for start in range(0, len(ids), MESSAGES_AT_ONCE):
        some = Reaction.objects.of(user_ids, ids[start : start + MESSAGES_AT_ONCE])
        for user, message, emoji in some.values_list("user_id", "message_id", "emoji"):
            found.setdefault(user, {}).setdefault(message, []).append(emoji)
    return found


def with_reactions(messages: Iterable[Message | Extras]) -> dict[int, int]:
    """The revisions of those messages that have reactions, by id."""
    return {message.id: message.revision for message in messages if REACTIONS in message.extras}


def mine_of(revisions: dict[int, int], own: dict[int, list[str]]) -> tuple[Mine, ...]:
    """One person's own reactions to messages with these revisions."""
    return tuple(
        Mine(id=message, revision=revision, reactions=tuple(own[message]))
        for message, revision in revisions.items()
        if message in own
    )


@dataclass(frozen=True, slots=True)
class MissedReactions:
    """The own reactions of people to messages of which changes were missed, as JSON texts of `Mine`.

    `none` are those of somebody without reactions, `by_user` those of the others.
    """

    revision: int
    none: list[str] = field(default_factory=list)
    by_user: dict[int, list[str]] = field(default_factory=dict)


def missed_reactions(messages: Sequence[MessageItem], user_ids: Collection[int]) -> MissedReactions:
    """Read the own reactions of people to messages that may have got or lost some of them."""
    revisions = {item.id: item.revision for item in messages if _may_have_had_reactions(item)}
    own = own_reactions(user_ids, revisions)
    by_user = {user: [_mine(*message, of_user) for message in revisions.items()] for user, of_user in own.items()}
    newest = max(revisions.values(), default=0)
    return MissedReactions(newest, [_mine(*message, {}) for message in revisions.items()], by_user)


def _may_have_had_reactions(item: MessageItem) -> bool:
    """Whether a message may have had reactions: not if nothing but sending it has changed it."""
    shape = json.loads(item.text)
    return bool(item.text_revision or shape.get("edited_at") or REACTIONS in shape.get("extras", {}))


def _mine(message: int, revision: int, own: dict[int, list[str]]) -> str:
    return Mine(id=message, revision=revision, reactions=tuple(own.get(message, ()))).encode()
