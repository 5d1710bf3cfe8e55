"""Which addresses are public, in every form in which one can be written."""

import socket

import pytest

from outbound.fetch import FetchError, Network, fetch, look_up
from outbound.public_addresses import is_public
from outbound.target import Rules

pytestmark = pytest.mark.once

PUBLIC = [
    "1.1.1.1", "8.8.8.8", "93.184.216.34", "172.15.255.255", "172.32.0.1", "192.0.1.1", "100.63.255.255",
    "100.128.0.1", "223.255.255.255", "2606:4700:4700::1111", "2001:4860:4860::8888", "2a00:1450:4001::1",
]  # fmt: skip
NOT_PUBLIC = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255",
    "127.0.0.1", "127.1.2.3", "168.63.129.16", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255",
    "192.0.0.8", "192.0.0.170", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1",
    "198.19.255.255",     "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::169.254.169.254", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "100::1", "100:0:0:1::1",
    "2001::1", "2001:0:7f00:1::", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1",
    "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:808:808::", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254",
    "fdff:ffff::1", "fe80::1", "fe80::1%1", "2606:4700:4700::1111%1", "fec0::1", "ff02::1", "ff0e::1", "4000::1",
    "", "localhost", "1.1.1", "0x7f.1", "2130706433", "1.1.1.1:80", " 1.1.1.1", "01.1.1.1", "[::1]",
]  # fmt: skip
WRITTEN = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0x0.0x0.0x1", "0177.0.0.1", "017700000001",
    "0x7f.1", "127.0.0.1.", "0", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:a9fe:a9fe]", "[64:ff9b::7f00:1]", "[fe80::1]", "[fd00:ec2::254]", "169.254.169.254", "2852039166",
    "0xa9fea9fe", "0251.0376.0251.0376", "10.1", "192.168.257", "localhost", "localhost.", "LOCALHOST", "１２７.0.0.1",
    "127。0。0。1", "①②⑦.0.0.1", "ⓛocalhost", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "3232235777", "100.64.0.1",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_everything_else_is_not_public(address: str) -> None:
    assert not is_public(address)


def without_names(host: str, port: int) -> list[str]:
    """What the resolver makes of a number; names other than localhost are not looked up outside of this machine."""
    try:
        return look_up(host, port)
    except socket.gaierror:
        return []


@pytest.mark.parametrize("host", WRITTEN)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_way_to_write_a_private_address_leads_there(scheme: str, host: str) -> None:
    tried: list[object] = []

    def never(address: tuple[str, int], _seconds: float) -> socket.socket:
        tried.append(address)
        raise ConnectionRefusedError

    with pytest.raises(FetchError) as refused:
        fetch(
            "POST", f"{scheme}://{host}/x", headers={}, rules=Rules(), seconds=60, most_bytes=1,
            network=Network(without_names, never),
        )  # fmt: skip
    assert refused.value.code in ("not_public", "no_such_host", "bad_url")
    assert tried == []
