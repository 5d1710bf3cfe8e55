"""chatproject.server.deadlines in chatproject.server.http: requests that never end."""

import select
import time

import pytest

from tests.harness.raw_http import RawHttp, post
from tests.harness.server_process import Probe
from tests.system.conftest import StartProbe

pytestmark = pytest.mark.once

SECONDS = "0.5"
LONGER = 1.5
GET = "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
HANDSHAKE = "GET /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"


@pytest.fixture
def impatient(start_probe: StartProbe) -> Probe:
    """A probe that waits half a second for a request's head, and half a second for its body."""
    return start_probe(REQUEST_HEADER_SECONDS=SECONDS, REQUEST_BODY_SECONDS=SECONDS)


def drip(client: RawHttp, data: bytes) -> float:
    """Send a byte every 50 ms until the server closes the connection; returns how long that took."""
    began = time.monotonic()
    for byte in data:
        if wait(client, 0.05):
            break
        client.send(bytes([byte]))
    return time.monotonic() - began


def wait(client: RawHttp, seconds: float) -> bool:
    """Whether the server sends something, or closes the connection, within this time."""
    return bool(select.select([client.socket], [], [], seconds)[0])


@pytest.mark.parametrize("head", ["GET /readyz HTTP/1.1\r\nX-Long: ", HANDSHAKE + "X-Long: ", "", "\r\n"])
def test_a_request_that_never_ends_is_cut_off(impatient: Probe, head: str) -> None:
    with RawHttp(impatient.port) as client:
        client.send(head)
        assert 0.4 < drip(client, b"x" * 400) < 5
        assert client.status() == 408
    assert impatient.output() == ""


@pytest.mark.parametrize("framing", ["Content-Length: 60000", "Transfer-Encoding: chunked"])
def test_a_body_that_never_ends_is_cut_off(impatient: Probe, framing: str) -> None:
    with RawHttp(impatient.port) as client:
        client.send(post("/body", framing), "e000\r\n" if "chunked" in framing else "")
        drip(client, b"x" * 400)
        assert client.status() == 408


def test_the_rest_of_a_pipelined_request_has_the_same_deadline(impatient: Probe) -> None:
    with RawHttp(impatient.port) as client:
        client.send(GET, GET[:20])
        answer = client.answer()
    assert answer.count(b"HTTP/1.1 200") == 1
    assert answer.count(b"HTTP/1.1 408") == 1


def test_a_connection_between_two_requests_may_be_silent_for_longer(impatient: Probe) -> None:
    with RawHttp(impatient.port) as client:
        for _ in range(2):
            assert client.send(GET).socket.recv(1000).startswith(b"HTTP/1.1 200")
            assert not wait(client, LONGER)


def test_a_request_has_no_deadline_while_it_is_being_answered(impatient: Probe) -> None:
    with RawHttp(impatient.port) as client:
        client.send("GET /slow HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        assert not wait(client, LONGER)
        impatient.get("release")
        assert client.status() == 200
