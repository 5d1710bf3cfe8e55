"""What must not be lost: messages, edits, deletions and reactions, sent in order, one at a time, until answered.

A message keeps its key, so it is not stored twice if only its ack was lost.
"""

import math
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from .codes import DISCONNECTED, EPOCH_CHANGED, NOT_FOUND, RATE_LIMITED, UNAVAILABLE
from .events import ActRefused, ActStored, Event, Refused, Stored
from .reconnecting import Random, backoff
from .shapes import Refusal

RETRY_AFTER_SECONDS = 1.0
"""The delay after `rate_limited` without `retry_after`."""


def new_key() -> str:
    """A key for a message."""
    return str(uuid.uuid4())


@dataclass(slots=True, eq=False)
class Act:
    """A message to send, edit, delete or react to. `message` is its id unless it is to be sent."""

    kind: Literal["send", "edit", "delete", "react"]
    room: int = 0
    key: str = ""
    message: int = 0
    body: str = ""
    reply_to: int | None = None
    thread: int | None = None
    """The message of `room` in whose thread it is sent."""
    also_in_room: bool = False
    files: tuple[str, ...] = ()
    """The ids of uploaded files that it carries."""
    emoji: str = ""
    on: bool = True
    tries: int = 0
    """How many times the act was sent."""

    def command(self) -> dict[str, Any]:
        """The command of the act."""
        if self.kind == "send":
            command: dict[str, Any] = {"type": "send", "room": self.room, "key": self.key, "body": self.body}
            more = {"reply_to": self.reply_to, "thread": self.thread, "also_in_room": self.also_in_room or None}
            if self.files:
                command["files"] = list(self.files)
            return command | {name: value for name, value in more.items() if value is not None}
        if self.kind == "edit":
            return {"type": "edit", "message": self.message, "body": self.body}
        if self.kind == "react":
            return {"type": "react", "message": self.message, "emoji": self.emoji, "on": self.on}
        return {"type": "delete", "message": self.message}


class Outbox:
    """The unanswered acts. Only the first one is sent at a time."""

    def __init__(self, clock: Callable[[], float], random: Random) -> None:
        self.acts: list[Act] = []
        self._clock = clock
        self._random = random
        self._ref: int | None = None
        """The ref of the pending command."""
        self._failures = 0
        self._not_before = 0.0

    def add(self, act: Act) -> Act:
        """Append an act."""
        self.acts.append(act)
        return act

    @property
    def due_at(self) -> float:
        """When to send the next act."""
        return self._not_before if self.acts and self._ref is None else math.inf

    def next(self) -> Act | None:
        """The act to send now; the caller sends it and calls `sent`."""
        return self.acts[0] if self.due_at <= self._clock() else None

    def sent(self, act: Act, ref: int) -> None:
        """An act was sent, as the command with this ref."""
        self._ref = ref
        act.tries += 1

    def lost(self) -> None:
        """The connection ended: resend the pending act on the next one."""
        self._ref = None

    def answered(self, answer: Stored) -> list[Event]:
        """Process an answer, if it is the answer to the pending act."""
        if answer.ref != self._ref:
            return []
        return [ActStored(self._finish(), answer.message)]

    def refused(self, refused: Refused) -> list[Event]:
        """Process a refusal, if it is that of the pending act: resend the act later, or remove it from the outbox."""
        if refused.ref != self._ref:
            return []
        refusal = refused.refusal
        if refusal.code in (DISCONNECTED, RATE_LIMITED, UNAVAILABLE):
            self._ref = None
            self._not_before = self._clock() + self._wait(refusal)
            return []
        act = self._finish()
        is_gone = act.kind == "delete" and refusal.code == NOT_FOUND
        return [ActStored(act, None) if is_gone else ActRefused(act, refusal)]

    def clear(self) -> list[Event]:
        """Refuse all acts: the server has a different database, which must not receive them."""
        acts, self.acts, self._ref = self.acts, [], None
        refusal = Refusal(EPOCH_CHANGED, "The site has another database now: this was meant for the one before.")
        return [ActRefused(act, refusal) for act in acts]

    def _wait(self, refusal: Refusal) -> float:
        if refusal.code == DISCONNECTED:
            return 0.0
        if refusal.code == RATE_LIMITED:
            return RETRY_AFTER_SECONDS if refusal.retry_after is None else refusal.retry_after
        self._failures += 1
        return backoff(self._failures - 1, self._random)

    def _finish(self) -> Act:
        self._ref, self._failures, self._not_before = None, 0, 0.0
        return self.acts.pop(0)
