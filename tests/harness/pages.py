"""Web pages of tests: a server of this machine under public names and addresses, and what it answers."""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from outbound.fetch import Network
from tests.harness.receiver import Handler, Receiver, Reply, status

PUBLIC = "93.184.216.34"
OG = '<meta property="og:{name}" content="{content}">'


def page(plain: str = "A page", /, *, charset: str = "utf-8", **said: str) -> bytes:
    """A page that says something of itself."""
    meta = "".join(OG.format(name=name, content=content) for name, content in said.items())
    return f"<!doctype html><html><head><title>{plain}</title>{meta}</head><body>…</body></html>".encode(charset)


def html(content: bytes, content_type: str = "text/html; charset=utf-8") -> Reply:
    """Answer with a page."""
    return status(200, content, Content_Type=content_type)


def moved(location: str, code: int = 302) -> Reply:
    """Answer with a redirect."""
    return status(code, Location=location)


def by_path(replies: Mapping[str, Reply]) -> Reply:
    """Answer each path in its way, and others with 404."""

    def reply(handler: Handler) -> None:
        replies.get(handler.path, status(404))(handler)

    return reply


@dataclass
class Names:
    """A resolver and the way to other machines: all public addresses lead to the server of the test.

    A name that is not listed has the public address. Each look-up of a name gives the next of its answers.
    """

    receiver: Receiver
    answers: dict[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)

    def look_up(self, host: str, _port: int) -> Sequence[str]:
        given = self.answers.get(host, [[PUBLIC]])
        self.asked.append(host)
        return given[min(self.asked.count(host), len(given)) - 1]

    def connect(self, address: tuple[str, int], seconds: float) -> socket.socket:
        self.connected.append(address[0])
        return socket.create_connection(("127.0.0.1", self.receiver.server_address[1]), seconds)

    @property
    def network(self) -> Network:
        """What requests use."""
        return Network(self.look_up, self.connect)
