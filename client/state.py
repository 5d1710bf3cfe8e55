"""The state of a client: the user, their rooms, and the contents of each room."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .events import (
    Activity,
    Changes,
    Event,
    FollowChanged,
    Hello,
    Joined,
    MessageArrived,
    MineChanged,
    Opened,
    Page,
    PeopleShown,
    PresenceChanged,
    Read,
    ReadsChanged,
    ReadUpTo,
    RoomChanged,
    RoomRemoved,
    Rooms,
    Stored,
    ThreadsChanged,
    Typing,
)
from .room import Room
from .shapes import Fields, Message, Presence, RoomSummary, User

TYPING_EXPIRY_SECONDS = 10.0


class State:
    """Applies events, and keeps the newest state of everything."""

    def __init__(self, clock: Callable[[], float], *, most_messages: int | None) -> None:
        self.me: User | None = None
        self.epoch = ""
        self.limits: Fields = {}
        self.rooms: dict[int, Room] = {}
        """Rooms by id. A room of `hello` is added once a `rooms` frame has described it, or once it is opened.

        Threads are added when they are opened.
        """
        self.mine: set[int] = set()
        """The ids of all rooms of the person."""
        self.are_rooms_known = False
        """Whether all rooms of the person have been described."""
        self.people: dict[int, Presence] = {}
        """Whether the people whom this client shows are here, and their statuses, by id."""
        self._clock = clock
        self._most_messages = most_messages

    def by_slug(self, slug: str) -> Room | None:
        """The person's room with this slug, if it has been described."""
        return next((room for room in self.rooms.values() if room.summary.slug == slug), None)

    def threads_of(self, room: int) -> list[int]:
        """The ids of the threads of a room that are held."""
        return [held.id for held in self.rooms.values() if held.summary.parent == room]

    def typists(self, room: int) -> set[int]:
        """The ids of others who are typing in an open room."""
        held, now = self.rooms.get(room), self._clock()
        return set() if held is None else {user for user, until in held.typists.items() if until > now}

    def take(self, event: Event) -> list[Event]:
        """Apply a frame or an answer. Returns the events that follow from it."""
        taker = self._takers.get(type(event))
        return [] if taker is None else taker(self, event)

    def page_refused(self, room: int) -> None:
        """A request for a page of history was refused."""
        if held := self.rooms.get(room):
            held.expect_no_page()

    def is_other_epoch(self, hello: Hello) -> bool:
        """Whether the server has a different database than before."""
        return self.epoch not in ("", hello.epoch)

    def _hello(self, hello: Hello) -> list[Event]:
        if self.is_other_epoch(hello):
            self.rooms.clear()
        self.me, self.epoch, self.limits = hello.user, hello.epoch, hello.limits
        self.mine = set(hello.rooms)
        gone = {room.id for room in self.rooms.values() if (room.summary.parent or room.id) not in self.mine}
        for room in gone:
            del self.rooms[room]
        return [RoomRemoved({}, room, "removed") for room in sorted(gone)]

    def _rooms(self, event: Rooms) -> list[Event]:
        for summary in event.rooms:
            self._describe(summary)
        self.are_rooms_known = self.are_rooms_known or not event.more
        return []

    def _room(self, event: RoomChanged | Joined) -> list[Event]:
        if event.room.parent is None:
            self.mine.add(event.room.id)
            self._describe(event.room)
        elif held := self.rooms.get(event.room.id):
            held.describe(event.room)
        return []

    def _removed(self, event: RoomRemoved) -> list[Event]:
        self.mine.discard(event.room)
        self.rooms = {room.id: room for room in self.rooms.values() if event.room not in (room.id, room.summary.parent)}
        return []

    def _activity(self, event: Activity) -> list[Event]:
        if room := self.rooms.get(event.room):
            room.act(event)
        return []

    def _read(self, event: Read | ReadUpTo) -> list[Event]:
        if room := self.rooms.get(event.room):
            room.read(event.last_read, unread=event.unread)
        return []

    def _threads(self, event: ThreadsChanged) -> list[Event]:
        if room := self.rooms.get(event.room):
            room.summary = replace(room.summary, threads=event.threads)
        return []

    def _follow(self, event: FollowChanged) -> list[Event]:
        if room := self.rooms.get(event.room):
            room.summary = replace(room.summary, follows=event.follows)
            room.read(event.last_read, unread=event.unread)
        return []

    def _typing(self, event: Typing) -> list[Event]:
        room = self.rooms.get(event.room)
        if room is None or (self.me is not None and event.user == self.me.id):
            return []
        if event.on:
            room.typists[event.user] = self._clock() + TYPING_EXPIRY_SECONDS
        else:
            room.typists.pop(event.user, None)
        return []

    def _opened(self, event: Opened) -> list[Event]:
        room = self._describe(event.room)
        return self._arrived(room, room.open(event), event.messages)

    def _changes(self, event: Changes) -> list[Event]:
        room = self.rooms[event.room]
        return self._arrived(room, room.change(event), event.messages)

    def _page(self, event: Page) -> list[Event]:
        room = self.rooms.get(event.room)
        if room is not None and event.command.get("before") == room.oldest:
            room.prepend(event)
        return []

    def _stored(self, event: Stored) -> list[Event]:
        room = self.rooms.get(event.message.room)
        if room is not None and room.revision is not None:
            room.upsert(event.message)
            self._read_own(room, (event.message,))
            if event.mine is not None:
                room.upsert_mine(event.mine)
        return []

    def _mine_changed(self, event: MineChanged) -> list[Event]:
        if room := self.rooms.get(event.room):
            for mine in event.mine:
                room.upsert_mine(mine)
        return []

    def _people_shown(self, event: PeopleShown) -> list[Event]:
        self.people = {person.user: person for person in event.people}
        return []

    def _presence_changed(self, event: PresenceChanged) -> list[Event]:
        self.people |= {person.user: person for person in event.people}
        return []

    def _reads_changed(self, event: ReadsChanged) -> list[Event]:
        if room := self.rooms.get(event.room):
            room.note_reads(event.reads)
        return []

    def _describe(self, summary: RoomSummary) -> Room:
        room = self.rooms.get(summary.id)
        if room is None:
            room = self.rooms[summary.id] = Room(summary, most_messages=self._most_messages)
        else:
            room.describe(summary)
        return room

    def _arrived(self, room: Room, arrived: list[Message], messages: tuple[Message, ...]) -> list[Event]:
        self._read_own(room, messages)
        for message in arrived:
            room.typists.pop(message.author, None)
        return [MessageArrived(message, room.user(message.author)) for message in arrived]

    def _read_own(self, room: Room, messages: tuple[Message, ...]) -> None:
        """Mark a room as read up to the person's own messages."""
        for message in messages:
            if self.me is not None and message.author == self.me.id and message.kind == "text":
                room.read(message.position)

    _takers: dict[type[Event], Callable[["State", Any], list[Event]]] = {
        Hello: _hello,
        Rooms: _rooms,
        RoomChanged: _room,
        Joined: _room,
        RoomRemoved: _removed,
        Activity: _activity,
        Read: _read,
        ReadUpTo: _read,
        ThreadsChanged: _threads,
        FollowChanged: _follow,
        Typing: _typing,
        MineChanged: _mine_changed,
        PeopleShown: _people_shown,
        PresenceChanged: _presence_changed,
        ReadsChanged: _reads_changed,
        Opened: _opened,
        Changes: _changes,
        Page: _page,
        Stored: _stored,
    }
