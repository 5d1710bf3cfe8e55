"""Removes what is left of deleted rooms, some of it at a time, so that nobody waits for a large room."""

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction

from chat.models import Membership, Mention, Message, Reaction, Room, Vote
from chat.services.person_items import forget_room
from chat.store.lock_timeout import limited_transaction

MESSAGES_AT_ONCE = 200
"""Messages removed per transaction. On SQLite it blocks all other writers, for 10 ms, or 100 ms on a busy machine."""


ROWS_AT_ONCE = 2_000
"""Reactions, mentions or votes removed per transaction."""

before_removal: list[Callable[[Sequence[int]], None]] = []
"""Called with the ids of messages in the transaction that removes them, by apps that keep something about them that
does not vanish with them."""

PEOPLE_AT_ONCE = 50
"""People whose items about a deleted room are unset per transaction, which takes 12 ms if each has two."""


def finish_deletions(*, seconds: float = math.inf) -> bool:
    """Remove what is left of deleted rooms for about `seconds`. Returns whether nothing is left for this process.

    If the process dies, the next call in any process continues.
    """
    until = time.monotonic() + seconds
    began = time.monotonic()
    while remove_some():
        now = time.monotonic()
        if now >= until:
            return False
        time.sleep(now - began)  # leaves half of the time to other writers
        began = time.monotonic()
    return True


def remove_some() -> bool:
    """Remove some memberships of a deleted room, then some of its messages, then the room.

    False if there is nothing to remove. Skips messages of a room that another process is removing from.
    """
    return _remove_some_memberships() or _remove_some_messages()


def _remove_some_memberships() -> bool:
    """Unset the items of some people about a deleted room, and remove their memberships. False if there are none.

    Holds only their locks and not the room's, which is taken before those of people. A person who set an item while
    the room was deleted still has a membership, and holds their lock until that item can be seen here.
    """
    memberships = Membership.objects.of_deleted_rooms()
    room_id = memberships.order_by("room_id").values_list("room_id", flat=True).first()
    if room_id is None:
        return False
    with limited_transaction():
        some = Membership.objects.filter(room_id=room_id)
        user_ids = list(some.order_by("user_id").values_list("user_id", flat=True)[:PEOPLE_AT_ONCE])
        forget_room(user_ids, room_id=room_id)
        some.filter(user_id__in=user_ids).delete()
    return True


def _remove_some_messages() -> bool:
    """Remove some messages of a deleted room that has no memberships, or the room itself. False if none is left.

    Threads, whose rows refer to messages of their rooms, come first.
    """
    with transaction.atomic():
        rooms = Room.deleted.without_memberships().without_deleted_threads().order_by("pk")
        room = rooms.select_for_update(skip_locked=True).first()
        if room is None:
            return False
        # From the end, so that no message is removed before its replies.
        ids = list(room.messages.order_by("-position").values_list("pk", flat=True)[:MESSAGES_AT_ONCE])
        if not ids:
            room.delete()
        elif not any(map(_remove_some, _rows_about(ids))):
            for remove in before_removal:
                remove(ids)
            forget_in_log(Message, ids)
            Message.objects.filter(pk__in=ids).delete()
        return True


def _rows_about(message_ids: Sequence[int]) -> list[models.QuerySet[Any]]:
    """The rows about these messages of which there may be very many."""
    by_message = [model.objects.filter(message__in=message_ids) for model in (Reaction, Mention)]
    return [*by_message, Vote.objects.filter(poll__in=message_ids)]


def _remove_some(rows: models.QuerySet[Any]) -> bool:
    """Remove some of these rows. False if there are none."""
    some = rows.values_list("pk", flat=True)[:ROWS_AT_ONCE]
    removed, _by_model = rows.model.objects.filter(pk__in=list(some)).delete()
    return bool(removed)


def forget_in_log(model: type[models.Model], ids: Sequence[int]) -> None:
    """Remove the names and texts of these objects from the log of the admin; keep who did what, and when."""
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(model), object_id__in=[str(pk) for pk in ids]
    )
    entries.update(object_repr="", change_message="")
