"""Saying something, changing it, taking it back."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.live.bus import Change, bus
from chat.models import Membership, Message, Room, User
from chat.models.columns import write_columns
from chat.protocol.errors import Archived, ChatError, Conflict, Forbidden, Invalid, NotFound
from chat.services.changes import JOIN_FIRST, changing, message_item, publication
from chat.services.text import clean_body, render

BATCH_ATTEMPTS = 3

AUTHOR_FIELDS = ("user__username", "user__display_name", "user__avatar", "user__is_bot")
"""What of its author a message shows."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that somebody wants to send, already cleaned and rendered (`draft`)."""

    author: int
    room: int
    key: uuid.UUID
    body: str
    html: str
    reply_to: int | None = None


@dataclass(slots=True)
class Sent:
    """What became of a batch: per draft, in its order, the stored message or the refusal; and what to tell the bus."""

    outcomes: list[Message | ChatError]
    changes: list[Change] = field(default_factory=list)


def draft(*, author_id: int, room_id: int, key: uuid.UUID, body: str, reply_to: int | None = None) -> Draft:
    """A draft of what was typed. Raises Invalid or TooLarge where the text can't be a message."""
    text = clean_body(body)
    return Draft(author_id, room_id, key, text, render(text), reply_to)


def send_message(
    author: User,
    *,
    room_id: int,
    key: uuid.UUID,
    body: str,
    reply_to: int | None = None,
    at: datetime | None = None,
) -> Message:
    """Say something in a room and return the stored message; `at` is when it was said, if not now.

    The same key from the same author in the same room again returns the message that is stored already; in another
    room it is a Conflict. Raises NotFound, Forbidden, Archived, Invalid or TooLarge.
    """
    sent = send_batch([draft(author_id=author.pk, room_id=room_id, key=key, body=body, reply_to=reply_to)], at=at)
    transaction.on_commit(lambda: bus.publish([publication(change) for change in sent.changes]))
    outcome = sent.outcomes[0]
    if isinstance(outcome, ChatError):
        raise outcome
    return outcome


def send_batch(drafts: Sequence[Draft], *, at: datetime | None = None) -> Sent:
    """Store all these drafts, said now or `at` another time, in one transaction. Each that breaks a rule fails alone.

    The caller publishes `Sent.changes`, after COMMIT.
    """
    for attempt in range(1, BATCH_ATTEMPTS + 1):
        try:
            with transaction.atomic():
                return _Batch(drafts, at).store()
        except IntegrityError:
            # Another process stored one of the keys, in another room, since we looked. Look again.
            if attempt == BATCH_ATTEMPTS:
                raise
    raise AssertionError("unreachable")


class _Batch:
    """The group commit: what is read and written for many drafts at once."""

    def __init__(self, drafts: Sequence[Draft], at: datetime | None) -> None:
        self.drafts = drafts
        room_ids = {draft.room for draft in drafts}
        author_ids = {draft.author for draft in drafts}
        self.rooms: dict[int, Room] = {room.pk: room for room in Room.objects.locked().filter(pk__in=room_ids)}
        self.since = {room.pk: room.revision for room in self.rooms.values()}
        # Read under the locks: whoever was removed before this is refused.
        self.members: dict[tuple[int, int], Membership] = {
            (member.room_id, member.user_id): member
            for member in Membership.objects.current()
            .filter(room_id__in=room_ids, user_id__in=author_ids, user__is_active=True)
            .select_related("user")
            .only("room_id", "user_id", "last_read", *AUTHOR_FIELDS)
        }
        self.stored: dict[tuple[int, uuid.UUID], Message] = {
            (message.author_id, message.key): message
            for message in Message.objects.filter(
                author_id__in=author_ids, key__in={draft.key for draft in drafts}
            ).with_author()
        }
        self.targets = self._reply_targets()
        self.at = at or timezone.now()

    def store(self) -> Sent:
        """Place what may be placed, write it in one statement a table, and say what became of each draft."""
        sent = Sent([self._place(draft) for draft in self.drafts])
        new = [message for message in self.stored.values() if message.pk is None]
        if new:
            Message.objects.bulk_create(new)
            self._count_up(new)
            self._mark_read(new)
            sent.changes = self._changes(new)
        return sent

    def _place(self, draft: Draft) -> Message | ChatError:
        """The stored message of this key, or a new one at the next position, or the refusal."""
        known = self.stored.get((draft.author, draft.key))
        if known is not None and known.room_id == draft.room:
            return known  # even to somebody who has been removed since: the ack was lost, the message is there
        room = self.rooms.get(draft.room)
        member = self.members.get((draft.room, draft.author))
        if room is None or member is None:
            is_public = room is not None and room.kind == Room.Kind.PUBLIC
            return Forbidden(JOIN_FIRST) if is_public else NotFound()
        if known is not None:
            return _other_room()
        if room.is_archived:
            return Archived()
        if draft.reply_to is not None and (draft.room, draft.reply_to) not in self.targets:
            return Invalid(_("The message to reply to is not in this room."), field="reply_to")
        message = Message(
            room=room,
            author=member.user,
            position=room.next_position(),
            revision=room.next_revision(),
            key=draft.key,
            body=draft.body,
            html=draft.html,
            created_at=self.at,
            reply_to_id=draft.reply_to,
        )
        self.stored[draft.author, draft.key] = message
        member.last_read = message.position
        return message

    def _reply_targets(self) -> set[tuple[int, int]]:
        ids = {draft.reply_to for draft in self.drafts if draft.reply_to is not None}
        if not ids:
            return set()
        return set(Message.objects.filter(pk__in=ids).values_list("room_id", "pk"))

    def _count_up(self, new: Iterable[Message]) -> None:
        changed = {message.room_id for message in new}
        write_columns([self.rooms[pk] for pk in sorted(changed)], "revision", "message_count")

    def _mark_read(self, new: Iterable[Message]) -> None:
        """Whoever speaks in a room has read it up to there."""
        speakers = {(message.room_id, message.author_id) for message in new}
        write_columns([self.members[pair] for pair in sorted(speakers)], "last_read")

    def _changes(self, new: Iterable[Message]) -> list[Change]:
        by_room: dict[int, list[Message]] = {}
        for message in new:
            by_room.setdefault(message.room_id, []).append(message)
        return [
            Change(
                room=room_id,
                since=self.since[room_id],
                revision=self.rooms[room_id].revision,
                message_count=self.rooms[room_id].message_count,
                messages=tuple(message_item(message) for message in messages),
            )
            for room_id, messages in by_room.items()
        ]


def _other_room() -> Conflict:
    return Conflict(_("This key was used for a message in another room."), field="key")


def edit_message(actor: User, *, message_id: int, body: str, at: datetime | None = None) -> Message:
    """Replace the text of one's own message, now or `at` another time. The same text again changes nothing."""
    text = clean_body(body)
    with changing(_room_of(message_id)) as change:
        change.membership(actor)
        change.must_be_active()
        message = Message.objects.with_author().get(pk=message_id)
        if message.author_id != actor.pk:
            raise Forbidden(_("Only its author can edit a message."))
        if message.is_deleted:
            raise Conflict(_("This message was deleted."))
        if message.body != text:
            message.body, message.html = text, render(text)
            message.edited_at = at or timezone.now()
            change.message(message)
    return message


def delete_message(actor: User, *, message_id: int) -> Message:
    """Delete a message: its author, the room's owners and moderators, and superusers may. A tombstone stays."""
    with changing(_room_of(message_id)) as change:
        message = Message.objects.with_author().get(pk=message_id)
        if not actor.is_superuser:
            membership = change.membership(actor)
            change.must_be_active()
            if message.author_id != actor.pk and not membership.may_moderate:
                raise Forbidden(_("Only its author or a moderator can delete a message."))
        if not message.is_deleted:
            message.body = message.html = ""
            message.deleted_at = timezone.now()
            change.message(message)
    return message


def _room_of(message_id: int) -> int:
    room_id = Message.objects.filter(pk=message_id).values_list("room_id", flat=True).first()
    if room_id is None:
        raise NotFound
    return room_id
