"""Blocking people: they can no longer write to the blocker directly, and what they write is not shown to them.

A block is an item of the person who blocks (`chat.services.item_kinds`). The direct room of the two is closed in the
same transaction.
"""

from contextlib import ExitStack

from django.utils.translation import gettext_lazy as _

from chat.models import PersonItem, User
from chat.models.person_item import BLOCKS
from chat.policy import NO_SUCH_PERSON
from chat.protocol.errors import Invalid, NotFound
from chat.services import quotas
from chat.services.changes import room_transaction
from chat.services.direct import room_between, update_closed
from chat.services.item_kinds import KINDS
from chat.services.person_items import person_document


def set_block(person: User, *, user_id: int, on: bool) -> PersonItem:
    """Block somebody, or unblock them, and return the item. Doing it again changes nothing.

    Raises Invalid for oneself, NotFound for somebody who does not exist, Conflict beyond the limit, RateLimited.
    """
    quotas.ITEMS.take(person)
    if user_id == person.pk:
        raise Invalid(_("You can't block yourself."), field="key")
    if on and not User.objects.filter(pk=user_id).exists():
        raise NotFound(NO_SUCH_PERSON, field="key")
    pair = (person.pk, user_id)
    while True:
        room_id = room_between(pair)
        with ExitStack() as locks:  # the room is locked before the person
            change = None if room_id is None else locks.enter_context(room_transaction(room_id))
            document = locks.enter_context(person_document(person))
            if room_between(pair) != room_id:
                continue  # their first message was stored in the meantime
            item = document.item(BLOCKS, str(user_id))
            if bool(item.value) != on:
                document.save(item, KINDS[BLOCKS], True if on else None)
            if change is not None:
                update_closed(change)
            return item
