"""Requests and handshakes without a valid credential, by network: beyond a rate they are refused without a query."""

from chat.networks import network_of
from chat.protocol.errors import RateLimited
from chat.services.rates import RateTable, whole_seconds

FAILURES = RateTable(burst=60, per_second=1)


def require_few_failures(address: str) -> None:
    """Raise RateLimited if too many requests from the network of an address had no valid credential."""
    wait = FAILURES.wait(network_of(address))
    if wait:
        raise RateLimited(retry_after=whole_seconds(wait))


def failed(address: str) -> None:
    """Count a request without a valid credential."""
    FAILURES.take(network_of(address))
