"""Applies events of the bus to the connections of this process."""

import asyncio
import logging
from datetime import UTC, datetime
from typing import assert_never

from chat import policy
from chat.bus.bus import PROCESS
from chat.bus.encoding import DecodeError, EncodedEvent, decode
from chat.bus.events import (
    AccessChanged,
    Deactivated,
    Event,
    MemberJoined,
    MemberRead,
    MemberRemoved,
    PersonChanged,
    PresenceReported,
    RoomChanged,
    RoomDeleted,
    RoomRead,
    SessionEnded,
    SpaceChanged,
    StatusChanged,
    ThreadsChanged,
    Typing,
)
from chat.live.connection import Frame
from chat.live.person import Person
from chat.live.presence import LivePresence
from chat.live.reader_pool import run_in_reader
from chat.live.reconciler import PEOPLE_AT_ONCE, Reconciler
from chat.live.registry import ConnectionRegistry
from chat.live.room import LiveRoom
from chat.live.space import LiveSpace
from chat.live.tasks import Tasks
from chat.protocol.errors import CloseCode
from chat.protocol.frames import mine_frame, read_frame, reader_summary, room_frame
from chat.protocol.shapes import RoomInfo, later, threads, unread
from chat.queries import rooms
from chat.queries.mine import Missed
from chat.queries.rooms import MembershipState

logger = logging.getLogger(__name__)

EventForPerson = (
    PersonChanged
    | MemberJoined
    | MemberRemoved
    | RoomRead
    | ThreadsChanged
    | SessionEnded
    | Deactivated
    | AccessChanged
)


class BusEventHandler:
    """Updates the registry and its rooms from events. Never waits."""

    def __init__(
        self,
        registry: ConnectionRegistry,
        reconciler: Reconciler,
        space: LiveSpace,
        presence: LivePresence,
        tasks: Tasks,
    ) -> None:
        self._registry = registry
        self._reconciler = reconciler
        self._space = space
        self._presence = presence
        self._tasks = tasks
        self._logged: set[str] = set()

    def remote(self, encoded: EncodedEvent) -> None:
        """Handle an event from the channel layer, unless this process published it: `handle` has been called then."""
        if encoded.get("origin") == PROCESS:
            return
        try:
            event = decode(encoded)
        except DecodeError as error:
            self._log_once(error)
            self._catch_up(encoded)
        else:
            self.handle(event)

    def handle(self, event: Event) -> None:
        """Handle an event of this or another process."""
        match event:
            case RoomChanged():
                self._room_changed(event)
            case Typing():
                self._typing(event)
            case MemberRead():
                self._member_read(event)
            case RoomDeleted():
                self._registry.room_is_gone(event.room)
            case SpaceChanged():
                self._tasks.soon(self._space.refresh())
            case PresenceReported():
                self._presence.reported(event)
            case StatusChanged():
                self._presence.status_changed(event)
            case _:
                person = self._registry.people.get(event.user)
                if person is not None:
                    self._handle_for(person, event)

    def _handle_for(self, person: Person, event: EventForPerson) -> None:
        match event:
            case PersonChanged():
                person.feed.receive(event)
            case MemberJoined():
                self._joined(person, event)
            case MemberRemoved():
                self._removed(person, event)
            case RoomRead():
                self._read(person, event)
            case ThreadsChanged():
                self._threads(person, event)
            case SessionEnded():
                self._session_ended(person, event)
            case Deactivated():
                person.close(CloseCode.DEACTIVATED)
            case AccessChanged():
                self._tasks.soon(self._reconciler.access([person]))
            case _:
                assert_never(event)

    # --- events of other versions --------------------------------------------------------------------------------

    def _log_once(self, error: DecodeError) -> None:
        """Log each reason once: in a deployment, the other version may publish many events of a kind."""
        reason = str(error)
        if reason not in self._logged:
            self._logged.add(reason)
            logger.warning("An event of another version is read from the database instead: %s", reason)

    def _catch_up(self, encoded: EncodedEvent) -> None:
        """Read from the database what an event changed that can't be decoded."""
        event_type = str(encoded.get("type"))
        room = self._registry.rooms.get(_integer(encoded, "room"))
        if room is not None:
            room.ensure_revision(_integer(encoded, "revision"))
        if event_type.startswith("user."):
            person = self._registry.people.get(_integer(encoded, "user"))
            if person is not None:
                self._tasks.soon(self._reconciler.access([person]))
        elif event_type.startswith("space."):
            self._tasks.soon(self._space.refresh())

    # --- events for the people in a room -------------------------------------------------------------------------

    def _room_changed(self, change: RoomChanged) -> None:
        room = self._registry.rooms.get(change.room)
        if room is not None:
            room.receive(change)

    def _typing(self, typing: Typing) -> None:
        room = self._registry.rooms.get(typing.room)
        if room is not None:
            room.typing(Frame(typing.text), typing.user)

    def _member_read(self, read: MemberRead) -> None:
        room = self._registry.rooms.get(read.room)
        if room is not None:
            room.note_read(read.user, read.position)

    def taken(self, room: LiveRoom, change: RoomChanged) -> None:
        """Apply a change to the people connected here, before it is sent to anybody."""
        for member in change.members:
            person = self._registry.people.get(member.user)
            if person is None:
                continue
            place = person.rooms.get(room.id)
            if member.left:
                self._registry.remove(person, room.id, "removed")
            elif place is None:
                self._tasks.soon(self._reconciler.found_joined(person, room.id))
            elif place.role != member.role:
                person.rooms[room.id] = place._replace(role=member.role)
                self._tasks.soon(self._reconciler.refresh_room(person, room.id))
        for message in change.messages:
            author = self._registry.people.get(message.author)
            if (author is None and not room.reads.positions) or message.is_system:
                continue
            room.reads.posted(message.author, message.position)
            if author is not None:
                author.has_read(room.id, message.position, message.counted)
        self._reacted(room, change)
        if change.info is not None:
            self._tasks.soon(self._push_settings(room, change.info))

    def _reacted(self, room: LiveRoom, change: RoomChanged) -> None:
        """Send people what they have added to messages after it changed, perhaps on another device."""
        for reactor in change.reactors:
            person = self._registry.people.get(reactor.user)
            if person is not None:
                room.push_to(person, Frame(mine_frame(room=room.id, mine=[reactor.text])), reactor.revision)

    def mine_missed(self, room: LiveRoom, missed: Missed) -> None:
        """Send what they have added to messages to all who have the room open, after changes were read from the
        database."""
        if missed.none:
            self._tasks.soon(self._push_mine(room, missed))

    async def _push_mine(self, room: LiveRoom, missed: Missed) -> None:
        of_most = Frame(mine_frame(room=room.id, mine=missed.none))
        for number, person in enumerate(room.readers, start=1):
            own = missed.by_user.get(person.id)
            frame = of_most if own is None else Frame(mine_frame(room=room.id, mine=own))
            room.push_to(person, frame, missed.revision)
            if number % PEOPLE_AT_ONCE == 0:
                await asyncio.sleep(0)

    async def _push_settings(self, room: LiveRoom, info: str) -> None:
        """Send a room to its people after its name, topic, rules or archiving changed, each with their own permissions.

        Connections that have the room open got `info`, but not what their person may do in the room now.
        """
        last_message = await run_in_reader(rooms.last_message, room.id)
        if last_message is not None and last_message.revision > room.feed.revision:
            last_message = None  # its readers are not known yet; they get it as activity
        last_text = "null" if last_message is None else last_message.encode()
        described = RoomInfo.model_validate_json(info, extra="ignore")
        if described.shows_reads != bool(room.reads.positions):
            await self._reconciler.reads([room.id])
        for number, person in enumerate(list(room.people), start=1):
            place = person.rooms.get(room.id)
            if place is not None:
                summary = reader_summary(
                    info,
                    role=place.role,
                    notify=place.notify,
                    last_read=place.last_read,
                    unread=unread(room.counted, place.counted_read),
                    last_message=last_text,
                    may=policy.permissions(person.user, described, place),
                    muted_until=later(place.muted_until),
                    threads=threads(place.unread_threads, place.thread_mentions),
                )
                person.push(room_frame(summary))
            if number % PEOPLE_AT_ONCE == 0:
                await asyncio.sleep(0)

    # --- events for one person -----------------------------------------------------------------------------------

    def _joined(self, person: Person, joined: MemberJoined) -> None:
        live = self._registry.rooms.get(joined.room)
        if live is not None and live.left_after(person.id, joined.revision):
            return  # out of date
        muted_until = datetime.fromtimestamp(joined.muted_until, UTC) if joined.muted_until else None
        place = MembershipState(joined.role, joined.notify, joined.last_read, joined.counted_read, muted_until)
        room = self._registry.enter(person, joined.room, joined.revision, place)
        room.ensure_revision(joined.revision)
        person.push(room_frame(joined.summary))

    def _removed(self, person: Person, removed: MemberRemoved) -> None:
        live = self._registry.rooms.get(removed.room)
        if live is not None and live.rejoined_after(person.id, removed.revision):
            return  # out of date
        self._registry.remove(person, removed.room, removed.reason)

    def _read(self, person: Person, read: RoomRead) -> None:
        if person.has_read(read.room, read.last_read, read.counted_read):
            person.push(read_frame(room=read.room, last_read=read.last_read, unread=read.unread))

    def _threads(self, person: Person, changed: ThreadsChanged) -> None:
        if person.has_unread_threads(changed.room, changed.unread, changed.mentions) and changed.follow:
            person.push(changed.follow)

    def _session_ended(self, person: Person, ended: SessionEnded) -> None:
        for connection in list(person.connections):
            if connection.credential.name == ended.credential:
                connection.close(CloseCode.SIGNED_OUT)


def _integer(encoded: EncodedEvent, name: str) -> int:
    value = encoded.get(name)
    return value if isinstance(value, int) else 0
