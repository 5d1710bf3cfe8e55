"""What a client holds of one room, by the rules of `chat/static/chat/js/state/room.js`; finds faults in the frames."""

from typing import Any

Message = dict[str, Any]
Frame = dict[str, Any]


class View:
    """A window of messages up to the newest, the members, and the revision up to which both are complete."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.revision: int | None = None
        self.messages: dict[int, Message] = {}
        """By position."""
        self.members: dict[int, Frame] = {}
        self.has_older = False
        self.info_revision = 0
        self.faults: list[str] = []

    def open(self, reply: Frame) -> None:
        """Take the reply of `open`."""
        if self.revision is not None and 0 < reply["revision"] < self.revision:
            self.faults.append(f"opened at revision {reply['revision']}, and held {self.revision} already")
        if reply["reset"]:
            self.messages, self.members = {}, {}
            self.has_older = reply["has_older"]
        elif self.revision is None:
            self.faults.append("what changed was sent to a client that held nothing")
        self._upsert_all(reply)
        self.revision = reply["revision"]
        self._find_holes("open")

    def change(self, frame: Frame) -> bool:
        """Take a `changes` frame; False where something is missing before it, which the wire promises not to be."""
        if self.revision is None or frame["since"] > self.revision:
            self.faults.append(f"changes since {frame['since']}, and held only {self.revision}")
            return False
        seen = [message["id"] for message in frame["messages"]]
        if len(seen) != len(set(seen)):
            self.faults.append(f"a message twice in the changes to revision {frame['revision']}")
        self._upsert_all(frame)
        self.revision = max(self.revision, frame["revision"])
        self._find_holes(f"changes to revision {frame['revision']}")
        return True

    def prepend(self, page: Frame) -> None:
        """Take a page of older messages."""
        for message in page["messages"]:
            self.messages.setdefault(message["position"], message)
        self.has_older = page["has_older"]

    def upsert(self, message: Message) -> None:
        """Take the newest state of a message, as an ack brings it, too. One from before the window is left alone."""
        held = self.messages.get(message["position"])
        if held is None:
            if self.has_older and self.messages and message["position"] < self.oldest:
                return
            self.messages[message["position"]] = message
        elif held["id"] != message["id"]:
            self.faults.append(f"messages {held['id']} and {message['id']} both at position {message['position']}")
        elif held["revision"] < message["revision"]:
            self.messages[message["position"]] = message

    @property
    def oldest(self) -> int:
        """Position of the first message held, 0 where there is none."""
        return min(self.messages, default=0)

    @property
    def newest(self) -> int:
        """Position of the last message held, 0 where there is none."""
        return max(self.messages, default=0)

    def _upsert_all(self, frame: Frame) -> None:
        for message in frame["messages"]:
            self.upsert(message)
        for member in frame["members"]:
            held = self.members.get(member["user"]["id"])
            if held is None or held["revision"] <= member["revision"]:
                self.members[member["user"]["id"]] = member

    def _find_holes(self, after: str) -> None:
        """Nobody may see a message while an earlier one is missing; only acks may run ahead of the room's changes."""
        complete = [p for p, message in self.messages.items() if message["revision"] <= (self.revision or 0)]
        if complete and len(complete) != max(complete) - min(complete) + 1:
            held = set(complete)
            missing = [p for p in range(min(complete), max(complete)) if p not in held and p not in self.messages]
            if missing:
                self.faults.append(f"positions {missing[:5]} are missing after {after}")
