"""chatproject.server.admission: how many connections one address may have, and what happens without resources."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from chatproject.server.resources import PAGE_BYTES
from tests.harness.raw_http import RawHttp
from tests.harness.server_process import Probe
from tests.harness.waiting import until
from tests.system.conftest import StartProbe

pytestmark = pytest.mark.once

LIMIT = 5
AWAY, ELSEWHERE = "127.0.0.2", "127.0.0.3"
"""Addresses of this machine that are not exempt as local."""

GET = "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


def status(probe: Probe, source: str = "127.0.0.1") -> int:
    """The status that a new client from an address receives."""
    with RawHttp(probe.port, source=source) as client:
        return client.send(GET).status()


def open_socket(probe: Probe, *, source: str = AWAY, forwarded: str | None = None) -> ClientConnection:
    """A WebSocket from an address, optionally with the address that a proxy reports."""
    headers = {"X-Forwarded-For": forwarded} if forwarded else None
    return connect(probe.socket_url("echo"), source_address=(source, 0), additional_headers=headers, compression=None)


def assert_echoes(client: ClientConnection) -> None:
    client.send("still there")
    assert client.recv(10) == "still there"


def refused_status(attempt: Callable[[], ClientConnection]) -> int:
    """The status with which a handshake is refused."""
    with pytest.raises(InvalidStatus) as refused:
        attempt()
    assert refused.value.response.headers["Retry-After"]
    return refused.value.response.status_code


def test_the_connections_of_one_address_are_limited_without_affecting_others(start_probe: StartProbe) -> None:
    probe = start_probe(CONNECTIONS_PER_ADDRESS=str(LIMIT))
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(open_socket(probe)) for _ in range(LIMIT)]
        assert status(probe, AWAY) == 503
        assert refused_status(lambda: open_socket(probe)) == 503
        assert [status(probe, ELSEWHERE), status(probe)] == [200, 200]
        for client in held:
            assert_echoes(client)
        held[0].close()
        assert until(lambda: status(probe, AWAY) == 200)


def test_half_sent_requests_count_as_well(start_probe: StartProbe) -> None:
    probe = start_probe(CONNECTIONS_PER_ADDRESS=str(LIMIT))
    with contextlib.ExitStack() as stack:
        for _ in range(LIMIT):
            stack.enter_context(RawHttp(probe.port, source=AWAY)).send("GET /")
        assert until(lambda: status(probe, AWAY) == 503)
    assert until(lambda: status(probe, AWAY) == 200)


def test_connections_from_this_machine_are_not_limited(start_probe: StartProbe) -> None:
    probe = start_probe(CONNECTIONS_PER_ADDRESS=str(LIMIT))
    with contextlib.ExitStack() as stack:
        for _ in range(2 * LIMIT):
            stack.enter_context(open_socket(probe, source="127.0.0.1"))
        assert status(probe) == 200


def test_behind_a_proxy_the_address_that_it_reports_is_counted(start_probe: StartProbe) -> None:
    probe = start_probe(CONNECTIONS_PER_ADDRESS=str(LIMIT), TRUSTED_PROXIES="1")
    with contextlib.ExitStack() as stack:
        for number in range(LIMIT):
            stack.enter_context(open_socket(probe, forwarded=f"6.6.6.{number}, 10.0.0.7"))
        assert refused_status(lambda: open_socket(probe, forwarded="6.6.6.6, 10.0.0.7")) == 503
        assert_echoes(stack.enter_context(open_socket(probe, forwarded="10.0.0.7, 10.0.0.8")))
        assert status(probe, AWAY) == 200
    assert until(lambda: probe.get("stats")["disconnects"] == LIMIT + 1)
    with open_socket(probe, forwarded="10.0.0.7") as client:
        assert_echoes(client)


def test_all_addresses_of_an_ipv6_subscriber_count_as_one(start_probe: StartProbe) -> None:
    probe = start_probe(CONNECTIONS_PER_ADDRESS=str(LIMIT), TRUSTED_PROXIES="1")
    with contextlib.ExitStack() as stack:
        for number in range(LIMIT):
            stack.enter_context(open_socket(probe, forwarded=f"2001:db8:1:2::{number}"))
        assert refused_status(lambda: open_socket(probe, forwarded="2001:db8:1:2:ffff::1")) == 503
        assert_echoes(stack.enter_context(open_socket(probe, forwarded="2001:db8:1:3::1")))


def test_newcomers_are_refused_before_memory_runs_out(start_probe: StartProbe) -> None:
    empty = start_probe().get("stats")["resident_bytes"] // 2**20
    probe = start_probe(MEMORY_LIMIT_MB=str(empty + 100))
    with open_socket(probe) as client, RawHttp(probe.port) as lasting:
        assert lasting.send(GET.replace("Connection: close\r\n", "")).socket.recv(1000).startswith(b"HTTP/1.1 200")
        probe.get("hold?megabytes=100")
        assert until(lambda: status(probe) == 503)
        assert refused_status(lambda: open_socket(probe)) == 503
        assert_echoes(client)
        assert lasting.send(GET).status() == 200
    probe.stop()
    assert "for lack of memory" in probe.output()


def test_a_limit_of_the_address_space_counts_too(start_probe: StartProbe) -> None:
    limit = 2_000_000 * 1024
    probe = start_probe(ulimit=f"-v {limit // 1024}")
    with open_socket(probe) as client:
        assert status(probe) == 200
        assert probe.process is not None
        used = int(Path(f"/proc/{probe.process.pid}/statm").read_text().split()[0]) * PAGE_BYTES
        probe.get(f"reserve?megabytes={int(0.95 * limit - used) // 2**20}")
        assert until(lambda: status(probe) == 503)
        assert_echoes(client)


def test_refusals_are_counted_in_one_line(start_probe: StartProbe) -> None:
    probe = start_probe(CONNECTIONS_PER_ADDRESS="0", LOG_LEVEL="WARNING")
    assert [status(probe, AWAY) for _ in range(30)] == [503] * 30
    probe.stop()
    (line,) = probe.output().splitlines()
    assert line.endswith(": 30 connections over the limit of an address")
