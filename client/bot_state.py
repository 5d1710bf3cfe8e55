"""The file in which a bot keeps what it has handled. It is replaced as a whole."""

import json
import os
from pathlib import Path

from .errors import StateError
from .feed import Feed, Place

VERSION = 1


class StateFile:
    """The state of one bot. Without a path nothing is kept."""

    def __init__(self, path: str | os.PathLike[str] | None) -> None:
        self.path = None if path is None else Path(path)
        self._saved = ""

    def load(self) -> Feed:
        """The feed as it was saved, or a new one. Raises StateError."""
        if self.path is None or not self.path.exists():
            return Feed()
        try:
            held = json.loads(self.path.read_text())
            assert held["version"] == VERSION  # noqa: S101
            feed = Feed(identity=held["id"], epoch=held["epoch"], cursor=held["cursor"])
            feed.places = {int(room): Place(*place) for room, place in held["rooms"].items()}
        except (ValueError, KeyError, TypeError, AttributeError, AssertionError) as error:
            raise StateError(f"{self.path} is not the state of a bot of this version: {error!r}") from error
        return feed

    def save(self, feed: Feed) -> None:
        """Replace the file, if something has changed."""
        if self.path is None:
            return
        rooms = {room: (place.revision, place.position) for room, place in feed.places.items()}
        held = {"version": VERSION, "id": feed.identity, "epoch": feed.epoch, "cursor": feed.cursor, "rooms": rooms}
        text = json.dumps(held, separators=(",", ":"))
        if text == self._saved:
            return
        beside = self.path.with_name(f"{self.path.name}.new")
        beside.write_text(text)
        beside.replace(self.path)
        self._saved = text
