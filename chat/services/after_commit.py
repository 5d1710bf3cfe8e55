"""What follows the commit of changes to rooms: they are published."""

from collections.abc import Iterable

from chat.bus.bus import Change, Publication, bus, room_group


def publish_changes(changes: Iterable[Change]) -> None:
    """Publish changes of rooms, from any thread. Call it only after COMMIT."""
    bus.publish([publication(change) for change in changes])


def publication(change: Change) -> Publication:
    """Address a change to the group of its room."""
    return Publication(room_group(change.room), change.to_event(), change)
