"""The items of a person, read from the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import FilteredRelation, Q

from chat.bus.events import PersonChanged
from chat.models import Membership, PersonItem, User
from chat.protocol.events import MeReply
from chat.protocol.shapes import Item
from chat.services.person_items import item_state


@dataclass(frozen=True, slots=True)
class ItemsRead:
    """A person's items as of `revision`: those changed since a revision, or all that have a value (`reset`)."""

    revision: int
    reset: bool
    items: list[PersonItem]


def items_since(user_id: int, since: int) -> ItemsRead | None:
    """Return the items of a person that changed after a revision, or None if there is no such person.

    Returns all of them if the revision is higher than the person's, or tombstones after it may have been deleted.
    """
    read = _changed_after(user_id, since)
    if read is None:
        return None
    person, items = read
    if person.forgotten_revision <= since <= person.revision:
        return ItemsRead(person.revision, False, items)
    person, items = _changed_after(user_id, 0) or read
    return ItemsRead(person.revision, True, [item for item in items if item.value is not None])


def _changed_after(user_id: int, since: int) -> tuple[User, list[PersonItem]] | None:
    """Read the person and their changed items in one statement, so that no tombstone is deleted between the two."""
    changed = FilteredRelation("items", condition=Q(items__revision__gt=since))
    fields = ("kind", "key", "value", "revision")
    rows = (
        User.objects.filter(pk=user_id)
        .annotate(changed=changed)
        .order_by("changed__revision")
        .values_list("revision", "forgotten_revision", *(f"changed__{field}" for field in fields))
    )
    found = list(rows)
    if not found:
        return None
    person = User(pk=user_id, revision=found[0][0], forgotten_revision=found[0][1])
    items = [PersonItem(user=person, **dict(zip(fields, row[2:], strict=True))) for row in found]
    return person, [item for item in items if item.revision is not None]


def catch_up(user: User, since: int) -> MeReply:
    """Return the person's items for a client that has them as of revision `since`."""
    read = items_since(user.pk, since)
    if read is None:
        return MeReply(revision=0, reset=True, items=[])
    return MeReply(revision=read.revision, reset=read.reset, items=[Item.of(item) for item in read.items])


def missed_changes(user_id: int, since: int) -> PersonChanged | None:
    """Return what changed after a revision in the form of the bus, or None if there is no such person."""
    read = items_since(user_id, since)
    if read is None:
        return None
    items = tuple(item_state(item) for item in read.items)
    return PersonChanged(user_id, 0 if read.reset else since, read.revision, items, reset=read.reset)


def notify_levels(user: User, room_id: int) -> tuple[str | None, str]:
    """The notification level that the person gave a room, if any, and the one of rooms without a level."""
    own, default = Q(kind="notify", key=str(room_id)), Q(kind="setting", key="notify_default")
    items = PersonItem.objects.present().filter(own | default, user=user)
    found: dict[str, Any] = dict(items.values_list("kind", "value"))
    return found.get("notify"), found.get("setting", Membership.Notify.ALL.value)


def person_revisions(user_ids: Iterable[int]) -> dict[int, int]:
    """The revisions of these people, by one query."""
    return dict(User.objects.filter(pk__in=list(user_ids)).values_list("pk", "revision"))
