"""What one client did and heard, written down as it happens; the checker reads it afterwards."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

Kind = Literal["try", "reply", "frame", "hello", "closed", "fault"]


class Entry(NamedTuple):
    """One thing that happened. `at` is in seconds of the event loop's clock, `connection` counts a client's sockets.

    `data` of a `try` is the command, of a `closed` the code, of a `fault` a sentence, else the frame that came.
    """

    at: float
    connection: int
    kind: Kind
    data: Any


@dataclass
class Act:
    """Something a person did that must not get lost: it stays in the outbox until it is acked, or refused for good."""

    kind: Literal["send", "edit", "delete"]
    room: int
    at: float
    key: str = ""
    message: int = 0
    body: str = ""
    first_tried_at: float | None = None
    acked: dict[str, Any] | None = None
    """The message that the server answered with."""
    acked_at: float | None = None
    refused: str = ""
    """The code with which it was refused for good."""

    def command(self) -> dict[str, Any]:
        """The command that asks for it."""
        if self.kind == "send":
            return {"type": "send", "room": self.room, "key": self.key, "body": self.body}
        if self.kind == "edit":
            return {"type": "edit", "message": self.message, "body": self.body}
        return {"type": "delete", "message": self.message}


@dataclass
class History:
    """Everything of one client."""

    client: str
    user: int
    entries: list[Entry] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)

    def note(self, at: float, connection: int, kind: Kind, data: Any) -> None:
        """Write something down."""
        self.entries.append(Entry(at, connection, kind, data))


def write_histories(directory: Path, histories: Iterable[History]) -> None:
    """A file for each client, with a line of JSON for each thing that happened."""
    directory.mkdir(parents=True, exist_ok=True)
    for history in histories:
        with (directory / f"{history.client.replace(' ', '-')}.jsonl").open("w") as file:
            for entry in history.entries:
                file.write(json.dumps([round(entry.at, 4), *entry[1:]], ensure_ascii=False) + "\n")
