"""How often pages are read, so that nobody can flood the site of somebody else, or this one, with links.

Each process that reads pages counts for itself.
"""

from ipaddress import ip_network
from urllib.parse import urlsplit

from chat.services.rates import RateTable

SPACE = "all"
NETWORK_BITS = {4: 24, 6: 48}
"""What usually belongs to one site, by the version of an address."""


class LaterError(Exception):
    """A page can't be read now. Try again after about `pause` seconds."""

    def __init__(self, pause: float) -> None:
        self.pause = pause
        super().__init__(pause)


class Rates:
    """Who may read how much. Tests choose other bursts."""

    def __init__(self, *, of_person: int = 30, of_host: int = 10, of_space: int = 100, requests: int = 30) -> None:
        self._people = RateTable(per_second=1 / 60, burst=of_person)
        self._hosts = RateTable(per_second=1 / 5, burst=of_host)
        self._space = RateTable(per_second=2.0, burst=of_space)
        self._requests = RateTable(per_second=1.0, burst=requests)

    def has_left(self, person_id: int) -> bool:
        """Count a link of a person. False if they have linked to more than is read for one person."""
        return not self._people.take(str(person_id))

    def take_page(self, url: str) -> None:
        """Count the reading of a page. Raises LaterError."""
        _take(self._hosts, urlsplit(url).hostname or "")
        _take(self._space, SPACE)

    def take_request(self, url: str) -> None:
        """Count a request to a host: for a page, after a redirect, or for an image. Raises LaterError."""
        _take(self._requests, urlsplit(url).hostname or "")

    def take_connection(self, address: str) -> None:
        """Count a connection to the network of an address, whichever host name led to it. Raises LaterError."""
        _take(self._requests, network_of(address))


def network_of(address: str) -> str:
    """The network of an address."""
    bits = NETWORK_BITS[6 if ":" in address else 4]
    return str(ip_network(f"{address}/{bits}", strict=False))


def _take(table: RateTable, key: str) -> None:
    pause = table.take(key)
    if pause:
        raise LaterError(pause)
