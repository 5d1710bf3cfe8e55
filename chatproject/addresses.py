"""Determines the address of a client, and which addresses count as one."""

import ipaddress
from typing import Any

FORWARDED = "X-Forwarded-For"
IPV6_PREFIX = 64
"""The smallest network that a subscriber gets; all addresses in it count as one."""

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


def network_of(host: str | None) -> str | None:
    """The address or network that connections from this host are counted under: an IPv4 address, or an IPv6 network.

    None for a Unix socket and for this machine: local clients are proxies, or could do harm in other ways anyway.
    """
    if host is None or host in THIS_MACHINE:
        return None
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return network_of(str(address.ipv4_mapped))
    return str(ipaddress.ip_network((address, IPV6_PREFIX), strict=False))
