"""Many messages, of many people in many rooms, stored by one transaction."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.core.files.storage import default_storage
from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.live.bus import Change, MessageItem
from chat.models import Message, Room, batch
from chat.models.batch import Batch, LockedRoom, NewMessage, Speaker
from chat.protocol import shapes
from chat.protocol.errors import Archived, ChatError, Conflict, Forbidden, Invalid, NotFound
from chat.services.changes import JOIN_FIRST
from chat.services.text import clean_body, render

ATTEMPTS = 3


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

    outcomes: list[shapes.Message | ChatError]
    changes: list[Change] = field(default_factory=list)


def draft(*, author_id: int, room_id: int, key: uuid.UUID, body: str, reply_to: int | None = None) -> Draft:
    """A draft of what was typed. Raises Invalid or TooLarge where the text can't be a message."""
    text = clean_body(body)
    return Draft(author_id, room_id, key, text, render(text), reply_to)


def send_batch(drafts: Sequence[Draft], *, at: datetime | None = None) -> Sent:
    """Store all these drafts, said now or `at` another time, in one transaction. Each that breaks a rule fails alone.

    The caller publishes `Sent.changes`, after COMMIT.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with batch.begin() as begun:
                return _GroupCommit(begun, drafts, at or timezone.now()).store()
        except IntegrityError:
            # Another process stored one of the keys, in another room, since we looked. Look again.
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


class _GroupCommit:
    """What is read, decided and written for many drafts at once."""

    def __init__(self, begun: Batch, drafts: Sequence[Draft], at: datetime) -> None:
        self.batch = begun
        self.drafts = drafts
        self.at = at
        found = begun.lock_and_read(
            sorted({draft.room for draft in drafts}),
            sorted({draft.author for draft in drafts}),
            sorted({draft.key for draft in drafts}),
            sorted({draft.reply_to for draft in drafts if draft.reply_to is not None}),
        )
        self.rooms, self.speakers, self.targets = found.rooms, found.speakers, found.targets
        self.since = {room.id: room.revision for room in self.rooms.values()}
        self.known = self._known(found.stored)
        self.new: dict[tuple[int, uuid.UUID], NewMessage] = {}

    def store(self) -> Sent:
        """Place what may be placed, write it, and say what became of each draft."""
        placed = [self._place(draft) for draft in self.drafts]
        if not self.new:
            return Sent([outcome for outcome in placed if not isinstance(outcome, NewMessage)])
        ids = self.batch.write(list(self.new.values()), self._changed_rooms(), self._positions_read())
        stored = {key: self._shape(new, ids[new.room, new.position]) for key, new in self.new.items()}
        outcomes = [
            stored[outcome.author, outcome.key] if isinstance(outcome, NewMessage) else outcome for outcome in placed
        ]
        return Sent(outcomes, self._changes(list(stored.values())))

    def _place(self, draft: Draft) -> NewMessage | shapes.Message | ChatError:
        """The stored message of this key, or a new one at the next position, or the refusal."""
        known = self.known.get((draft.author, draft.key)) or self.new.get((draft.author, draft.key))
        if known is not None and known.room == draft.room:
            return known  # even to somebody who has been removed since: the ack was lost, the message is there
        room = self.rooms.get(draft.room)
        if room is None or (draft.room, draft.author) not in self.speakers:
            is_public = room is not None and room.kind == Room.Kind.PUBLIC
            return Forbidden(JOIN_FIRST) if is_public else NotFound()
        if known is not None:
            return Conflict(_("This key was used for a message in another room."), field="key")
        if room.is_archived:
            return Archived()
        if draft.reply_to is not None and (draft.room, draft.reply_to) not in self.targets:
            return Invalid(_("The message to reply to is not in this room."), field="reply_to")
        return self._append(room, draft)

    def _append(self, room: LockedRoom, draft: Draft) -> NewMessage:
        room.revision += 1
        room.message_count += 1
        new = NewMessage(
            room=room.id,
            author=draft.author,
            position=room.message_count,
            revision=room.revision,
            key=draft.key,
            body=draft.body,
            html=draft.html,
            at=self.at,
            reply_to=draft.reply_to,
        )
        self.new[draft.author, draft.key] = new
        return new

    def _known(self, stored: dict[tuple[int, uuid.UUID], int]) -> dict[tuple[int, uuid.UUID], shapes.Message]:
        """The messages of keys that are used already."""
        if not stored:
            return {}
        messages = Message.objects.filter(pk__in=stored.values()).with_author()
        return {(message.author_id, message.key): shapes.Message.of(message) for message in messages}

    def _changed_rooms(self) -> list[LockedRoom]:
        return [room for room in self.rooms.values() if room.revision != self.since[room.id]]

    def _positions_read(self) -> dict[int, int]:
        """Whoever speaks in a room has read it up to there: positions by membership."""
        return {self.speakers[new.room, new.author].membership: new.position for new in self.new.values()}

    def _shape(self, new: NewMessage, pk: int) -> shapes.Message:
        return shapes.Message(
            id=pk,
            room=new.room,
            position=new.position,
            revision=new.revision,
            key=str(new.key),
            kind=Message.Kind.TEXT.value,
            author=_author(self.speakers[new.room, new.author]),
            body=new.body,
            html=new.html,
            created_at=self.at,
            edited_at=None,
            deleted=False,
            reply_to=new.reply_to,
        )

    def _changes(self, messages: Sequence[shapes.Message]) -> list[Change]:
        by_room: dict[int, list[MessageItem]] = {}
        for message in messages:
            by_room.setdefault(message.room, []).append(
                MessageItem(message.id, message.revision, message.position, message.author.id, message.encode())
            )
        return [
            Change(
                room=room.id,
                since=self.since[room.id],
                revision=room.revision,
                message_count=room.message_count,
                messages=tuple(by_room[room.id]),
            )
            for room in self._changed_rooms()
        ]


def _author(speaker: Speaker) -> shapes.User:
    return shapes.User(
        id=speaker.user,
        username=speaker.username,
        name=speaker.display_name or speaker.username,
        avatar=default_storage.url(speaker.avatar) if speaker.avatar else None,
        bot=speaker.is_bot,
    )
