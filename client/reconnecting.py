"""When to reconnect after a connection has ended: docs/protocol.md, "Close codes"."""

from collections.abc import Callable

from .codes import FINAL_CODES, CloseCode

BACKOFF_FIRST_SECONDS = 0.5
BACKOFF_CEILING_SECONDS = 20.0
FLOODING_SECONDS = 30.0
RESTART_SECONDS = 5.0
"""The delay after a restart of a server that did not name one."""

Random = Callable[[], float]
"""A function that returns numbers from 0 to 1."""


def backoff(failures: int, random: Random) -> float:
    """A random delay in seconds. Its upper bound doubles with each consecutive failure."""
    return random() * min(BACKOFF_CEILING_SECONDS, BACKOFF_FIRST_SECONDS * 2.0 ** min(failures, 16))


def delay_after(code: int, *, failures: int, random: Random, restart_delay: float = RESTART_SECONDS) -> float | None:
    """Seconds until the next attempt; None if the client must not reconnect."""
    if code in FINAL_CODES:
        return None
    if code == CloseCode.RESTARTING:
        return random() * restart_delay
    if code == CloseCode.FLOODING:
        return FLOODING_SECONDS
    if code == CloseCode.TOO_MANY_SOCKETS:
        return FLOODING_SECONDS * (1 + random())
    if code == CloseCode.TOO_SLOW and not failures:
        return 0.0
    return backoff(failures, random)
