"""Requests to addresses that people have chosen: bounded in time and size, and only to addresses that were judged."""

import contextlib
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from outbound.fetch import Answer, FetchError, Network, fetch
from outbound.target import BadUrlError, Rules, target_of
from tests.harness import receiver as replies
from tests.harness.certificate import make_certificate
from tests.harness.receiver import Receiver, status

pytestmark = pytest.mark.once

PATIENT = 60.0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server on this machine."""
    with Receiver() as made:
        yield made


def rules(receiver: Receiver) -> Rules:
    return Rules(private_hosts=frozenset({receiver.host}))


def send(receiver: Receiver, *, seconds: float = PATIENT, most_bytes: int = 100, path: str = "/hook") -> Answer:
    return fetch(
        "POST",
        f"http://{receiver.host}{path}",
        headers={"Content-Type": "application/json"},
        body=b"{}",
        rules=rules(receiver),
        seconds=seconds,
        most_bytes=most_bytes,
    )


def refusal(url: str, *, allowed: Rules | None = None, network: Network | None = None) -> str:
    with pytest.raises(FetchError) as refused:
        fetch("GET", url, headers={}, rules=allowed or Rules(), seconds=PATIENT, most_bytes=1, network=network)
    return refused.value.code


def test_a_request_arrives_as_it_was_sent_and_its_answer_comes_back(receiver: Receiver) -> None:
    receiver.reply = status(201, b"created", X_Hint="a")
    answer = send(receiver, path="/a%20b?c=d&e=한")
    assert (answer.status, answer.content, answer.is_cut, answer.headers["x-hint"]) == (201, b"created", False, "a")
    [received] = receiver.received
    assert (received.path, received.body) == ("/a%20b?c=d&e=%ED%95%9C", b"{}")
    assert received.headers["host"] == receiver.host
    assert received.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("code", [200, 204, 301, 307, 404, 410, 500, 503])
def test_every_status_is_an_answer_and_no_redirect_is_followed(receiver: Receiver, code: int) -> None:
    receiver.reply = status(code, b"", Location="http://169.254.169.254/latest/")
    assert send(receiver).status == code
    assert len(receiver.received) == 1


def test_of_a_huge_answer_only_the_beginning_is_read(receiver: Receiver) -> None:
    receiver.reply = replies.huge
    answer = send(receiver, most_bytes=1_000)
    assert (answer.status, answer.content, answer.is_cut) == (200, b"x" * 1_000, True)


@pytest.mark.parametrize("reply", [replies.hang, replies.dribble_headers])
def test_who_never_answers_is_given_up(receiver: Receiver, reply: replies.Reply) -> None:
    receiver.reply = reply
    with pytest.raises(FetchError, match="timeout"):
        send(receiver, seconds=0.5)


def test_an_answer_whose_content_never_ends_is_cut(receiver: Receiver) -> None:
    receiver.reply = replies.dribble_body
    answer = send(receiver, seconds=3.0, most_bytes=10_000)
    assert (answer.status, answer.content[:3], answer.is_cut) == (200, b"ok ", True)


@pytest.mark.parametrize(
    ("begins", "goes_on"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\n", b"X: " + b"y" * 60_000 + b"\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1;" + b"e" * 60_000 + b"\r\nx\r\n"),
    ],
)
def test_no_answer_is_received_for_ever_whatever_it_consists_of(
    receiver: Receiver, begins: bytes, goes_on: bytes
) -> None:
    taken = 0

    def reply(handler: replies.Handler) -> None:
        nonlocal taken
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)
        handler.wfile.write(begins)
        with contextlib.suppress(OSError):
            while True:
                taken += handler.connection.send(goes_on * 10)

    receiver.reply = reply
    with contextlib.suppress(FetchError):
        send(receiver, most_bytes=1_000_000)
    assert taken < 10_000_000  # with what both kernels hold


@pytest.mark.parametrize("reply", [replies.nonsense, replies.close])
def test_what_is_not_http_is_no_answer(receiver: Receiver, reply: replies.Reply) -> None:
    receiver.reply = reply
    with pytest.raises(FetchError, match="broken"):
        send(receiver)


def test_a_closed_port_refuses(receiver: Receiver) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{unused.getsockname()[1]}"
        assert refusal(f"http://{host}/", allowed=Rules(private_hosts=frozenset({host}))) == "refused"


def test_a_server_without_tls_is_no_server_for_https(receiver: Receiver) -> None:
    assert refusal(f"https://{receiver.host}/", allowed=rules(receiver)) == "tls"


def encrypted(directory: Path, *, host: str) -> tuple[Receiver, ssl.SSLContext]:
    """A server with a certificate for a host, and the trust in it."""
    key, certificate = make_certificate(directory, host=host)
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(certificate, key)
    return Receiver(tls=own), ssl.create_default_context(cafile=str(certificate))


def fetch_encrypted(receiver: Receiver, *, trust: ssl.SSLContext | None = None) -> Answer:
    """Fetch from a server that has the name pages.example and a public address."""
    to_receiver = ("127.0.0.1", receiver.server_address[1])
    network = Network(
        look_up=lambda _host, _port: ["93.184.216.34"],
        connect=lambda _address, seconds: socket.create_connection(to_receiver, seconds),
        trust=lambda: trust or ssl.create_default_context(),
    )
    url = "https://pages.example/"
    return fetch("GET", url, headers={}, rules=Rules(), seconds=PATIENT, most_bytes=100_000, network=network)


def test_an_encrypted_answer_comes_from_the_host_in_the_address(tmp_path: Path) -> None:
    receiver, trusting = encrypted(tmp_path, host="pages.example")
    with receiver:
        receiver.reply = status(200, b"x" * 100_000)
        answer = fetch_encrypted(receiver, trust=trusting)
        assert (answer.status, len(answer.content), answer.is_cut) == (200, 100_000, False)
        with pytest.raises(FetchError, match="tls"):
            fetch_encrypted(receiver)


def test_a_certificate_of_another_host_is_refused(tmp_path: Path) -> None:
    receiver, trusting = encrypted(tmp_path, host="other.example")
    with receiver, pytest.raises(FetchError, match="tls"):
        fetch_encrypted(receiver, trust=trusting)


# --- where it goes ----------------------------------------------------------------------------------------------------


def test_a_host_of_this_machine_is_reached_only_if_the_rules_name_it_with_its_port(receiver: Receiver) -> None:
    port = receiver.server_address[1]
    assert refusal(receiver.url, allowed=Rules(ports=frozenset({port}))) == "not_public"
    for named in ("127.0.0.1", f"127.0.0.1:{port + 1}", f"localhost:{port}", f"127.0.0.1:{port}/"):
        assert refusal(receiver.url, allowed=Rules(private_hosts=frozenset({named}))) == "bad_url"
    assert receiver.received == []


class Names:
    """A resolver that answers differently each time, and connections that lead nowhere."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.connected: list[tuple[str, int]] = []

    def look_up(self, _host: str, _port: int) -> Sequence[str]:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]

    def connect(self, address: tuple[str, int], _seconds: float) -> socket.socket:
        self.connected.append(address)
        raise ConnectionRefusedError

    @property
    def network(self) -> Network:
        return Network(self.look_up, self.connect)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_connection_goes_to_the_address_that_was_judged_whatever_the_name_says_next(scheme: str) -> None:
    names = Names(["93.184.216.34"], ["127.0.0.1"])
    assert refusal(f"{scheme}://rebinding.example/", network=names.network) == "refused"
    assert names.connected == [("93.184.216.34", 443 if scheme == "https" else 80)]
    assert names.asked == 1


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["10.0.0.1", "93.184.216.34"], ["8.8.8.8", "::1"]]
)
def test_a_name_with_any_address_that_is_not_public_is_refused(addresses: list[str]) -> None:
    names = Names(addresses)
    assert refusal("http://some.example/", network=names.network) == "not_public"
    assert names.connected == []


def test_the_next_address_is_tried_if_one_does_not_answer() -> None:
    names = Names([f"93.184.216.{number}" for number in range(20)])
    assert refusal("http://some.example/", network=names.network) == "refused"
    assert [address for address, _port in names.connected] == [f"93.184.216.{number}" for number in range(8)]


def test_a_name_without_an_address_does_not_exist() -> None:
    assert refusal("http://some.example/", network=Names([]).network) == "no_such_host"


def test_a_look_up_that_takes_too_long_is_given_up() -> None:
    def forever(_host: str, _port: int) -> Sequence[str]:
        time.sleep(5)
        return []

    with pytest.raises(FetchError, match="timeout"):
        fetch(
            "GET", "http://a.example/", headers={}, rules=Rules(), seconds=0.2, most_bytes=1, network=Network(forever)
        )


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "//a.example/", "ftp://a.example/", "file:///etc/passwd", "gopher://a.example/", "javascript:alert(1)",
        "http://", "http:///a", "http://a.example:8080/", "http://a.example:22/", "https://a.example:0/",
        "http://a.example:99999/", "http://a.example:x/", "http://mina:secret@a.example/", "http://a.example@b.example/",
        "http://a.example\\@b.example/", "http://a.example/\r\nX: y", "http://a .example/", "http://a.example/ b",
        "http://a.example/\tb", "http://[fe80::1%25eth0]/", "http://[::1", "http://a..example/", "http://" + "a" * 64,
        "http://a.example/" + "x" * 2_000, "http://a\x00.example/", "http://./", "http://。/",
        "http://xn--a.example/", "http://xn--.example/", "http://a|b.example/", "http://a^b/", "http://a{b}.example/",
    ],
)  # fmt: skip
def test_what_is_no_address_of_the_web_is_refused_without_looking_up_a_name(url: str) -> None:
    names = Names(["93.184.216.34"])
    assert refusal(url, network=names.network) == "bad_url"
    assert names.asked == 0


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("https://A.Example", "a.example", 443, "/"),
        ("http://a.example:443/b?c#d", "a.example", 443, "/b?c"),
        ("https://사랑방.example/가?나", "xn--9i2b40g7se.example", 443, "/%EA%B0%80?%EB%82%98"),
        ("https://a.example./", "a.example", 443, "/"),
        ("https://a。example。/", "a.example", 443, "/"),
        ("https://[2606:4700::1111]/", "2606:4700::1111", 443, "/"),
    ],
)
def test_an_address_has_a_host_a_port_and_a_path(url: str, host: str, port: int, path: str) -> None:
    found = target_of(url, Rules())
    assert (found.host, found.port, found.path) == (host, port, path)


def test_a_port_is_allowed_by_the_rules() -> None:
    assert target_of("https://a.example:8443/", Rules(ports=frozenset({8443}))).port == 8443
    with pytest.raises(BadUrlError):
        target_of("https://a.example/", Rules(ports=frozenset({8443})))
