"""Events of the bus: an example of each class, and what tests look for among those that were published."""

from chat.bus.events import (
    AccessChanged,
    AuthorItem,
    Deactivated,
    Event,
    ItemState,
    MemberItem,
    MemberJoined,
    MemberRead,
    MemberRemoved,
    MessageItem,
    PersonChanged,
    PersonHere,
    PresenceReported,
    ReactorItem,
    RoomChanged,
    RoomDeleted,
    RoomRead,
    SessionEnded,
    SpaceChanged,
    StatusChanged,
    ThreadsChanged,
    Typing,
)

EXAMPLES: list[Event] = [
    RoomChanged(
        room=3,
        since=4,
        revision=6,
        message_count=2,
        counted=1,
        messages=(MessageItem(9, 6, 2, 7, 1, '{"body":"안녕"}', 5, "{}"),),
        authors=(AuthorItem(7, False, '{"name":"미나"}'),),
        members=(MemberItem(7, 5, "owner", False, "{}"),),
        info='{"name":"x"}',
        reactors=(ReactorItem(7, 6, '{"reactions":["👍"]}'),),
    ),
    Typing(room=3, user=7, text="{}"),
    MemberRead(room=3, user=7, position=2),
    RoomDeleted(room=3),
    PersonChanged(user=7, since=1, revision=2, items=(ItemState("draft", "3", 2, '{"value":"안"}'),)),
    MemberJoined(
        user=7,
        room=3,
        revision=5,
        role="member",
        notify="all",
        last_read=2,
        counted_read=1,
        summary='{"id":3}',
        muted_until=1893456000.5,
    ),
    MemberRemoved(user=7, room=3, revision=5, reason="removed"),
    RoomRead(user=7, room=3, last_read=2, counted_read=1, unread=4),
    ThreadsChanged(user=7, room=3, unread=2, mentions=1, follow="{}"),
    SessionEnded(user=7, credential="session:key"),
    Deactivated(user=7),
    AccessChanged(user=7),
    SpaceChanged(),
    PresenceReported(process="another", people=(PersonHere(7, "here"),), is_whole=True, asks=True),
    StatusChanged(user=7, version=2, status='{"text":"안녕"}'),
]
"""One event of each class."""


def changes_in(events: list[Event]) -> list[RoomChanged]:
    """The changes of rooms among these events."""
    return [event for event in events if isinstance(event, RoomChanged)]


def other_events(events: list[Event]) -> list[type[Event]]:
    """The classes of the events that are no changes of rooms."""
    return [type(event) for event in events if not isinstance(event, RoomChanged)]
