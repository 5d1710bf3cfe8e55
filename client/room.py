"""The state that a client holds of one room: a window of its newest messages, and its members.

An object with a higher revision replaces the one held, so frames may repeat or overlap.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace

from .events import Activity, Changes, Opened, Page
from .shapes import Excerpt, Extras, Fields, Member, Message, Mine, RoomInfo, RoomSummary, User
from .text import excerpt

ADDABLE = {"reactions", "poll"}
"""The extras of messages to which people have added something, or may."""

INFO_FIELDS = [field.name for field in fields(RoomInfo)]


class Room:
    """One room. If the window exceeds `most_messages`, the older half is dropped; None means no limit."""

    def __init__(self, summary: RoomSummary, *, most_messages: int | None = None) -> None:
        self.summary = summary
        self.revision: int | None = None
        """Messages and members are complete up to this revision; None before the room was opened for the first time."""
        self.messages: dict[int, Message] = {}
        """Messages by position."""
        self.members: dict[int, Member] = {}
        """Members by the id of the user, including those who left."""
        self.users: dict[int, User] = {}
        """Authors of messages, by id."""
        self.has_older = False
        """Whether there are messages before the first one held."""
        self.oldest = self.newest = 0
        """Positions of the first and the last message held; 0 if there is none."""
        self.typists: dict[int, float] = {}
        """The ids of people who are typing, and when each one expires by the client's clock."""
        self.reads: dict[int, int] | None = None
        """How far people have read, by id, including some who have left; None if the person is not shown that."""
        self._mine: dict[int, Mine] = {}
        """What the person has added to messages, by the id of the message."""
        self._most_messages = most_messages
        self._counted_read = summary.counted - summary.unread
        self._below: list[Message | Extras] | None = None
        """Changes of messages before the window, while a page of history is pending."""

    @property
    def id(self) -> int:
        """Its id."""
        return self.summary.id

    @property
    def timeline(self) -> list[Message]:
        """The messages held, in the order of position."""
        return [self.messages[position] for position in sorted(self.messages)]

    @property
    def present(self) -> dict[int, Member]:
        """The members who are in the room, by the id of the user."""
        return {user: member for user, member in self.members.items() if not member.left}

    @property
    def unread(self) -> int:
        """The number of unread messages."""
        return max(0, self.summary.counted - self._counted_read)

    def user(self, user: int) -> User | None:
        """A member or an author of a message, by id."""
        member = self.members.get(user)
        return self.users.get(user) if member is None else member.user

    def own_reactions(self, message: int) -> tuple[str, ...]:
        """The person's own reactions to a message, by its id."""
        mine = self._mine.get(message)
        return () if mine is None else mine.reactions

    def own_votes(self, message: int) -> tuple[int, ...]:
        """The numbers of the choices for which the person voted in the poll of a message, by its id."""
        mine = self._mine.get(message)
        return () if mine is None else mine.votes

    def unread_by(self, message: Message) -> set[int]:
        """The ids of the members who have not read a message, of those whom the person is shown."""
        if self.reads is None or not self.summary.shows_reads:
            return set()
        return {user for user in self.present if self.reads.get(user, message.position) < message.position}

    # --- frames and answers ------------------------------------------------------------------------------------------

    def open(self, opened: Opened) -> list[Message]:
        """Apply the answer to `open`. Returns the new messages; none after a reset."""
        was_held = self.revision is not None and not opened.reset
        if opened.reset:
            self.messages, self.members, self.users, self._mine = {}, {}, {}, {}
            self.oldest = self.newest = 0
            self._below = None
            self.has_older = opened.has_older
        self.describe(opened.room)
        arrived = self._take(opened)
        self._take_mine(opened.mine, opened.messages)
        self.reads = None if opened.reads is None else dict(opened.reads)
        self.revision = max(self.revision or 0, opened.revision) if was_held else opened.revision
        return arrived if was_held else []

    def lacks_before(self, changes: Changes) -> bool:
        """Whether there is a gap between the state held and these changes."""
        return self.revision is None or changes.since > self.revision

    def change(self, changes: Changes) -> list[Message]:
        """Apply changes that leave no gap. Returns the new messages."""
        if changes.info is not None:
            self.describe(changes.info)
        arrived = self._take(changes)
        for changed in changes.extras:
            self.upsert_extras(changed)
        self.revision = max(self.revision or 0, changes.revision)
        return arrived

    def expect_page(self) -> None:
        """A page of messages before the window was requested: keep changes of them until it is received."""
        self._below = []

    def expect_no_page(self) -> None:
        """The requested page will not be received."""
        self._below = None

    def prepend(self, page: Page) -> None:
        """Add the page of messages before the window."""
        self._keep_users(page.users)
        for message in page.messages:
            if not self.messages or message.position < self.oldest or message.position in self.messages:
                self.messages.setdefault(message.position, message)
        self._take_mine(page.mine, page.messages)
        self._measure()
        self.has_older = page.has_older
        below, self._below = self._below or [], None
        for changed in below:
            self.upsert_extras(changed) if isinstance(changed, Extras) else self.upsert(changed)

    def upsert(self, message: Message) -> bool:
        """Apply the state of a message, unless it is before the window. Returns whether the message is new."""
        self._note_newest(message)
        if self.reads is not None and message.author in self.reads and message.kind == "text":
            self.reads[message.author] = max(self.reads[message.author], message.position)
        self._clear_mine(message)
        held = self.messages.get(message.position)
        if held is not None:
            if held.revision < message.revision:
                self.messages[message.position] = message
            return False
        if self.has_older and self.messages and message.position < self.oldest:
            if self._below is not None:
                self._below.append(message)
            return False
        self.messages[message.position] = message
        self.oldest = min(self.oldest or message.position, message.position)
        self.newest = max(self.newest, message.position)
        return True

    def upsert_extras(self, changed: Extras) -> None:
        """Apply the extras of a message that is otherwise unchanged."""
        self._clear_mine(changed)
        held = self.messages.get(changed.position)
        if held is not None and held.revision < changed.revision:
            self.messages[changed.position] = replace(held, extras=changed.extras, revision=changed.revision)
        elif held is None and self._below is not None:
            self._below.append(changed)

    def note_reads(self, reads: Mapping[int, int | None]) -> None:
        """Apply how far members have read; None for people who are not counted any more."""
        held = self.reads = self.reads or {}
        for user, position in reads.items():
            if position is None:
                held.pop(user, None)
            else:
                held[user] = max(position, held.get(user, 0))

    def upsert_mine(self, mine: Mine) -> None:
        """Apply what the person has added to a message. Also kept for messages that are not held, but may be later."""
        held = self._mine.get(mine.id)
        if held is None or held.revision < mine.revision:
            self._mine[mine.id] = mine

    def _take_mine(self, given: Iterable[Mine], messages: Iterable[Message]) -> None:
        """Apply what an answer says of its messages: of those that it does not name, nothing is the person's."""
        by_id = {mine.id: mine for mine in given}
        for message in messages:
            self.upsert_mine(by_id.get(message.id) or Mine(message.id, message.revision))

    def _clear_mine(self, changed: Message | Extras) -> None:
        """Nobody has added anything to a message without reactions and without a poll."""
        if changed.id in self._mine and not ADDABLE & changed.extras.keys():
            self.upsert_mine(Mine(changed.id, changed.revision))

    def upsert_member(self, member: Member) -> None:
        """Apply the state of a member."""
        held = self.members.get(member.user.id)
        if held is None or held.revision <= member.revision:
            self.members[member.user.id] = member

    def describe(self, room: RoomInfo) -> None:
        """Apply a description: the settings unless newer ones are held, and the counts if they are higher."""
        held = self.summary
        newer = held if room.revision < held.revision else room
        changed = {name: getattr(newer, name) for name in INFO_FIELDS}
        changed["message_count"] = max(held.message_count, room.message_count)
        changed["counted"] = max(held.counted, room.counted)
        if isinstance(room, RoomSummary):
            if newer is room:
                changed |= {"role": room.role, "notify": room.notify, "may": room.may}
                changed["muted_until"] = room.muted_until
            changed |= {"threads": room.threads, "follows": room.follows}
            changed["last_message"] = newer_excerpt(held.last_message, room.last_message)
            self._read_up_to(room.last_read, counted=room.counted - room.unread)
        self.summary = replace(self.summary, **changed)

    def act(self, activity: Activity) -> None:
        """Apply activity in the room while it is not open."""
        held = self.summary
        if activity.message_count < held.message_count:
            return
        self.summary = replace(
            held,
            message_count=activity.message_count,
            counted=max(held.counted, activity.counted),
            last_message=newer_excerpt(held.last_message, activity.last_message),
        )
        self._counted_read = max(self._counted_read, activity.counted - activity.unread)

    def read(self, position: int, *, unread: int | None = None) -> None:
        """Mark the room as read up to this position, which can only increase."""
        held = self.messages.get(position)
        if held is not None:
            self._read_up_to(position, counted=held.counted)
        else:
            self._read_up_to(position, counted=0 if unread is None else self.summary.counted - unread)

    def trim(self, keep: int) -> None:
        """Drop all but this many of the newest messages."""
        if len(self.messages) > keep:
            self.messages = {position: self.messages[position] for position in sorted(self.messages)[-keep:]}
            self.has_older = True
            authors = {message.author for message in self.messages.values()}
            self.users = {user: known for user, known in self.users.items() if user in authors}
            self._measure()

    def _take(self, frame: Opened | Changes) -> list[Message]:
        self._keep_users(frame.users)
        for member in frame.members:
            self.upsert_member(member)
        oldest = self.oldest
        arrived = [message for message in frame.messages if self.upsert(message) and message.position > oldest]
        if self._most_messages is not None and len(self.messages) > self._most_messages:
            self.trim(self._most_messages // 2)
        return arrived

    def _keep_users(self, users: Iterable[User]) -> None:
        self.users.update({user.id: user for user in users})

    def _measure(self) -> None:
        self.oldest, self.newest = min(self.messages, default=0), max(self.messages, default=0)

    def _note_newest(self, message: Message) -> None:
        held, excerpt = self.summary, self.summary.last_message
        if message.position < held.message_count or (excerpt is not None and message.position < excerpt.position):
            return
        author = self.user(message.author)
        self.summary = replace(
            held,
            message_count=max(held.message_count, message.position),
            counted=max(held.counted, message.counted),
            last_message=excerpt if author is None else newer_excerpt(excerpt, excerpt_of(message, author)),
        )

    def _read_up_to(self, position: int, *, counted: int) -> None:
        if position > self.summary.last_read:
            self.summary = replace(self.summary, last_read=position)
        self._counted_read = max(self._counted_read, counted)


def newer_excerpt(held: Excerpt | None, other: Excerpt | None) -> Excerpt | None:
    """The later of two last messages; of the same message, the newer state."""
    if held is None or other is None:
        return held or other
    return max(held, other, key=lambda excerpt: (excerpt.position, excerpt.revision))


def excerpt_of(message: Message, author: User) -> Excerpt:
    """The same excerpt as the server's."""
    return Excerpt(
        id=message.id,
        position=message.position,
        revision=message.revision,
        author=author,
        created_at=message.created_at,
        text=excerpt(message.html),
        kind=message.kind,
        deleted=message.deleted,
        system=message.extras.get("system"),
        poll="poll" in message.extras,
        files=_files_excerpt(message.extras.get("attachments", ())),
    )


def _files_excerpt(attachments: Sequence[Fields]) -> Fields | None:
    """What a list of rooms says of the files of a message; what has its default is absent."""
    if not attachments:
        return None
    kinds = {attachment["kind"] for attachment in attachments}
    kind = kinds.pop() if len(kinds) == 1 else "file"
    said: Fields = {"name": attachments[0]["name"], "count": len(attachments), "kind": kind}
    return {name: value for name, value in said.items() if (name, value) not in (("count", 1), ("kind", "file"))}
