"""The close codes and error codes of the protocol."""

from enum import IntEnum

SUBPROTOCOL = "chat.v1"


class CloseCode(IntEnum):
    """The reason why the server closed a socket."""

    RESTARTING = 4012
    BAD_FRAME = 4400
    SIGNED_OUT = 4401
    DEACTIVATED = 4403
    NO_SUBPROTOCOL = 4406
    TOO_SLOW = 4408
    FRAME_TOO_LARGE = 4413
    FLOODING = 4429
    TOO_MANY_SOCKETS = 4430


CLOSED_ABNORMALLY = 1006
"""Stands for a connection that ended without a code."""

FINAL_CODES = frozenset(
    {
        CloseCode.BAD_FRAME,
        CloseCode.SIGNED_OUT,
        CloseCode.DEACTIVATED,
        CloseCode.NO_SUBPROTOCOL,
        CloseCode.FRAME_TOO_LARGE,
    }
)
"""After these a client does not reconnect."""

FORBIDDEN = "forbidden"
NOT_FOUND = "not_found"
RATE_LIMITED = "rate_limited"
UNAVAILABLE = "unavailable"

DISCONNECTED = "disconnected"
"""A code of this client, not of the server: the connection ended before a command was answered."""

EPOCH_CHANGED = "epoch_changed"
"""A code of this client: the server has a different database, in which ids have other meanings."""
