"""Compares mentions with the texts of messages."""

from chat.models import Membership, Mention, Message, PersonItem, Room
from chat.models.mention import MENTIONS_COUNTED
from chat.models.person_item import BLOCKS, MENTIONS
from chat.services.markup.names import mentioned
from chat.services.mentions import HERE, mentioned_in


def wrong_mentions(room_id: int) -> list[str]:
    """A sentence for every member of a room whose mentions, or whose item, differ from the texts.

    Django must be set up. Of those that were before a member had joined, of `@here` and by people who were
    blocked, nothing is expected.
    """
    room = Room.objects.filter(pk=room_id).first()
    if room is None:
        return []
    every = list(room.messages.filter(kind=Message.Kind.TEXT).order_by("position"))
    messages = [message for message in every if HERE not in mentioned(message.html)]
    left_out = {message.position for message in every} - {message.position for message in messages}
    # A block counts when a mention is derived, and may have changed since.
    blocks = set(PersonItem.objects.filter(kind=BLOCKS).values_list("user", "key"))
    left_out |= {message.position for message in messages if str(message.author_id) in {key for _user, key in blocks}}
    messages = [message for message in messages if message.position not in left_out]
    made: dict[int, set[int]] = {}
    for message, users in zip(messages, mentioned_in(room, messages), strict=True):
        for user in users:
            made.setdefault(user, set()).add(message.position)
    held: dict[int, set[int]] = {}
    unread: dict[int, set[int]] = {}
    for user, position, read_at in Mention.objects.filter(room=room).values_list("user", "position", "read_at"):
        if position not in left_out:
            held.setdefault(user, set()).add(position)
        if read_at is None:
            unread.setdefault(user, set()).add(position)
    items = PersonItem.objects.filter(kind=MENTIONS, key=str(room_id)).values_list("user", "value")
    counted = {user: value or [] for user, value in items}
    wrong = []
    for member in Membership.objects.current().filter(room=room, user__is_active=True):
        user, last_read = member.user_id, member.last_read
        is_first = every and member.joined_at < every[0].created_at
        since = 0 if is_first else last_read
        found, wanted = ({p for p in positions.get(user, ()) if p > since} for positions in (held, made))
        if found != wanted:
            wrong.append(
                f"room {room_id}, person {user}: mentioned at {sorted(found ^ wanted)} in the text or rows only"
            )
        newest = sorted(position for position in unread.get(user, ()) if position > last_read)[-MENTIONS_COUNTED:]
        in_item = [position for position in counted.get(user, []) if position > last_read]
        if in_item != newest:
            wrong.append(f"room {room_id}, person {user}: the item counts {in_item}, unread are {newest}")
    return wrong
