"""One turn of a deriver in a room: a bounded number of changes, derived in one transaction with the cursor."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from django.db import connection

from chat.derive.deriver import Change, Deriver, Watch
from chat.models import DeriverCursor, Message, Room
from chat.store.relaxed_transaction import relaxed_transaction

TURN_CHANGES = 500
TURN_SECONDS = 0.05
"""A turn ends after this many changes, or with the part of them that takes it beyond this time."""

CHANGES_AT_ONCE = 100
"""Changes of one part, which is passed to `apply` at once."""


class Changed(NamedTuple):
    """Messages that changed after a revision, by the revision that each had when it was read."""

    messages: Sequence[Message]
    revisions: Sequence[int]


class ChangedMessages:
    """Changed messages of a room, read once for all derivers that continue at the same revision."""

    def __init__(self, room_id: int) -> None:
        self._room_id = room_id
        self._read: dict[int, Changed] = {}

    def since(self, revision: int) -> Changed:
        """The first TURN_CHANGES messages that changed after a revision, as they were when they were first read."""
        if revision not in self._read:
            messages = list(Message.objects.changed_since(self._room_id, revision)[:TURN_CHANGES])
            self._read = {revision: Changed(messages, [message.revision for message in messages])}
        return self._read[revision]


class CursorMovedError(Exception):
    """Another process has moved this cursor since it was read: what was read with it is of no use."""


def take_turn(
    deriver: Deriver,
    room: Room,
    cursor: DeriverCursor,
    *,
    epoch: int,
    read: ChangedMessages | None = None,
    rests: bool = True,
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """Derive the next changes of a room, and return the revision that the cursor has reached.

    `room` was read before the call and before `read`, and `cursor` is its row as last read. Reads outside the
    transaction, which is therefore short. Raises CursorMovedError if another process derives the same changes, and
    whatever `apply` raises; then nothing is written. On SQLite it rests as long as it has worked, unless told not to.
    """
    if cursor.epoch > epoch:
        raise CursorMovedError  # the deriver was rewound, and this process does not know it yet
    since, position = (cursor.revision, cursor.position) if cursor.epoch == epoch else (0, 0)
    messages, revisions = (read or ChangedMessages(room.pk)).since(since)
    is_all = len(messages) < TURN_CHANGES
    before = _as_read(cursor)
    with deriver.transaction(room, messages):
        if not deriver.is_outside:
            _lock(before)
        done = 0
        began = clock()
        for part in _parts(messages):
            changes = [change for change in _classified(part, since, position) if change.kind in deriver.watches]
            applied = deriver.apply(room, changes) if changes else None
            done += len(part) if applied is None else _length_up_to(part, changes[applied - 1])
            if applied is not None or clock() >= began + TURN_SECONDS:
                break
        if is_all and done == len(messages):
            cursor.revision = max([since, room.revision, *revisions])
            cursor.position = max([position, room.message_count, *(message.position for message in messages)])
        else:
            cursor.revision = revisions[done - 1]
            cursor.position = _position_at(room.pk, position, cursor.revision)
        cursor.epoch = epoch
        deriver.moved(cursor)
        if not deriver.is_outside:
            _save(cursor)
    if deriver.is_outside:
        with relaxed_transaction():
            _lock(before)
            _save(cursor)
    if rests and connection.vendor == "sqlite":
        time.sleep(clock() - began)  # leaves half of the time to other writers, which this one has kept waiting
    return cursor.revision


def _length_up_to(messages: Sequence[Message], last: Change) -> int:
    return messages.index(last.message) + 1


def _as_read(cursor: DeriverCursor) -> dict[str, int]:
    return {name: getattr(cursor, name) for name in ("pk", "revision", "position", "epoch")}


def _lock(before: Mapping[str, int]) -> None:
    """Lock a cursor for the rest of the transaction. Raises CursorMovedError unless it is as it was read."""
    if DeriverCursor.objects.select_for_update(no_key=True).filter(**before).first() is None:
        raise CursorMovedError


def _save(cursor: DeriverCursor) -> None:
    cursor.save(update_fields=["revision", "position", "epoch"])


def _parts(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    for start in range(0, len(messages), CHANGES_AT_ONCE):
        yield messages[start : start + CHANGES_AT_ONCE]


def _classified(messages: Sequence[Message], since: int, position: int) -> Iterator[Change]:
    for message in messages:
        if message.position > position:
            kind = Watch.NEW
        elif (message.text_revision or message.revision) > since:
            kind = Watch.TEXT
        else:
            kind = Watch.EXTRAS
        yield Change(kind, message)


def _position_at(room_id: int, position: int, revision: int) -> int:
    """The position up to which every message was processed, when the cursor stops at `revision` short of the newest.

    A message that was edited while the deriver was behind comes later than those after it. The position stops below
    it, so that it is not taken for an old one; those after it may count as new twice.
    """
    unseen = Message.objects.after(room_id, position).filter(revision__gt=revision)
    first = unseen.values_list("position", flat=True).first()
    if first is not None:
        return first - 1
    seen = Message.objects.newest(room_id).filter(revision__lte=revision)
    return seen.values_list("position", flat=True).first() or position
