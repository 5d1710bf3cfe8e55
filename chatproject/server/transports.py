"""Recognises the transports of Twisted that are a plain socket."""

from typing import Any

# Daphne installs the asyncio reactor, so it comes before anything of Twisted.
import daphne.server  # isort: skip  # noqa: F401
from twisted.internet import tcp, unix

PLAIN_TRANSPORTS = (tcp.Server, unix.Server)


def is_plain(transport: Any) -> bool:
    """Whether bytes may be written directly to the transport's socket, which is not so with TLS."""
    return type(transport) in PLAIN_TRANSPORTS and not transport.TLS
