"""The order of one room's changes in one process: which is next, old or missing; and how they are merged into frames.

No clock, no socket, no database.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from chat.bus.bus import Change, MemberItem, MessageItem
from chat.protocol.frames import changes_frame
from chat.protocol.limits import MEMBERS_IN_FRAME, OUTBOUND_FRAME_BYTES

FRAME_CHARS = OUTBOUND_FRAME_BYTES // 4
"""A frame is cut at this many characters, each of which takes at most four bytes."""


@dataclass(frozen=True, slots=True)
class ChangesFrame:
    """The text of one `changes` frame, and the revision that it brings a client to."""

    revision: int
    text: str


class Feed:
    """Knows the revision that it has taken and the one that has left as frames (`flushed`); holds what came too early.

    Use: `take` every change that arrives, `merge` each of those it returns, `frames` when it is time to send.
    """

    def __init__(self, room: int, revision: int) -> None:
        self.room = room
        self.revision = revision
        self.flushed = revision
        self._held: dict[int, Change] = {}
        self._messages: dict[int, MessageItem] = {}
        self._strangers: dict[int, str] = {}
        self._members: dict[int, MemberItem] = {}
        self._info: str | None = None

    def take(self, change: Change) -> list[Change]:
        """The changes that are next in order now that this one has arrived: none where it is old or comes too early."""
        if change.revision <= self.revision:
            return []
        if change.since > self.revision:
            self._held[change.since] = change
            return []
        ready = [change]
        self.revision = change.revision
        ready.extend(self._release())
        return ready

    def _release(self) -> Iterator[Change]:
        """What was held and is next now, in order; what has become old is forgotten."""
        for since in sorted(self._held):
            if since > self.revision:
                return
            change = self._held.pop(since)
            if change.revision > self.revision:
                self.revision = change.revision
                yield change

    @property
    def has_gap(self) -> bool:
        """Whether a later change is here while an earlier one is missing."""
        return bool(self._held)

    @property
    def is_dirty(self) -> bool:
        """Whether something was taken that has not left yet."""
        return self.flushed < self.revision

    def merge(self, change: Change) -> None:
        """Gather what a change carries: of each thing the newest state stays."""
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
        """All that has gathered, as one frame, or as several where one would be too large; then nothing is left here.

        Messages stand in the order of their revisions, so a frame that is cut brings a client to the revision of its
        last message. Members and settings travel in the first one: a client whose socket breaks after it resumes from
        there, and must not miss any that came before.
        """
        messages = sorted(self._messages.values(), key=lambda item: item.revision)
        *cut, last = _chunks(messages)
        known_text = self.flushed
        frames = list(self._early_members())
        frames += [self._frame(min(chunk[-1].revision, self.revision), chunk, known_text) for chunk in cut]
        frames.append(self._frame(self.revision, last, known_text))
        return frames

    def _early_members(self) -> Iterator[ChangesFrame]:
        """Members beyond what one frame holds go before everything else, and bring a client no further.

        A client that opened the room before any of this needs them, hence the revision of the whole.
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

    def _frame(self, revision: int, messages: list[MessageItem], known_text: int) -> ChangesFrame:
        """A frame with these messages; of those whose text is not newer than `known_text` it has only the extras."""
        is_text_known = [0 < item.text_revision <= known_text for item in messages]
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
    """Runs of messages that fit a frame each: at least one run, at least one message in all but an only one."""
    chunk: list[MessageItem] = []
    chars = 0
    for message in messages:
        if chunk and chars + len(message.text) > FRAME_CHARS:
            yield chunk
            chunk, chars = [], 0
        chunk.append(message)
        chars += len(message.text)
    yield chunk
