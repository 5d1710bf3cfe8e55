"""Records what one client did and received, for the checker."""

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
    """One event. `at` is in seconds of the event loop's clock; `connection` counts the client's sockets.

    `data` is the text of the command's frame for `try`, the code for `closed`, a sentence for `fault`, an Answer or
    Refused for `reply`, and otherwise the received Frame.
    """

    at: float
    connection: int
    kind: Kind
    data: Any


@dataclass(eq=False)
class Act(outbox.Act):
    """An act and its outcome. Times are in seconds of the event loop's clock."""

    at: float = 0.0
    first_tried_at: float | None = None
    acked: Message | None = None
    """The message in the server's answer."""
    acked_at: float | None = None
    refused: str = ""
    """The code with which it was permanently refused."""


@dataclass
class History:
    """The history of one client."""

    client: str
    user: int
    entries: list[Entry] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)

    def note(self, at: float, connection: int, kind: Kind, data: Any) -> None:
        """Record an event."""
        self.entries.append(Entry(at, connection, kind, data))


def write_histories(directory: Path, histories: Iterable[History]) -> None:
    """Write a file for each client, with a line of JSON for each event."""
    directory.mkdir(parents=True, exist_ok=True)
    for history in histories:
        with (directory / f"{history.client.replace(' ', '-')}.jsonl").open("w") as file:
            for entry in history.entries:
                file.write(json.dumps([round(entry.at, 4), *entry[1:3], _plain(entry.data)], ensure_ascii=False) + "\n")


def _plain(data: Any) -> Any:
    """An event in a form that JSON can represent."""
    if isinstance(data, Frame | Answer):
        return data.fields
    if isinstance(data, Refused):
        return {"ref": data.ref, "error": asdict(data.refusal)}
    return data
