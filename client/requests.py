"""Matches replies to the commands of one connection by `ref`."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from .codes import DISCONNECTED, UNAVAILABLE
from .decoding import decode_answer, encode
from .events import Answer, Refused, Reply
from .shapes import Fields, Refusal

REPLY_SECONDS = 20.0
"""A command without a reply counts as refused after this long."""

Outcome = Answer | Refused


@dataclass(frozen=True, slots=True)
class Request:
    """A command without a reply yet."""

    command: Fields
    deadline: float


class Requests:
    """Numbers commands, and keeps them until they are answered. Refs increase over all connections of a client."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last_ref = 0
        self._waiting: dict[int, Request] = {}

    def ask(self, command: Fields) -> tuple[int, str]:
        """Register a command. Returns its ref and the text of its frame."""
        self._last_ref += 1
        self._waiting[self._last_ref] = Request(command, self._clock() + REPLY_SECONDS)
        return self._last_ref, encode(command, ref=self._last_ref)

    def answer(self, reply: Reply) -> Outcome | None:
        """The outcome in a reply; None if no command has this ref."""
        if not isinstance(reply.ref, int):
            return None
        request = self._waiting.pop(reply.ref, None)
        if request is None:
            return None
        if reply.refusal is not None:
            return Refused(reply.ref, request.command, reply.refusal)
        return decode_answer(reply.ref, request.command, reply.fields)

    @property
    def due_at(self) -> float:
        """When the oldest unanswered command times out."""
        return next((request.deadline for request in self._waiting.values()), math.inf)

    def overdue(self) -> list[Refused]:
        """Give up the commands that have timed out."""
        now = self._clock()
        refs = [ref for ref, request in self._waiting.items() if request.deadline <= now]
        return [self._give_up(ref, Refusal(UNAVAILABLE, "The server did not answer.")) for ref in refs]

    def lost(self) -> list[Refused]:
        """The connection ended: give up all commands."""
        return [self._give_up(ref, Refusal(DISCONNECTED, "There is no connection.")) for ref in list(self._waiting)]

    def _give_up(self, ref: int, refusal: Refusal) -> Refused:
        return Refused(ref, self._waiting.pop(ref).command, refusal)
