"""Determines the address of a client, and the network under which it is counted."""

from typing import Any

from chat.networks import network_of

FORWARDED = "X-Forwarded-For"
THIS_MACHINE = {"127.0.0.1", "::1"}

Headers = list[tuple[bytes, bytes]]


def forwarded_client(headers: Headers, header: str, proxies: int = 1) -> list[Any] | None:
    """
    The client's address as the outermost of our proxies saw it: `[host, 0]`, or None without the header.

    Each proxy appends its peer's address, so the last value counts with one proxy, and the last but one with two. The
    values before that are claims of the client. Daphne would use the first.
    """
    values = [value.decode("latin1") for name, value in headers if name.lower() == header.lower().encode()]
    if not values:
        return None
    addresses = [address.strip() for address in ",".join(values).split(",")]
    return [addresses[-min(proxies, len(addresses))], 0]


def counted_network(host: str | None) -> str | None:
    """The address or network under which connections from this host are counted; see `network_of`.

    None for a Unix socket and for this machine: local clients are proxies, or could do harm in other ways anyway.
    """
    if host is None or host in THIS_MACHINE:
        return None
    network = network_of(host)
    return None if network in THIS_MACHINE else network
