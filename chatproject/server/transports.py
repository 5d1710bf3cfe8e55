"""Recognises Twisted transports that are plain sockets."""

from typing import Any

# Daphne installs the asyncio reactor, so it must be imported before Twisted.
import daphne.server  # isort: skip  # noqa: F401
from twisted.internet import tcp, unix

PLAIN_TRANSPORTS = (tcp.Server, unix.Server)


def is_plain(transport: Any) -> bool:
    """Whether bytes may be written directly to the transport's socket; with TLS they may not."""
    return type(transport) in PLAIN_TRANSPORTS and not transport.TLS
