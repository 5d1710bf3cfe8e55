"""Orders the changes of one room in one process, and merges them into frames.

Uses no clock, socket or database.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from chat.bus.events import MemberItem, MessageItem, RoomChanged
from chat.protocol.frames import changes_frame
from chat.protocol.limits import MEMBERS_IN_FRAME, OUTBOUND_FRAME_BYTES

FRAME_CHARS = OUTBOUND_FRAME_BYTES // 4
"""Most characters of messages in a frame; a character takes at most four bytes."""


@dataclass(frozen=True, slots=True)
class ChangesFrame:
    """The text of one `changes` frame, and the revision of a client that has applied it."""

    revision: int
    text: str


class Feed:
    """Tracks the `revision` of the changes taken and of those sent as frames (`flushed`); holds changes after a gap.

    While a gap is filled in parts (`is_behind`), clients may lack texts that are older than `flushed`: of a message
    that has changed again since, which is in a later part. Until the last part, such messages are sent whole.

    Usage: `take` every change that arrives, `merge` each of those it returns, call `frames` when it is time to send.
    """

    def __init__(self, room: int, revision: int) -> None:
        self.room = room
        self.revision = revision
        self.flushed = revision
        self.is_behind = False
        self._texts = revision
        """The revision up to which clients have the texts of all messages."""
        self._held: dict[int, RoomChanged] = {}
        self._messages: dict[int, MessageItem] = {}
        self._strangers: dict[int, str] = {}
        self._members: dict[int, MemberItem] = {}
        self._info: str | None = None

    def take(self, change: RoomChanged) -> list[RoomChanged]:
        """Take a change. Returns the changes that are now next in order: none if this one is old or follows a gap."""
        if change.revision <= self.revision:
            return []
        if change.since > self.revision:
            self._held[change.since] = change
            return []
        ready = [change]
        self.revision = change.revision
        ready.extend(self._release())
        return ready

    def _release(self) -> Iterator[RoomChanged]:
        """Yield the held changes that are now next, in order; drop those that are old."""
        for since in sorted(self._held):
            if since > self.revision:
                return
            change = self._held.pop(since)
            if change.revision > self.revision:
                self.revision = change.revision
                yield change

    @property
    def has_gap(self) -> bool:
        """Whether an earlier change than those held is missing."""
        return bool(self._held)

    @property
    def is_dirty(self) -> bool:
        """Whether something was taken that has not been flushed."""
        return self.flushed < self.revision

    def merge(self, change: RoomChanged) -> None:
        """Merge a change into the next frames; only the newest state of each message and member is kept."""
        for message in change.messages:
            known = self._messages.get(message.id)
            if known is None or known.revision < message.revision:
                self._messages[message.id] = message
        self._strangers.update((author.user, author.text) for author in change.authors if not author.is_member)
        for member in change.members:
            known_member = self._members.get(member.user)
            if known_member is None or known_member.revision < member.revision:
                self._members[member.user] = member
        if change.info is not None:
            self._info = change.info

    def frames(self) -> list[ChangesFrame]:
        """Flush all that was merged, as one frame, or as several if one would be too large.

        Messages are in the order of their revisions, so that a partial frame brings a client to the revision of its
        last message. Members and settings are in the first frame: a client that loses its connection after it resumes
        from that revision, and must not miss any of them.
        """
        messages = sorted(self._messages.values(), key=lambda item: item.revision)
        *cut, last = _chunks(messages)
        frames = list(self._early_members())
        frames += [self._frame(min(chunk[-1].revision, self.revision), chunk) for chunk in cut]
        frames.append(self._frame(self.revision, last))
        if not self.is_behind:
            self._texts = self.flushed
        return frames

    def _early_members(self) -> Iterator[ChangesFrame]:
        """Yield the members that exceed one frame, in frames that come first and do not advance the client's revision.

        They carry the revision of the whole, because every client that opened the room at an earlier one needs them.
        """
        while len(self._members) > MEMBERS_IN_FRAME:
            early = [self._members.pop(user) for user in list(self._members)[:MEMBERS_IN_FRAME]]
            text = changes_frame(
                room=self.room,
                since=self.flushed,
                revision=self.flushed,
                members=[item.text for item in early],
            )
            yield ChangesFrame(self.revision, text)

    def _frame(self, revision: int, messages: list[MessageItem]) -> ChangesFrame:
        """Make a frame of these messages, with only the extras of those whose text clients have."""
        is_text_known = [0 < item.text_revision <= self._texts for item in messages]
        text = changes_frame(
            room=self.room,
            since=self.flushed,
            revision=revision,
            messages=[item.text for item, is_known in zip(messages, is_text_known, strict=True) if not is_known],
            extras=[item.extras for item, is_known in zip(messages, is_text_known, strict=True) if is_known],
            users=list(self._strangers.values()),
            members=[item.text for item in self._members.values()],
            info=self._info,
        )
        self._messages, self._strangers, self._members, self._info = {}, {}, {}, None
        self.flushed = revision
        return ChangesFrame(revision, text)


def _chunks(messages: list[MessageItem]) -> Iterator[list[MessageItem]]:
    """Split messages into lists that fit a frame each. Yields one empty list if there are none."""
    chunk: list[MessageItem] = []
    chars = 0
    for message in messages:
        if chunk and chars + len(message.text) > FRAME_CHARS:
            yield chunk
            chunk, chars = [], 0
        chunk.append(message)
        chars += len(message.text)
    yield chunk
