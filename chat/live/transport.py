"""What a connection needs of the wire that it is reached by. A WebSocket is one; nothing in chat/live knows it."""

from collections.abc import Awaitable, Callable
from typing import Protocol

WriteNow = Callable[[str], bool]
"""Takes a text at once, in the order of all that was sent before it; False if it can't, and took nothing."""


class Transport(Protocol):
    """Carries frames to one client, in order.

    It may recognise a frame that it has just carried to another client by the identity of the text.
    """

    @property
    def write_now(self) -> WriteNow | None:
        """The fast way, if this transport has one. Asked once; called for each frame that nothing waits before."""

    def send(self, text: str) -> Awaitable[None]:
        """Send a frame; waits while the client does not take it."""

    def close(self, code: int) -> Awaitable[None]:
        """End the connection with a close code. Nothing is sent after this."""
