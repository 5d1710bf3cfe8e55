"""What messages can carry besides their text, such as files, which an app beside the chat provides.

The app registers an `Attacher` in its `AppConfig.ready`. Its methods are called in the transaction of the service that
sends or deletes a message, so that what a message carries and what its `extras` say never differ.
"""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from chat.models import Message, User
from chat.models.message import ATTACHMENTS
from chat.protocol.errors import Invalid

Files = Sequence[uuid.UUID]


@dataclass(frozen=True, slots=True)
class WaitingFile:
    """A file of a held message, for who decides about it. `picture` is the address of a small one, if there is any."""

    name: str
    kind: str
    size: int
    address: str
    picture: str = ""


class Attacher:
    """Attaches nothing. An app overrides all of this."""

    def file_bytes(self) -> int:
        """The size of the largest file. Never queries the database."""
        return 0

    def take(self, author: User, room_id: int, files: Files) -> list[dict[str, Any]]:
        """Lock what the author attaches to a message in a room, or in a thread of it, and return how it is shown.

        Raises Invalid with field `files` for what they may not attach.
        """
        raise Invalid(field="files")

    def attach(self, message: Message, files: Files) -> None:
        """Note which message carries what was taken in the same transaction."""

    def detach(self, message: Message) -> None:
        """Remove what a message carries that is being deleted."""

    def names(self, author: User, files: Files) -> list[str]:
        """The names that others will see of what the author is going to attach."""
        return []

    def waiting(self, author_id: int, files: Files) -> list[WaitingFile]:
        """What waits with a held message, in its order."""
        return []

    def discard(self, author: User, files: Files) -> None:
        """Remove what was to be attached to a message that will not be sent."""

    def room_deleted(self, room_id: int) -> None:
        """Remove what the messages of a room carry, which is being deleted with its threads."""

    def person_erased(self, user: User) -> None:
        """Remove what a person has prepared and not sent, whose account is being erased."""

    def archive_of(self, user: User) -> Iterator[dict[str, Any]]:
        """Describe what the person's messages carry, for the archive of their own data."""
        return iter(())

    def contents_of(self, user: User) -> Iterator[tuple[str, Iterator[bytes]]]:
        """What the person's messages carry: a path in that archive, and the contents piece by piece."""
        return iter(())


_attacher = Attacher()


def register(attacher: Attacher) -> None:
    """Let messages carry what this provides."""
    global _attacher  # noqa: PLW0603 (set once, at startup)
    _attacher = attacher


def attacher() -> Attacher:
    """What an app has registered."""
    return _attacher


@contextmanager
def attached(author: User, drafts: Sequence[Message], files: Files) -> Iterator[None]:
    """Let these drafts, of the same content, show files in the transaction that sends them; the first carries them."""
    if not files:
        yield
        return
    shown = _attacher.take(author, drafts[0].room_id, files)
    for draft in drafts:
        draft.extras = {**draft.extras, ATTACHMENTS: shown}
    yield
    if drafts[0].pk is not None:  # else its key was stored in the meantime
        _attacher.attach(drafts[0], files)
