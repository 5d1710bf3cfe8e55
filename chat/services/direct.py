"""Direct rooms: created with their first message, and closed while nobody can write there.

The room of some people is identified by their ids, which never change. So two people who write to each other at the
same time for the first time meet in one room.
"""

import secrets
import uuid
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.models import Membership, Message, PersonItem, Room, User
from chat.models.room import MOST_IN_DIRECT_ROOM, direct_key
from chat.protocol.errors import Invalid, NotFound
from chat.services import newcomers, quotas
from chat.services.changes import RoomChange, room_transaction
from chat.services.due import add_due
from chat.services.held_messages import with_names
from chat.services.markup import render
from chat.services.messages import send_message
from chat.services.text import clean_body
from chat.services.word_filter import check_words
from chat.store.lock_timeout import limited_transaction

UPDATE_CLOSED = "update_closed_rooms"
"""The kind of the due things that close or open the direct rooms of a person."""

SLUG_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
SLUG_RANDOM_CHARS = 16


def send_direct(
    author: User,
    *,
    people: Collection[int],
    key: uuid.UUID,
    body: str,
    files: Sequence[uuid.UUID] = (),
    at: datetime | None = None,
) -> Message:
    """Post a message in the direct room of the author and these people, which is created if there is none.

    A key can be resent, as for `send_message`. Raises what that raises; if there is no room yet also RateLimited, and
    NotFound for somebody who does not exist or is not active. A message that would be held creates no room: it is
    refused.
    """
    ids = {author.pk, *people}
    if len(ids) > MOST_IN_DIRECT_ROOM:
        raise Invalid(_("A conversation can have at most 12 people. Create a room instead."), field="people")
    text = clean_body(body, may_be_empty=bool(files))  # before a room is created for it
    room_id = room_between(ids)
    if room_id is not None:
        return send_message(author, room_id=room_id, key=key, body=body, files=files, at=at)
    newcomers.check_direct(author)
    # There is no room yet in which it could wait.
    check_words(author, with_names(text, files, author=author), html=render(text), may_wait=False)
    quotas.NEW_DIRECT_ROOMS.take(author)
    with limited_transaction():
        return send_message(author, room_id=_create(author, ids), key=key, body=body, files=files, at=at)


def room_between(user_ids: Collection[int]) -> int | None:
    """The id of the direct room of exactly these people."""
    return Room.objects.between(user_ids).values_list("pk", flat=True).first()


def _create(author: User, ids: Collection[int]) -> int:
    """Create the direct room of these people, and return its id; that of the existing room if somebody was faster."""
    slug = "dm-" + "".join(secrets.choice(SLUG_LETTERS) for _number in range(SLUG_RANDOM_CHARS))
    room = Room(kind=Room.Kind.DIRECT, direct_key=direct_key(ids), slug=slug, created_by=author)
    try:
        with transaction.atomic():
            room.save(force_insert=True)
    except IntegrityError:
        return Room.objects.between(ids).get().pk
    with room_transaction(room.pk) as change:
        people = User.objects.locked().filter(pk__in=ids).in_bulk()
        _check(author, people, ids)
        change.touch_settings()
        for user in people.values():
            quotas.check_direct_place(user)
            membership = Membership(room=change.room, user=user)
            change.save_membership(membership)
            change.announce_joined(membership)
    return room.pk


def _check(author: User, people: Mapping[int, User], ids: Collection[int]) -> None:
    """Check the permission under the locks that `blocks.set_block` and deactivation take, too."""
    if people.keys() != set(ids):
        raise NotFound(policy.NO_SUCH_PERSON, field="people")
    others = [person for person in people.values() if person.pk != author.pk]
    known = others if policy.may_find_people(author) else User.objects.known_to(author).filter(pk__in=ids)
    blocks = PersonItem.objects.blocks_among(ids)
    is_blocked = any(author.pk in (item.user_id, int(item.key)) for item in blocks)
    policy.require_write_to(author, others, known={person.pk for person in known}, is_blocked=is_blocked)


# --- closing ----------------------------------------------------------------------------------------------------------


def update_closed(change: RoomChange) -> None:
    """Close a direct room, or open it again, after one of its people blocked another or was deactivated."""
    reason = _closed_because(change.room)
    if change.room.closed != reason:
        change.room.closed = reason
        change.touch_settings()


def _closed_because(room: Room) -> str:
    people = room.direct_people
    if policy.is_deserted(people):
        return Room.Closed.DEACTIVATED.value
    is_pair = len(people) == 2
    if is_pair and PersonItem.objects.blocks_among([person.pk for person in people]).exists():
        return Room.Closed.REFUSED.value
    return ""


def update_closed_rooms_of(user_id: int) -> None:
    """Close or open all direct rooms of a person in the transaction that deactivates or activates them: after COMMIT.

    Their rooms can't be locked in it, since these come before people. If the process dies, a due thing does it.
    """
    add_due(UPDATE_CLOSED, {"user": user_id})
    transaction.on_commit(partial(update_rooms, user_id))


def update_rooms(user_id: int) -> None:
    """Close or open those direct rooms of a person of which that is not done yet."""
    rooms = Room.objects.filter(kind=Room.Kind.DIRECT, memberships__user=user_id).order_by("pk")
    for room in list(rooms):
        if room.closed != _closed_because(room):
            with suppress(NotFound), room_transaction(room.pk) as change:
                update_closed(change)
