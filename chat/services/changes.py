"""Changes to a room: made under the room's lock, published after COMMIT."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import transaction
from django.db.models import Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from chat import policy
from chat.bus.bus import bus
from chat.bus.events import (
    AccessChanged,
    Event,
    MemberJoined,
    MemberRead,
    MemberRemoved,
    ReactorItem,
    RoomChanged,
    RoomDeleted,
)
from chat.models import Membership, Message, Room, User
from chat.protocol import shapes
from chat.protocol.errors import NotFound
from chat.protocol.events import RemovalReason
from chat.queries.changes import author_items, member_item, message_item
from chat.queries.reads import shows_reads
from chat.queries.room_cache import excerpt_of
from chat.store.lock_timeout import limited_transaction

EXTRAS_FIELDS = ["extras", "revision", "text_revision"]


class RoomChange:
    """A locked room and its changes. Created by `room_transaction`, which saves and publishes them."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.since = room.revision
        self._messages: list[Message] = []
        self._members: list[Membership] = []
        self._reactors: list[ReactorItem] = []
        self._settings_changed = False
        self._is_deleted = False
        self._joined: list[Membership] = []
        self._events: list[Event] = []

    def membership(self, user: User) -> Membership | None:
        """Return a person's membership, even if it has ended; None if they were never in the room.

        Of a thread, it is that in the parent.
        """
        memberships = Membership.objects.filter(room_id=self.room.members_room_id, user=user)
        membership: Membership | None = memberships.select_related("user").first()
        if membership is not None and not self.room.is_thread:
            membership.room = self.room
        return membership

    def touch_settings(self) -> None:
        """Note that a setting of the room changed, such as its name."""
        self.room.settings_revision = self.room.next_revision()
        self._settings_changed = True

    def delete(self) -> None:
        """Mark the room as deleted, and its threads: end its memberships, clear its settings, hide it from everybody.

        `deleted_rooms` removes its people's items, its memberships and its messages later: there may be too many for
        one transaction.
        """
        room = self.room
        room.memberships.current().update(left_at=timezone.now())
        room.slug, room.name, room.topic, room.emoji, room.kind = None, "", "", "", Room.Kind.PRIVATE
        room.direct_key, room.closed = None, ""
        room.deleted_at = timezone.now()
        threads = list(Room.objects.locked().filter(parent=room).values_list("pk", flat=True))
        Room.objects.filter(pk__in=threads).update(deleted_at=room.deleted_at)
        room.next_revision()
        self._is_deleted = True

    def add_system_line(self, message: Message) -> None:
        """Append a system line to the room, with the next position and revision."""
        room = self.room
        room.message_count += 1
        room.system_lines += 1
        message.room, message.position, message.system_lines = room, room.message_count, room.system_lines
        self.save_message(message)

    def save_message(self, message: Message) -> None:
        """Save a message whose text changed, with the next revision."""
        message.revision, message.text_revision = self.room.next_revision(), 0
        message.save()
        self._messages.append(message)

    def save_extras(self, message: Message) -> None:
        """Save a message of which only `extras` changed, with the next revision; its text keeps its own."""
        self._advance_extras(message)
        message.save(update_fields=EXTRAS_FIELDS)

    def save_extras_of(self, messages: Sequence[Message]) -> None:
        """Save several messages of which only `extras` changed, with one statement."""
        for message in messages:
            self._advance_extras(message)
        Message.objects.bulk_update(messages, EXTRAS_FIELDS)

    def _advance_extras(self, message: Message) -> None:
        message.text_revision = message.text_revision or message.revision
        message.revision = self.room.next_revision()
        self._messages.append(message)

    def note_mine(self, user: User, mine: shapes.Mine) -> None:
        """Note that a person has just changed what they have added to a message, which was saved."""
        self._reactors.append(ReactorItem(user.pk, mine.revision, mine.encode()))

    def save_membership(self, membership: Membership) -> None:
        """Save a membership that changed, with the next revision."""
        membership.revision = self.room.next_revision()
        self._save_row(membership)
        self._members.append(membership)

    def _save_row(self, membership: Membership) -> None:
        """Write `last_read` only for people who join: `mark_read` updates it without a lock, perhaps concurrently."""
        if not membership.pk:
            membership.save()
            return
        fields = ["role", "left_at", "removed_at", "banned_until", "joined_at", "revision"]
        if membership in self._joined:
            fields += ["last_read", "system_lines_read"]
        membership.save(update_fields=fields)

    def announce_joined(self, membership: Membership) -> None:
        """After COMMIT, send the room to the person's connections."""
        self._joined.append(membership)

    def announce_removed(self, membership: Membership, reason: RemovalReason) -> None:
        """After COMMIT, remove the room from the person's connections."""
        self._events.append(
            MemberRemoved(membership.user_id, room=membership.room_id, revision=membership.revision, reason=reason)
        )

    def save_mute(self, membership: Membership) -> None:
        """Save whether a person is muted, of which only they are sent the change."""
        membership.save(update_fields=["muted_until"])
        self._events.append(AccessChanged(membership.user_id))

    def save(self) -> None:
        """Save the room, and prepare what to publish after COMMIT.

        The events for single people come first, so that people who were removed do not get the change.
        """
        if self.room.revision == self.since:
            return
        self.room.save()
        for membership in self._joined:
            self._events.append(_member_joined(membership))
            if policy.shares_reads(membership.user) and shows_reads(self.room):
                self._events.append(MemberRead(self.room.pk, user=membership.user_id, position=membership.last_read))
        self._events.append(RoomDeleted(self.room.pk) if self._is_deleted else self._room_changed())

    def publish(self) -> None:
        if self._events:
            bus.publish(self._events)

    def _room_changed(self) -> RoomChanged:
        return RoomChanged(
            room=self.room.pk,
            since=self.since,
            revision=self.room.revision,
            message_count=self.room.message_count,
            counted=self.room.counted,
            messages=tuple(message_item(message) for message in self._messages),
            authors=author_items(self.room.pk, self._messages),
            members=tuple(member_item(membership) for membership in self._members),
            reactors=tuple(self._reactors),
            info=shapes.RoomInfo.of(self.room).encode() if self._settings_changed else None,
        )


@contextmanager
def room_transaction(room_id: int, *, or_thread: bool = False) -> Iterator[RoomChange]:
    """Run a transaction that holds the lock of one room, or with `or_thread` perhaps of a thread.

    Raises NotFound if there is no such room. A thread has no settings and memberships, so only what is done to messages
    may change one. It is locked together with its parent, so that nobody is removed or muted there meanwhile.
    """
    with limited_transaction():
        room = _with_parent_locked(room_id) if or_thread else Room.objects.locked().filter(pk=room_id).first()
        if room is None or (room.is_thread and not or_thread):
            raise NotFound
        change = RoomChange(room)
        yield change
        change.save()
        transaction.on_commit(change.publish)


def _with_parent_locked(room_id: int) -> Room | None:
    """A locked room; a thread after its parent, which is older. One query for a room that is no thread."""
    governing = Room.objects.filter(pk=room_id).values(governing=Coalesce("parent", "pk"))
    parent = Room.objects.locked().filter(pk=Subquery(governing)).first()
    if parent is None or parent.pk == room_id:
        return parent
    thread = Room.objects.locked().filter(pk=room_id).first()
    if thread is not None:
        thread.parent = parent
    return thread


def _member_joined(membership: Membership) -> MemberJoined:
    room = membership.room
    newest = Message.objects.newest(room.pk).with_author().first()
    last_message = None if newest is None else excerpt_of(newest)
    return MemberJoined(
        membership.user_id,
        room=room.pk,
        revision=room.revision,
        role=membership.role,
        notify=membership.notify,
        last_read=membership.last_read,
        counted_read=membership.counted_read,
        summary=shapes.RoomSummary.for_member(
            membership, last_message, may=policy.permissions(membership.user, room, membership)
        ).encode(),
        muted_until=membership.muted_until.timestamp() if membership.muted_until else 0,
    )
