"""Determines the address of a client, and which addresses count as one."""

from typing import Any

from chat.networks import network_of

FORWARDED = "X-Forwarded-For"
THIS_MACHINE = {"127.0.0.1", "::1"}

Headers = list[tuple[bytes, bytes]]


def forwarded_client(headers: Headers, header: str, proxies: int = 1) -> list[Any] | None:
    """
    The client's address as the outermost of our proxies saw it, `[host, port]` with port 0; None without the header.

    A proxy appends the address it was called from, so with one proxy the last value counts, with two the last but one.
    All values before that are the client's claims. Daphne takes the first.
    """
    values = [value.decode("latin1") for name, value in headers if name.lower() == header.lower().encode()]
    if not values:
        return None
    addresses = [address.strip() for address in ",".join(values).split(",")]
    return [addresses[-min(proxies, len(addresses))], 0]


def counted_network(host: str | None) -> str | None:
    """The address or network that connections from this host are counted under; see `network_of`.

    None for a Unix socket and for this machine: local clients are proxies, or could do harm in other ways anyway.
    """
    if host is None or host in THIS_MACHINE:
        return None
    network = network_of(host)
    return None if network in THIS_MACHINE else network
