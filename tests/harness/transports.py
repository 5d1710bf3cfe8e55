"""Transports for tests of what is above them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from chat.live.transport import WriteNow
from chat.queries.credentials import SessionCredential


async def ignored(_code: int) -> None:
    """Close nothing."""


@dataclass(slots=True)
class FunctionTransport:
    """A transport that calls these functions."""

    send: Callable[[str], Awaitable[None]]
    close: Callable[[int], Awaitable[None]] = ignored
    write_now: WriteNow | None = None


def some_credential(user_id: int = 1, *, session_key: str = "s") -> SessionCredential:
    """A credential for tests in which nobody checks it."""
    return SessionCredential(user_id, session_key, ("", 0))
