"""Which addresses of the internet protocol are public.

`is_global` of the standard library is not enough: in Python 3.11 it holds for 64:ff9b::7f00:1, which a NAT64 translates
to 127.0.0.1, and for 192.0.0.8; what counts as global changes between versions; and it holds for multicast.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

NOT_PUBLIC_V4 = [
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # of carriers, and metadata of a cloud
        "127.0.0.0/8",
        "168.63.129.16/32",  # metadata of a cloud, at an address that looks public
        "169.254.0.0/16",  # link-local, and metadata of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
]
GLOBAL_UNICAST = IPv6Network("2000::/3")
"""All that is assigned. Outside of it are loopback, mapped, NAT64, unique local, link-local and multicast addresses."""

NOT_PUBLIC_V6 = [
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID …
        "2001:db8::/32",
        "2002::/16",  # 6to4, which contains an address of version 4
        "2620:4f:8000::/48",
        "3fff::/20",
    )
]


def is_public(text: str) -> bool:
    """Whether a text is an address that anybody can reach; False for one with a zone, and for anything else."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return _is_public_v4(address) if isinstance(address, IPv4Address) else _is_public_v6(address)


def _is_public_v4(address: IPv4Address) -> bool:
    return address.is_global and not any(address in network for network in NOT_PUBLIC_V4)


def _is_public_v6(address: IPv6Address) -> bool:
    if address.scope_id is not None or address not in GLOBAL_UNICAST:
        return False
    return address.is_global and not any(address in network for network in NOT_PUBLIC_V6)
