"""Finds the messages and excerpts in the events of a client."""

from collections.abc import Iterator

from client.events import Activity, Changes, Event, Joined, Opened, Page, RoomChanged, Rooms, Stored
from client.shapes import Excerpt, Message, RoomSummary


def messages_in(event: Event) -> Iterator[Message]:
    """Every state of a message in an event."""
    if isinstance(event, Changes | Opened | Page):
        yield from event.messages
    elif isinstance(event, Stored):
        yield event.message


def excerpts_in(event: Event) -> Iterator[tuple[int, Excerpt]]:
    """Every excerpt in an event, with its room."""
    if isinstance(event, Activity) and event.last_message is not None:
        yield event.room, event.last_message
    for room in _rooms_in(event):
        if room.last_message is not None:
            yield room.id, room.last_message


def _rooms_in(event: Event) -> Iterator[RoomSummary]:
    if isinstance(event, Rooms):
        yield from event.rooms
    elif isinstance(event, RoomChanged | Joined | Opened):
        yield event.room
