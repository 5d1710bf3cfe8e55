"""The due things about files: finishing uploads, and removing what is not wanted any more."""

import time
import uuid
from typing import Any

from chat.derive.due_kind import DueKind
from files import parts
from files.services import finishing, removal
from files.storage import STORAGE

TURN_SECONDS = 20.0
ALWAYS = 1_000_000
"""Tries of what must happen sometime: a storage may be away for days."""

LONGEST_PAUSE_SECONDS = 30.0
"""Files are removed within a minute after the storage is back."""

FORGOTTEN_SECONDS = 2 * 24 * 3600.0


class FinishUpload(DueKind[None]):
    """Finishes an upload that no process is finishing: the one that began died, or the storage was away.

    It may take longer than its lease: then the next try finds that the file has a turn.
    """

    name = finishing.FINISH
    most_tries = 100
    longest_pause_seconds = LONGEST_PAUSE_SECONDS
    waits_for = STORAGE

    def run(self, key: uuid.UUID, args: dict[str, Any]) -> None:
        finishing.finish_instead(removal.file_of(args))


class ExpireFile(DueKind[None]):
    """Removes a file that was never sent."""

    name = removal.EXPIRE

    def run(self, key: uuid.UUID, args: dict[str, Any]) -> None:
        removal.expire(removal.file_of(args))
        parts.remove_old(seconds=FORGOTTEN_SECONDS)


class RemoveFiles(DueKind[None]):
    """Removes files from the storage."""

    name = removal.REMOVE
    most_tries = ALWAYS
    longest_pause_seconds = LONGEST_PAUSE_SECONDS
    waits_for = STORAGE

    def run(self, key: uuid.UUID, args: dict[str, Any]) -> None:
        removal.remove_stored_files(args["files"])


class RemoveFilesOfRoom(DueKind[None]):
    """Removes the files of a deleted room, some at a time, half of the time so that others can write."""

    name = removal.REMOVE_OF_ROOM
    most_tries = ALWAYS
    longest_pause_seconds = LONGEST_PAUSE_SECONDS

    def run(self, key: uuid.UUID, args: dict[str, Any]) -> None:
        began = time.monotonic()
        while removal.remove_some_of_room(args["room"]):
            time.sleep(time.monotonic() - began)
            began = time.monotonic()


class RemoveUnsentFiles(DueKind[None]):
    """Removes what an erased account has uploaded and not sent."""

    name = removal.REMOVE_OF_PERSON

    def run(self, key: uuid.UUID, args: dict[str, Any]) -> None:
        removal.remove_unsent_of(args["user"])


KINDS: tuple[DueKind[Any], ...] = (
    FinishUpload(),
    ExpireFile(),
    RemoveFiles(),
    RemoveFilesOfRoom(),
    RemoveUnsentFiles(),
)
