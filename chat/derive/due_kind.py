"""What a kind of due things is."""

import uuid
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Generic, TypeVar

R = TypeVar("R")

LONGEST_RETRY_SECONDS = 3600.0


class DueKind(ABC, Generic[R]):
    """How due things of one kind are done."""

    name: ClassVar[str]
    """Identifies its rows in the database, so it never changes."""

    lease_seconds: ClassVar[float] = 60.0
    """How long one try may take. `run` must end within it, or another process may start the next try beside it."""

    most_tries: ClassVar[int] = 10

    longest_pause_seconds: ClassVar[float] = LONGEST_RETRY_SECONDS
    """The pause between tries doubles up to about this long."""

    waits_for: ClassVar[str] = ""
    """For what beyond the database `run` waits, if for anything: the storage, or machines of others.

    Kinds that wait for the same have threads of their own, so that a machine that does not answer delays nothing else.
    """

    @abstractmethod
    def run(self, key: uuid.UUID, args: dict[str, Any]) -> R:
        """Run the task, outside any transaction. After an exception, it is retried later.

        It may have run before: `key` is the same in all attempts. Send it to the receiver as an idempotency key.
        """

    def apply(self, args: dict[str, Any], result: R) -> None:
        """Store the result, in the transaction that marks the thing as done. It may run only once per `run`."""
