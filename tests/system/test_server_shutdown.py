"""chatproject.server: what SIGTERM does."""

import asyncio
import contextlib
import http.client
import signal
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect as connect_sync

from tests.harness.raw_client import RawClient
from tests.harness.server_process import Probe
from tests.harness.waiting import until

pytestmark = pytest.mark.once

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def ask_to_end(probe: Probe) -> None:
    assert probe.process is not None
    probe.process.send_signal(signal.SIGTERM)


def exit_code(probe: Probe, *, within: float) -> int:
    assert probe.process is not None
    return probe.process.wait(within)


def refuses_connections(probe: Probe) -> bool:
    try:
        socket.create_connection(("127.0.0.1", probe.port), timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False


@contextlib.contextmanager
def slow_request(probe: Probe) -> Iterator[http.client.HTTPConnection]:
    """A request that the probe answers when it is released."""
    with contextlib.closing(probe.connection()) as connection:
        connection.request("GET", "/slow")
        until(lambda: probe.get("stats")["slow"])
        yield connection


@pytest.fixture
def other(probe: Probe) -> Iterator[http.client.HTTPConnection]:
    """An HTTP connection that stands open, as those of browsers and proxies do."""
    with contextlib.closing(probe.connection()) as connection:
        connection.request("GET", "/readyz")
        connection.getresponse().read()
        yield connection


async def test_open_sockets_are_closed_with_4012_and_the_application_gets_the_disconnect(probe: Probe) -> None:
    async with connect(probe.socket_url("diary")) as first, connect(probe.socket_url("diary")) as second:
        ask_to_end(probe)
        for client in (first, second):
            with pytest.raises(ConnectionClosed) as closed:
                await client.recv()
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4012, "Restarting")
        assert await asyncio.to_thread(exit_code, probe, within=2) == 0
    assert probe.output().count("disconnected 4012") == 2


def test_a_server_without_anybody_ends_at_once(probe: Probe) -> None:
    ask_to_end(probe)
    assert exit_code(probe, within=2) == 0
    assert probe.output() == ""


def test_requests_under_way_are_answered_and_no_others_are_accepted(
    probe: Probe, other: http.client.HTTPConnection
) -> None:
    with slow_request(probe) as slow:
        ask_to_end(probe)
        until(lambda: refuses_connections(probe))
        other.request("GET", "/release")
        released = other.getresponse()
        assert released.getheader("connection") == "close"
        assert slow.getresponse().status == 200
    assert exit_code(probe, within=2) == 0
    assert probe.output() == ""


def test_a_request_on_a_connection_accepted_before_shutdown_is_answered(
    probe: Probe, other: http.client.HTTPConnection
) -> None:
    ask_to_end(probe)
    until(lambda: refuses_connections(probe))
    other.request("POST", "/readyz", body="a form")
    assert other.getresponse().status == 200
    assert exit_code(probe, within=2) == 0


def test_a_socket_that_arrives_while_draining_is_refused(probe: Probe, other: http.client.HTTPConnection) -> None:
    with slow_request(probe):
        ask_to_end(probe)
        until(lambda: refuses_connections(probe))
        other.request("GET", "/echo", headers=UPGRADE)
        assert other.getresponse().status == 503


def test_a_socket_that_was_not_accepted_yet_is_refused(probe: Probe) -> None:
    refusals: list[int] = []

    def connect() -> None:
        with pytest.raises(InvalidStatus) as refused:
            connect_sync(probe.socket_url("hesitant"))
        refusals.append(refused.value.response.status_code)

    connecting = threading.Thread(target=connect)
    connecting.start()
    until(lambda: probe.get("stats")["hesitant"])
    ask_to_end(probe)
    connecting.join(5)
    assert refusals == [503]
    assert exit_code(probe, within=2) == 0


def test_nothing_delays_the_shutdown_for_ten_seconds(probe: Probe) -> None:
    probe.get("stuck-thread")
    flood = probe.socket_url("flood?megabytes=200")
    with slow_request(probe), RawClient(flood, receive_buffer=4096):
        until(lambda: probe.get("stats")["flooded"])
        began = time.monotonic()
        ask_to_end(probe)
        assert exit_code(probe, within=10) == 1
    assert time.monotonic() - began < 10
    assert "Cancelled 1 requests" in probe.output()
    assert "in leave_thread_behind" in probe.output()


def test_a_second_signal_ends_it_at_once(probe: Probe) -> None:
    with slow_request(probe):
        ask_to_end(probe)
        until(lambda: refuses_connections(probe))
        ask_to_end(probe)
        assert exit_code(probe, within=2) == -signal.SIGTERM


def test_an_end_to_a_flood_that_nobody_reads_takes_no_longer_than_the_close_may_linger(probe: Probe) -> None:
    with RawClient(probe.socket_url("flood?megabytes=200"), receive_buffer=4096):
        until(lambda: probe.get("stats")["flooded"])
        ask_to_end(probe)
        assert exit_code(probe, within=8) == 0
    assert probe.output() == ""
