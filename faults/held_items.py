"""What a client holds of its person's items."""

from collections.abc import Mapping
from typing import Any


class HeldItems:
    """The newest state of each item, tombstones included."""

    def __init__(self) -> None:
        self.revision = 0
        self.is_asking = False
        """Whether a `me` command has no answer yet."""
        self._newest = 0
        self._held: dict[tuple[str, str], Mapping[str, Any]] = {}

    @property
    def is_behind(self) -> bool:
        """Whether the server has a later revision."""
        return self.revision < self._newest

    def of(self, kind: str) -> dict[str, Any]:
        """The values of one kind by key."""
        return {
            key: item["value"]
            for (of_kind, key), item in self._held.items()
            if of_kind == kind and item["value"] is not None
        }

    def take(self, frame: Mapping[str, Any]) -> None:
        """Apply a frame of the server, if it is about items."""
        if frame["type"] == "hello":
            self._newest = max(self._newest, frame.get("me", 0))
        elif frame["type"] == "me_changes":
            self._newest = max(self._newest, frame["revision"])
            self.apply(frame, frame["since"])

    def apply(self, state: Mapping[str, Any], since: int) -> None:
        """Apply the changes since a revision, or with `reset` all items."""
        if state["reset"]:
            self._held = {name: item for name, item in self._held.items() if item["revision"] > state["revision"]}
        for item in state["items"]:
            name = (item["kind"], item["key"])
            if name not in self._held or self._held[name]["revision"] < item["revision"]:
                self._held[name] = item
        if state["reset"] or since <= self.revision:
            self.revision = max(self.revision, state["revision"])
