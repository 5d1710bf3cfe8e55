"""Notices: what moderators decided, as items of the people concerned, which they dismiss on any device."""

from collections.abc import Collection, Mapping
from typing import Any

from chat.models import PersonItem, User
from chat.models.person_item import NOTICE
from chat.services.person_items import replace_items

MOST_NOTICES = 50
"""Most notices of one person. Who dismisses none gets no more."""


def notify_people(user_ids: Collection[int], *, key: str, notice: Mapping[str, Any]) -> None:
    """Give people a notice in the transaction of what it is about. Locks them, so call it after rooms are locked."""
    people = User.objects.locked().filter(pk__in=set(user_ids)).in_bulk()
    held = PersonItem.objects.present().filter(kind=NOTICE, user__in=people).values_list("user", flat=True)
    counts: dict[int, int] = {}
    for user_id in held:
        counts[user_id] = counts.get(user_id, 0) + 1
    items = [
        PersonItem(user=person, kind=NOTICE, key=key, value=dict(notice))
        for user_id, person in people.items()
        if counts.get(user_id, 0) < MOST_NOTICES
    ]
    replace_items(people, items)
