"""What one client did and received, recorded as it happens; the checker reads it afterwards."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from client import outbox
from client.events import Answer, Frame, Refused
from client.shapes import Message

Kind = Literal["try", "reply", "frame", "hello", "closed", "fault"]


class Entry(NamedTuple):
    """One thing that happened. `at` is in seconds of the event loop's clock, `connection` counts a client's sockets.

    `data` of a `try` is the text of the command's frame, of a `closed` the code, of a `fault` a sentence, of a `reply`
    an Answer or Refused, else the Frame that came.
    """

    at: float
    connection: int
    kind: Kind
    data: Any


@dataclass(eq=False)
class Act(outbox.Act):
    """An act with what became of it. Times are in seconds of the event loop's clock."""

    at: float = 0.0
    first_tried_at: float | None = None
    acked: Message | None = None
    """The message that the server answered with."""
    acked_at: float | None = None
    refused: str = ""
    """The code with which it was refused for good."""


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
                file.write(json.dumps([round(entry.at, 4), *entry[1:3], _plain(entry.data)], ensure_ascii=False) + "\n")


def _plain(data: Any) -> Any:
    """What happened, as JSON has it."""
    if isinstance(data, Frame | Answer):
        return data.fields
    if isinstance(data, Refused):
        return {"ref": data.ref, "error": asdict(data.refusal)}
    return data
