"""The parts of an address to which a request may go."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

URL_CHARS = 2000
DEFAULT_PORTS = {"http": 80, "https": 443}
SAFE = "%/:;=&?@~!$'()*+,-._[]"
"""What stays as it is in a path; everything else is quoted."""

IN_A_NAME = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_.")


class BadUrlError(ValueError):
    """Not an address to which a request may go."""


@dataclass(frozen=True, slots=True)
class Rules:
    """To which ports requests go, and to which hosts, as `host:port`, whether or not their addresses are public."""

    ports: frozenset[int] = frozenset(DEFAULT_PORTS.values())
    private_hosts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: `path` with the query. `host` is in the form of the DNS."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_secure(self) -> bool:
        """Whether the connection is encrypted."""
        return self.scheme == "https"

    def is_private_host(self, rules: Rules) -> bool:
        """Whether the rules name exactly this host and port."""
        return f"{self.host}:{self.port}" in rules.private_hosts


def target_of(url: str, rules: Rules) -> Target:
    """Read an address. Raises BadUrlError, without looking up a name."""
    if not 0 < len(url) <= URL_CHARS or any(ord(char) <= 32 or ord(char) == 127 or char == "\\" for char in url):
        raise BadUrlError
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise BadUrlError from error
    if parts.scheme not in DEFAULT_PORTS or not host or "@" in parts.netloc or "%" in host:
        raise BadUrlError
    path = quote(parts.path or "/", safe=SAFE) + (f"?{quote(parts.query, safe=SAFE)}" if parts.query else "")
    found = Target(parts.scheme, _in_dns(host), DEFAULT_PORTS[parts.scheme] if port is None else port, path)
    if found.port not in rules.ports and not found.is_private_host(rules):
        raise BadUrlError
    return found


def _in_dns(host: str) -> str:
    if ":" in host:
        return host
    try:
        name = host.encode("idna").lower().removesuffix(b".")
        name.decode("idna")  # browsers refuse what is no name, too
    except UnicodeError as error:
        raise BadUrlError from error
    if not name or not set(name) <= IN_A_NAME:
        raise BadUrlError
    return name.decode("ascii")
