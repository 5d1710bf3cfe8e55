"""chatproject.addresses."""

import pytest

from chat.networks import network_of
from chatproject.addresses import counted_network, forwarded_client

pytestmark = pytest.mark.once


def forwarded(*values: str, proxies: int = 1) -> str | None:
    """The host that these X-Forwarded-For headers report."""
    headers = [(b"x-forwarded-for", value.encode()) for value in values]
    found = forwarded_client([(b"host", b"here"), *headers], "X-Forwarded-For", proxies)
    return found[0] if found else None


def test_the_address_that_our_proxies_saw_counts_and_no_claim_of_the_client() -> None:
    assert forwarded() is None
    assert forwarded("6.6.6.6, 10.0.0.7") == "10.0.0.7"
    assert forwarded("6.6.6.6", "7.7.7.7, 10.0.0.7") == "10.0.0.7"
    assert forwarded("6.6.6.6, 10.0.0.7 ,10.0.0.8", proxies=2) == "10.0.0.7"
    assert forwarded("10.0.0.8", proxies=2) == "10.0.0.8"


def test_an_ipv6_network_counts_as_one_and_an_ipv4_address_as_itself() -> None:
    assert network_of("10.0.0.7") == "10.0.0.7" == network_of("::ffff:10.0.0.7")
    assert network_of("2001:db8:1:2::1") == network_of("2001:db8:1:2:ffff::2") == "2001:db8:1:2::/64"
    assert network_of("fe80::1%eth0") == "fe80::/64"
    assert network_of("no address") == "no address"


def test_this_machine_and_unix_sockets_are_not_counted() -> None:
    assert [counted_network(host) for host in (None, "127.0.0.1", "::1", "::ffff:127.0.0.1")] == [None] * 4
