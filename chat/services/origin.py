"""Where the request that is being handled came from, for the audit.

The middleware of pages and the consumer of sockets enter `request_from` once for all that they call, in any thread.
So no service passes an address on, and none can forget to. Outside of it, a command line calls.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from chat.models.audit import Way
from chat.networks import network_of


class Origin(NamedTuple):
    """How a request arrived, and from which network; "" for a command line."""

    way: Way
    network: str


_COMMAND_LINE = Origin(Way.COMMAND, "")
_origin: ContextVar[Origin] = ContextVar("origin", default=_COMMAND_LINE)


def current_origin() -> Origin:
    """Where the request that is being handled came from."""
    return _origin.get()


@contextmanager
def request_from(way: Way, address: str) -> Iterator[None]:
    """Everything inside is done for a request from this address."""
    token = _origin.set(Origin(way, network_of(address)))
    try:
        yield
    finally:
        _origin.reset(token)
