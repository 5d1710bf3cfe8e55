"""Applies events of the bus to the connections of this process."""

import asyncio
from collections.abc import Callable

from chat import policy
from chat.bus.bus import PROCESS, Change, Event, Publication
from chat.bus.events import PersonChanged
from chat.live.connection import Frame
from chat.live.person import Person
from chat.live.reader_pool import run_in_reader
from chat.live.reconciler import PEOPLE_AT_ONCE, Reconciler
from chat.live.registry import ConnectionRegistry
from chat.live.room import LiveRoom
from chat.live.space import LiveSpace
from chat.live.tasks import Tasks
from chat.protocol.errors import CloseCode
from chat.protocol.frames import read_frame, reader_summary, room_frame
from chat.protocol.shapes import RoomInfo, unread
from chat.queries import rooms
from chat.queries.rooms import MembershipState


class BusEventHandler:
    """Updates the registry and its rooms from events. Never waits."""

    def __init__(self, registry: ConnectionRegistry, reconciler: Reconciler, space: LiveSpace, tasks: Tasks) -> None:
        self._registry = registry
        self._reconciler = reconciler
        self._space = space
        self._tasks = tasks
        self._by_type: dict[str, Callable[[Event], None]] = {
            "room.changed": lambda event: self._change(Change.from_event(event)),
            "room.typing": self._typing,
            "room.deleted": self._deleted,
            "user.control": self._control,
            PersonChanged.TYPE: self._person_changed,
            "space.changed": lambda _event: self._tasks.soon(self._space.refresh()),
        }
        self._by_kind: dict[str, Callable[[Person, Event], None]] = {
            "joined": self._joined,
            "removed": self._removed,
            "read": self._read,
            "signed_out": self._signed_out,
            "deactivated": self._deactivated,
            "check": self._check,
        }

    def local(self, publication: Publication) -> None:
        """Handle an event published by this process."""
        if publication.change is not None:
            self._change(publication.change)
        else:
            self._by_type[publication.event["type"]](publication.event)

    def remote(self, event: Event) -> None:
        """Handle an event from the channel layer, unless this process published it: `local` has handled it."""
        if event["origin"] == PROCESS:
            return
        handler = self._by_type.get(event["type"])
        if handler is None:
            self._unknown(event)
        else:
            handler(event)

    def _unknown(self, event: Event) -> None:
        """Handle an event of a process of another version: read from the database what it changed in a room."""
        room = self._registry.rooms.get(event.get("room", 0))
        if room is not None:
            room.ensure_revision(event.get("revision", 0))

    def _change(self, change: Change) -> None:
        room = self._registry.rooms.get(change.room)
        if room is not None:
            room.receive(change)

    def _typing(self, event: Event) -> None:
        room = self._registry.rooms.get(event["room"])
        if room is not None:
            room.typing(Frame(event["text"]), event["user"])

    def _deleted(self, event: Event) -> None:
        self._registry.room_is_gone(event["room"])

    def _control(self, event: Event) -> None:
        person = self._registry.people.get(event["user"])
        if person is not None:
            self._by_kind[event["kind"]](person, event)

    def _person_changed(self, event: Event) -> None:
        person = self._registry.people.get(event["user"])
        if person is not None:
            person.feed.receive(PersonChanged.from_event(event))

    # --- changes of rooms ----------------------------------------------------------------------------------------

    def taken(self, room: LiveRoom, change: Change) -> None:
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
            if author is not None:
                author.has_read(room.id, message.position, message.counted)
        if change.info is not None:
            self._tasks.soon(self._push_settings(room, change.info))

    async def _push_settings(self, room: LiveRoom, info: str) -> None:
        """Send a room to its people after its name, topic or archiving changed, each with their own permissions.

        Connections that have the room open got `info`, but not what their person may do in the room now.
        """
        last_message = await run_in_reader(rooms.last_message, room.id)
        if last_message is not None and last_message.revision > room.feed.revision:
            last_message = None  # its readers are not known yet; they get it as activity
        last_text = "null" if last_message is None else last_message.encode()
        described = RoomInfo.model_validate_json(info, extra="ignore")
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
                )
                person.push(room_frame(summary))
            if number % PEOPLE_AT_ONCE == 0:
                await asyncio.sleep(0)

    # --- control messages ----------------------------------------------------------------------------------------

    def _joined(self, person: Person, event: Event) -> None:
        live = self._registry.rooms.get(event["room"])
        if live is not None and live.left_after(person.id, event["revision"]):
            return  # out of date
        place = MembershipState(event["role"], event["notify"], event["last_read"], event["counted_read"])
        room = self._registry.enter(person, event["room"], event["revision"], place)
        room.ensure_revision(event["revision"])
        person.push(room_frame(event["summary"]))

    def _removed(self, person: Person, event: Event) -> None:
        live = self._registry.rooms.get(event["room"])
        if live is not None and live.rejoined_after(person.id, event["revision"]):
            return  # out of date
        self._registry.remove(person, event["room"], event["reason"])

    def _read(self, person: Person, event: Event) -> None:
        if person.has_read(event["room"], event["last_read"], event["counted_read"]):
            person.push(read_frame(room=event["room"], last_read=event["last_read"], unread=event["unread"]))

    def _signed_out(self, person: Person, event: Event) -> None:
        for connection in list(person.connections):
            if connection.credential.name == event["credential"]:
                connection.close(CloseCode.SIGNED_OUT)

    def _check(self, person: Person, _event: Event) -> None:
        self._tasks.soon(self._reconciler.access([person]))

    def _deactivated(self, person: Person, _event: Event) -> None:
        person.close(CloseCode.DEACTIVATED)
