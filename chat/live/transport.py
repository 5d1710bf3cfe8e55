"""What a connection needs of its transport. A WebSocket is one; nothing in chat/live depends on that."""

from collections.abc import Awaitable, Callable
from typing import Protocol

WriteNow = Callable[[str], bool]
"""Writes a text at once, after all that was sent before. False if it can't; then nothing was written."""


class Transport(Protocol):
    """Carries frames to one client, in order.

    It may cache the encoded bytes of a text by its identity, because many clients get the same one.
    """

    @property
    def write_now(self) -> WriteNow | None:
        """A synchronous write, if this transport has one. Read once; called while the outbox is empty."""

    def send(self, text: str) -> Awaitable[None]:
        """Send a frame; waits while the client does not accept it."""

    def close(self, code: int) -> Awaitable[None]:
        """Close the connection with a close code. Nothing is sent after this."""
