"""Detects violations of the protocol in what a server sends to one client, beyond those that the client detects."""

from collections.abc import Iterator

from client.events import Changes, ErrorFrame, Event, Gap, Hello, Opened, Rooms
from client.protocol import ClientProtocol
from client.room import Room
from faults.sightings import messages_in


class FrameChecks:
    """Checks the events of one client, after the client has processed each frame."""

    def __init__(self) -> None:
        self._ids: dict[tuple[int, int], int] = {}
        """The ids of messages, by room and position."""
        self._epoch = ""

    def faults_in(self, events: list[Event], protocol: ClientProtocol) -> Iterator[str]:
        """A sentence for every violation of the protocol."""
        for event in events:
            yield from self._faults_of(event, protocol)
            for message in messages_in(event):
                known = self._ids.setdefault((message.room, message.position), message.id)
                if known != message.id:
                    yield f"room {message.room}: messages {known} and {message.id} both at position {message.position}"
            if isinstance(event, Changes | Opened):
                room = event.room if isinstance(event, Changes) else event.room.id
                if protocol.sync.is_complete(room):
                    yield from holes_in(protocol.state.rooms[room])

    def _faults_of(self, event: Event, protocol: ClientProtocol) -> Iterator[str]:
        if isinstance(event, Gap):
            yield f"room {event.room}: changes since {event.missing_since}, and held only {event.held}"
        elif isinstance(event, Opened):
            yield from _faults_of_opening(event)
        elif isinstance(event, Changes):
            ids = [message.id for message in event.messages]
            if len(ids) != len(set(ids)):
                yield f"room {event.room}: a message twice in the changes to revision {event.revision}"
        elif isinstance(event, Rooms):
            strange = [room.id for room in event.rooms if room.id not in protocol.state.mine]
            if strange:
                yield f"rooms {strange} were described, and are not mine"
        elif isinstance(event, ErrorFrame):
            yield f"an error that no command asked for: {event.refusal}"
        elif isinstance(event, Hello):
            if self._epoch not in ("", event.epoch):
                yield "the epoch changed"
            self._epoch = event.epoch


def _faults_of_opening(opened: Opened) -> Iterator[str]:
    since = opened.command.get("since")
    if since is None and not opened.reset:
        yield f"room {opened.room.id}: what changed was sent to a client that held nothing"
    if since is not None and 0 < opened.revision < since:
        yield f"room {opened.room.id}: opened at revision {opened.revision}, and held {since} already"


def holes_in(room: Room) -> Iterator[str]:
    """Check that no message is visible while an earlier one is missing. Only acks may precede the changes of a room."""
    complete = [position for position, message in room.messages.items() if message.revision <= (room.revision or 0)]
    if complete and len(complete) != max(complete) - min(complete) + 1:
        missing = [position for position in range(min(complete), max(complete)) if position not in room.messages]
        if missing:
            yield f"room {room.id}: positions {missing[:5]} are missing at revision {room.revision}"
