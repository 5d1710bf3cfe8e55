"""Typed events of the bus, and their form on the channel layer."""

from dataclasses import dataclass
from typing import NamedTuple

from chat.bus.bus import PROCESS, Event, Publication, user_group


class ItemState(NamedTuple):
    """The newest state of one item of a person, with its JSON text."""

    kind: str
    key: str
    revision: int
    text: str


@dataclass(frozen=True, slots=True)
class PersonChanged:
    """Changes of one person's items between revisions `since` and `revision`.

    With `reset`, set only by reads from the database, `items` lists all items that have a value.
    """

    user: int
    since: int
    revision: int
    items: tuple[ItemState, ...]
    reset: bool = False

    TYPE = "user.changed"

    def to_event(self) -> Event:
        """Return the change as an event for the channel layer."""
        return {
            "type": self.TYPE,
            "origin": PROCESS,
            "user": self.user,
            "since": self.since,
            "revision": self.revision,
            "items": [list(item) for item in self.items],
        }

    @classmethod
    def from_event(cls, event: Event) -> "PersonChanged":
        """Inverse of `to_event`."""
        return cls(
            user=event["user"],
            since=event["since"],
            revision=event["revision"],
            items=tuple(ItemState(*item) for item in event["items"]),
        )

    def publication(self) -> Publication:
        """The event, addressed to the person's connections."""
        return Publication(user_group(self.user), self.to_event())
