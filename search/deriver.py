"""The deriver of the index: what can be found follows from changes of messages."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.db import connection
from django.db.models import F

from chat.derive.deriver import Change, Deriver, Watch
from chat.models import DerivedRoom, DeriverCursor, DeriverState, Message, Room, Space
from chat.models.message import PREVIEWS
from chat.store.lock_timeout import limited_transaction
from previews.models import MOST as MOST_PREVIEWS
from search import table
from search.carried import file_texts, has_contents
from search.facts import HAS, NO_FILES, all_tokens, is_searched, previews_token, room_token, shown_tokens
from search.index_file import BUCKET, SCHEMA, Identity, IndexFile, is_damage, the_file

NAME = "search"

TIDY_SECONDS = 20.0
"""How often words of edited and deleted messages are removed from the file. Nobody finds anything by them before."""

TIDIED_AT_ONCE = 500


class OtherFileError(Exception):
    """The file was replaced since it was last looked at."""


class TableSearch(Deriver):
    """Keeps the table of PostgreSQL up to date."""

    name = NAME
    watches = Watch.NEW | Watch.TEXT | Watch.EXTRAS

    def apply(self, room: Room, changes: Sequence[Change]) -> None:
        in_files = file_texts(change.message.pk for change in changes if has_contents(change.message.extras))
        table.write(
            {
                change.message.pk: all_tokens(room, change.message, in_files.get(change.message.pk, NO_FILES))
                for change in changes
            }
        )


class FileSearch(Deriver):
    """Keeps the file beside SQLite up to date. Begins another one if it is missing, damaged or of another database."""

    name = NAME
    watches = Watch.NEW | Watch.TEXT | Watch.EXTRAS
    is_outside = True

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._compared: IndexFile | None = None
        self._tidy_at = 0.0
        self._identity: Identity | None = None

    def prepare(self) -> None:
        """See that there is a file of this database, and remove words from it that nobody may find any more."""
        file = the_file()
        wanted = _wanted_identity()
        if file.identity() != wanted:
            wanted = _begin(file)
        elif self._compared is not file:
            _compare_cursors(file)
        self._compared, self._identity = file, wanted
        if self._clock() >= self._tidy_at:
            tidy(file)
            self._tidy_at = self._clock() + TIDY_SECONDS

    @contextmanager
    def transaction(self, room: Room, messages: Sequence[Message]) -> Iterator[None]:
        file = the_file()
        with file.transaction():
            if file.identity() != self._identity:
                raise OtherFileError
            yield

    def apply(self, room: Room, changes: Sequence[Change]) -> None:
        file = the_file()
        in_files = file_texts(change.message.pk for change in changes if _has_new_contents(change))
        found = [change for change in changes if is_searched(change.message)]
        try:
            file.note_stale(change.message.pk for change in changes if _may_be_stale(change))
            file.note_stale(_with_fewer_previews(file, found))
            file.add({one.message.pk: _added(room, one, in_files.get(one.message.pk, NO_FILES)) for one in found})
        except sqlite3.Error as error:
            if is_damage(error):
                file.discard()
            raise

    def moved(self, cursor: DeriverCursor) -> None:
        the_file().move(cursor.room_id, cursor.revision, cursor.position)


def search_deriver() -> Deriver:
    """The deriver for the database of this site."""
    return TableSearch() if connection.vendor == "postgresql" else FileSearch()


def _may_be_stale(change: Change) -> bool:
    """Whether tokens may have been stored of a text that the message does not have any more."""
    message = change.message
    return message.is_deleted or message.edited_at is not None


def _has_new_contents(change: Change) -> bool:
    """Whether contents of files are to be added: they are there when a message is sent, and do not change."""
    return change.kind is not Watch.EXTRAS and has_contents(change.message.extras)


def _with_fewer_previews(file: IndexFile, changes: Sequence[Change]) -> set[int]:
    """Messages that had more previews when they were added: words of these may not stay."""
    shown = {
        change.message.pk: len(change.message.extras.get(PREVIEWS, ()))
        for change in changes
        if change.kind is Watch.EXTRAS and HAS["link"](change.message)
    }
    return {
        message
        for number in range(1, MOST_PREVIEWS + 1)
        for message in file.with_token(previews_token(number), [pk for pk, count in shown.items() if count < number])
    }


def _added(room: Room, change: Change, in_files: Mapping[str, str]) -> set[str]:
    """The tokens to add. A changed reaction adds few; that one was taken back is seen in the message."""
    if change.kind is Watch.EXTRAS:
        return shown_tokens(room, change.message)
    return all_tokens(room, change.message, in_files)


# --- the file and the database ----------------------------------------------------------------------------------------


def _wanted_identity() -> Identity:
    state, _is_new = DeriverState.objects.get_or_create(name=NAME)
    return Identity(SCHEMA, space_epoch(), state.epoch)


def _begin(file: IndexFile) -> Identity:
    """Begin a file and an epoch, of which no room has been derived, unless another process has just done it."""
    with limited_transaction():
        DeriverState.objects.filter(name=NAME).update(epoch=F("epoch"))  # nobody else writes until the end
        if file.identity() == _wanted_identity():
            return _wanted_identity()
        DeriverState.objects.filter(name=NAME).update(epoch=F("epoch") + 1)
        wanted = _wanted_identity()
    file.create(wanted)
    return wanted


def space_epoch() -> str:
    epoch = Space.objects.values_list("epoch", flat=True).first()
    return "" if epoch is None else str(epoch)


def _compare_cursors(file: IndexFile) -> None:
    """Move cursors in the database back to those in the file, should somebody have put an older file in place."""
    held = file.cursors()
    behind = [
        cursor
        for cursor in DeriverCursor.objects.filter(name=NAME)
        if cursor.revision > held.get(cursor.room_id, (0, 0))[0]
    ]
    for cursor in behind:
        cursor.revision, cursor.position = held.get(cursor.room_id, (0, 0))
        cursor.save(update_fields=["revision", "position"])
        DerivedRoom.objects.filter(room=cursor.room_id).delete()


# --- what may not be found any more -----------------------------------------------------------------------------------


def tidy(file: IndexFile) -> None:
    """Remove from one table what is left of edited and deleted messages, and of removed rooms."""
    _forget_removed_rooms(file)
    if stale := file.stale(TIDIED_AT_ONCE):
        with file.transaction():
            file.replace(stale[0] // BUCKET, {**dict.fromkeys(stale, ()), **_tokens_of(stale)})
        file.settle()


def _forget_removed_rooms(file: IndexFile) -> None:
    if removed := file.cursors().keys() - set(Room.objects.values_list("pk", flat=True)):
        with file.transaction():
            for room_id in sorted(removed):
                file.forget_room(room_id, room_token(room_id))


def _tokens_of(message_ids: Sequence[int]) -> dict[int, set[str]]:
    messages = list(Message.objects.filter(pk__in=message_ids).select_related("room"))
    in_files = file_texts(message.pk for message in messages if has_contents(message.extras))
    return {message.pk: all_tokens(message.room, message, in_files.get(message.pk, NO_FILES)) for message in messages}
