"""Events of the bus, as typed values. Each says how it crosses the channel layer."""

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
    """What changed in the items of one person: it takes them from revision `since` to `revision`.

    With `reset`, which only a read from the database has, `items` are all that have a value.
    """

    user: int
    since: int
    revision: int
    items: tuple[ItemState, ...]
    reset: bool = False

    TYPE = "user.changed"

    def to_event(self) -> Event:
        """The form in which it crosses the channel layer."""
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
        """The change that `to_event` was made of."""
        return cls(
            user=event["user"],
            since=event["since"],
            revision=event["revision"],
            items=tuple(ItemState(*item) for item in event["items"]),
        )

    def publication(self) -> Publication:
        """The event, addressed to the connections of the person."""
        return Publication(user_group(self.user), self.to_event())
