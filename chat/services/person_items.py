"""The items of a person, as a versioned document. Each change takes the next revision under the person's row lock."""

import itertools
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import F, Max, OuterRef, Subquery, Sum
from django.utils.translation import gettext_lazy as _

from chat.bus.bus import bus
from chat.bus.events import AccessChanged, ItemState, PersonChanged
from chat.models import Membership, PersonItem, User
from chat.models.person_item import BLOCKS, HIDE_READS, MENTIONS
from chat.protocol import shapes
from chat.protocol.errors import Conflict, Invalid, NotFound, TooLarge
from chat.queries.rooms import membership_of
from chat.services import quotas
from chat.services.item_kinds import HIDES_PRESENCE, KINDS, ONLY_UNSET, ItemKind
from chat.store.lock_timeout import limited_transaction

ITEMS_BYTES = 192 * 1024
"""Most bytes of the values of one person's items that clients set. With their keys, and with the items that the server
sets (`chat.services.mentions`), they fit into one frame."""

ABOUT_ROOMS = [*(kind for kind in KINDS if kind != BLOCKS), MENTIONS]
"""The kinds of items that end with the membership of the room whose id is their key."""

TOMBSTONES = 300
"""Most tombstones kept per person. A client that missed an older one reads all items again."""


def set_item(person: User, *, kind: str, key: str, value: Any) -> PersonItem:
    """Set an item of a person, or unset it (None), and return the result. An equal value changes nothing.

    Blocks are set by `blocks.set_block`, because they close a room.

    Raises Invalid for an unknown kind or a malformed key or value, NotFound or Forbidden for a room that the person is
    not in (except to unset an item), TooLarge or Conflict beyond a limit, RateLimited.
    """
    quotas.ITEMS.take(person)
    rule = KINDS.get(kind) or ONLY_UNSET.get(kind)
    if rule is None or kind == BLOCKS:
        raise Invalid(_("There is no such kind of item."), field="kind")
    room_id = rule.room_of(key)
    given = None if value is None else rule.clean(value, key=key)
    with person_document(person) as document:
        if room_id is not None and rule.merge(None, given) is not None:
            room = membership_of(person, room_id).room  # under the lock that `forget_room` takes
            if room.is_thread:
                raise Invalid(_("There are no settings of a thread."), field="key")
            rule.check_room(room)
        item = document.item(kind, key)
        merged = rule.merge(item.value, given)
        if not _is_same(merged, item.value):
            document.save(item, rule, merged)
            if kind == "notify" and room_id is not None:
                _store_notify_level([person.pk], room_id, merged)
            elif kind == "setting" and key == HIDES_PRESENCE:
                _store_hides_presence(person, hides=bool(merged))
            elif (kind, key) == ("setting", HIDE_READS):
                User.objects.filter(pk=person.pk).update(hides_reads=merged is True)
                person.hides_reads = merged is True
    return item


def forget_room(user_ids: Collection[int], *, room_id: int) -> None:
    """Unset the items of people about a room that they are leaving, or that was deleted.

    Call it in the transaction that ends their memberships, before that changes any membership: locks are taken in the
    order of room, people by id, memberships. The number of statements does not grow with that of people.
    """
    people = User.objects.locked().filter(pk__in=user_ids).in_bulk()
    items = list(
        PersonItem.objects.present().filter(user__in=people, kind__in=ABOUT_ROOMS, key=str(room_id)).order_by("pk")
    )
    if not items:
        return
    by_person: dict[int, list[PersonItem]] = {}
    for item in items:
        by_person.setdefault(item.user_id, []).append(item)
    for user_id, unset in by_person.items():
        people[user_id].revision += len(unset)
        for item, revision in zip(reversed(unset), itertools.count(people[user_id].revision, -1), strict=False):
            item.value, item.size, item.revision = None, 0, revision
    _save_unset(people, by_person)
    _store_notify_level(by_person, room_id, None)
    _publish([_changed(people[user_id], unset) for user_id, unset in by_person.items()])


def _save_unset(people: Mapping[int, User], by_person: Mapping[int, list[PersonItem]]) -> None:
    """Save items that were unset, and the revisions of their people, with statements that are the same for many."""
    for count, user_ids in _grouped((len(unset), user_id) for user_id, unset in by_person.items()):
        User.objects.filter(pk__in=user_ids).update(revision=F("revision") + count)
    newest = Subquery(User.objects.filter(pk=OuterRef("user")).values("revision"))
    items = itertools.chain.from_iterable(by_person.values())
    for back, ids in _grouped((people[item.user_id].revision - item.revision, item.pk) for item in items):
        PersonItem.objects.filter(pk__in=ids).update(value=None, size=0, revision=newest - back)
    _forget_tombstones(people, by_person)


def replace_items(people: Mapping[int, User], changed: Iterable[PersonItem]) -> list[PersonItem]:
    """Store new values of items that only the server sets, of people whose rows are locked, and publish them.

    Only the user, kind, key and value of each given item count. Returns the stored ones. The number of statements does
    not grow with that of people.
    """
    by_person: dict[int, list[PersonItem]] = {}
    for item in changed:
        person = people[item.user_id]
        person.revision += 1
        new = PersonItem(user=person, kind=item.kind, key=item.key, value=item.value, revision=person.revision)
        by_person.setdefault(person.pk, []).append(new)
    if not by_person:
        return []
    for count, user_ids in _grouped((len(items), user_id) for user_id, items in by_person.items()):
        User.objects.filter(pk__in=user_ids).update(revision=F("revision") + count)
    stored = list(itertools.chain.from_iterable(by_person.values()))
    PersonItem.objects.bulk_create(
        stored,
        update_conflicts=True,
        unique_fields=["user", "kind", "key"],
        update_fields=["value", "size", "revision"],
    )
    _forget_tombstones(people, by_person)
    _publish([_changed(people[user_id], items) for user_id, items in by_person.items()])
    return stored


def _forget_tombstones(people: Mapping[int, User], user_ids: Collection[int]) -> None:
    for user_id in PersonItem.objects.with_tombstones_over(TOMBSTONES, user_ids):
        Document(people[user_id]).forget_old_tombstones()
        User.objects.filter(pk=user_id).update(forgotten_revision=people[user_id].forgotten_revision)


def _grouped(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, list[int]]]:
    """The second members of pairs, by the first."""
    groups: dict[int, list[int]] = {}
    for group, member in pairs:
        groups.setdefault(group, []).append(member)
    return list(groups.items())


def _changed(person: User, items: Sequence[PersonItem]) -> PersonChanged:
    """The event of these items, which took the last revisions of the person."""
    return PersonChanged(person.pk, items[0].revision - 1, person.revision, tuple(map(item_state, items)))


def _publish(changes: Sequence[PersonChanged]) -> None:
    """Publish changes of people after COMMIT."""
    transaction.on_commit(lambda: bus.publish(changes))


class Document:
    """The items of a person whose row is locked."""

    def __init__(self, person: User) -> None:
        self.person = person
        self._items = PersonItem.objects.filter(user=person)

    def item(self, kind: str, key: str) -> PersonItem:
        """Return an item, unsaved if it is not stored yet."""
        stored: PersonItem | None = self._items.filter(kind=kind, key=key).first()
        return stored or PersonItem(user=self.person, kind=kind, key=key, revision=0)

    def save(self, item: PersonItem, rule: ItemKind, value: Any) -> None:
        """Save an item with a new value and the next revision. Publishes the change after COMMIT."""
        size = 0 if value is None else len(_encode(value))
        self._check_limits(item, rule, value, size)
        item.value, item.size, item.revision = value, size, self.person.revision + 1
        item.save()
        if value is None:
            self.forget_old_tombstones()
        self.person.revision = item.revision
        User.objects.filter(pk=self.person.pk).update(
            revision=item.revision, forgotten_revision=self.person.forgotten_revision
        )
        _publish([_changed(self.person, [item])])

    def _check_limits(self, item: PersonItem, rule: ItemKind, value: Any, size: int) -> None:
        if item.value is None and value is not None:
            present = self._items.present().filter(kind=item.kind).count()
            if present >= rule.most:
                raise Conflict(rule.too_many)
        if size > item.size:
            used = self._items.aggregate(bytes=Sum("size"))["bytes"] or 0
            if used - item.size + size > ITEMS_BYTES:
                raise TooLarge(_("Your drafts use all of their space. Send or clear one of them."), field="value")

    def forget_old_tombstones(self) -> None:
        """Delete the tombstones beyond TOMBSTONES, and note their last revision on the person, who is not saved."""
        kept = self._items.unset().order_by("-revision").values_list("revision", flat=True)[:TOMBSTONES]
        old = self._items.unset().filter(revision__lt=min(kept))
        newest = old.aggregate(revision=Max("revision"))["revision"]
        if newest is not None:
            old.delete()
            self.person.forgotten_revision = newest


@contextmanager
def person_document(person: User) -> Iterator[Document]:
    """Run a transaction that holds the lock of a person's row."""
    with limited_transaction():
        locked = User.objects.locked().filter(pk=person.pk).first()
        if locked is None:
            raise NotFound
        yield Document(locked)


def _store_notify_level(user_ids: Collection[int], room_id: int, level: str | None) -> None:
    """Copy the level of people to their memberships, where queries of a room find it."""
    memberships = Membership.objects.filter(user__in=user_ids, room_id=room_id)
    memberships.update(notify=level or Membership.Notify.ALL)


def _store_hides_presence(person: User, *, hides: bool) -> None:
    """Copy the setting to the person's row, which the processes with their connections read again."""
    User.objects.filter(pk=person.pk).update(hides_presence=hides)
    transaction.on_commit(lambda: bus.publish([AccessChanged(person.pk)]))


def item_state(item: PersonItem) -> ItemState:
    """An item in the form of the bus, encoded once for all processes."""
    return ItemState(item.kind, item.key, item.revision, shapes.Item.of(item).encode())


def _is_same(one: Any, other: Any) -> bool:
    return _encode(one) == _encode(other)  # to Python, True equals 1


def _encode(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
