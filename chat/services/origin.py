"""The origin of the current request, for the audit log.

The middleware of pages and the consumer of sockets enter `request_from` once, for everything they call in any thread.
Services therefore need not pass an address on. Outside of it, the caller is a management command.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from chat.models.audit import Way
from chat.networks import network_of


class Origin(NamedTuple):
    """How a request was made, and from which network; "" for a management command."""

    way: Way
    network: str


_COMMAND_LINE = Origin(Way.COMMAND, "")
_origin: ContextVar[Origin] = ContextVar("origin", default=_COMMAND_LINE)


def current_origin() -> Origin:
    """The origin of the current request."""
    return _origin.get()


@contextmanager
def request_from(way: Way, address: str) -> Iterator[None]:
    """Set the origin of everything inside to a request from this address."""
    token = _origin.set(Origin(way, network_of(address)))
    try:
        yield
    finally:
        _origin.reset(token)
