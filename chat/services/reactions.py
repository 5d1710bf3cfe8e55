"""Reactions to messages."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.models import CustomEmoji, Message, Reaction, User
from chat.models.poll import POLL
from chat.models.reaction import REACTION_CHARS, REACTIONS
from chat.protocol.errors import Conflict, Invalid
from chat.protocol.shapes import Mine
from chat.queries.mine import own_of
from chat.services import quotas
from chat.services.changes import room_transaction
from chat.services.custom_emoji import NAME_CHARACTERS
from chat.services.messages import room_of
from chat.unicode import one_emoji

DIFFERENT_EMOJI = 20
"""Most different emoji with which people can react to one message."""

PEOPLE_NAMED = 10
"""Most people per emoji whose ids the summary contains."""


def react(actor: User, *, message_id: int, emoji: str, on: bool) -> tuple[Message, Mine]:
    """Add a reaction to a message, or remove it; returns the message and what the actor has added to it.

    Sets a state, so repeating it changes nothing. Raises NotFound, Forbidden, Archived, Conflict for a deleted message
    or one with too many different reactions, and for a new reaction with an archived emoji; Invalid for anything but an
    emoji, RateLimited.
    """
    quotas.REACTIONS.take(actor)
    chosen, is_offered = clean_emoji(emoji)
    with room_transaction(room_of(message_id), or_thread=True) as change:
        message = Message.objects.get(pk=message_id)
        policy.require_react(actor, change.room, change.membership(actor))
        policy.require_from_a_person(message)
        if message.is_deleted:
            raise Conflict(_("This message was deleted."))
        added = own_of(actor.pk, message_id, has_poll=POLL in message.extras)
        if (chosen in added.reactions) != on:
            if on and not is_offered:
                raise Conflict(_("This emoji is archived: it can't be used for new reactions."), field="emoji")
            if on:
                _add(message, actor, chosen)
                added.reactions.append(chosen)
            else:
                Reaction.objects.filter(message=message, user=actor, emoji=chosen).delete()
                added.reactions.remove(chosen)
            _summarise(message, chosen)
            change.save_extras(message)
            change.note_mine(actor, added.mine(message_id, message.revision))
    return message, added.mine(message_id, message.revision)


def clean_emoji(text: str) -> tuple[str, bool]:
    """Return the emoji that a text consists of, in the one form that is stored, and whether it is not archived.

    That is one emoji of Unicode, or `:name:` of an emoji of the space. Raises Invalid for any other text.
    """
    if len(text) <= REACTION_CHARS:
        custom = _custom_emoji(text)
        if custom is not None:
            return str(custom), not custom.is_archived
        emoji = one_emoji(text)
        if emoji is not None and len(emoji) <= REACTION_CHARS:
            return emoji, True
    raise Invalid(_("React with one emoji."), field="emoji")


def _custom_emoji(text: str) -> CustomEmoji | None:
    if not (text.startswith(":") and text.endswith(":") and NAME_CHARACTERS.issuperset(text[1:-1])):
        return None
    emoji: CustomEmoji | None = CustomEmoji.objects.filter(name=text[1:-1]).first()
    return emoji


def _add(message: Message, actor: User, emoji: str) -> None:
    used = message.extras.get(REACTIONS, [])
    if len(used) >= DIFFERENT_EMOJI and all(entry["emoji"] != emoji for entry in used):
        raise Conflict(_("This message can't have any more different reactions."), field="emoji")
    Reaction.objects.create(message=message, user=actor, emoji=emoji)


def _summarise(message: Message, emoji: str) -> None:
    """Update the entry of one emoji in the summary from the table. Emoji keep the order in which they were first used.

    The other entries were written under the same lock, and are left as they are.
    """
    entries: list[dict[str, Any]] = message.extras.get(REACTIONS, [])
    entry = _entry(message, emoji)
    place = next((index for index, held in enumerate(entries) if held["emoji"] == emoji), len(entries))
    entries = [*entries[:place], *([entry] if entry else []), *entries[place + 1 :]]
    others = {name: value for name, value in message.extras.items() if name != REACTIONS}
    message.extras = others | ({REACTIONS: entries} if entries else {})


def _entry(message: Message, emoji: str) -> dict[str, Any] | None:
    """What the summary says of one emoji: how many people used it, and who used it first. None if nobody did."""
    reactions = Reaction.objects.filter(message=message, emoji=emoji)
    users = list(reactions.order_by("pk").values_list("user_id", flat=True)[:PEOPLE_NAMED])
    count = len(users) if len(users) < PEOPLE_NAMED else reactions.count()
    return {"emoji": emoji, "count": count, "users": users} if users else None
