"""Which addresses count as one client."""

import ipaddress

IPV6_PREFIX = 64
"""A subscriber is given at least this network, and all the addresses in it."""


def network_of(address: str) -> str:
    """What an address is counted under: an IPv4 address, an IPv6 network, or a text that is no address as it is."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv4Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ipaddress.ip_network((known, IPV6_PREFIX), strict=False))
