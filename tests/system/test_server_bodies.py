"""chatproject.server.http: bodies, and refusals of those that are too large."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatproject.server.admission import LARGE_BODIES_BYTES
from chatproject.server.body_limits import BodyLimits
from tests.harness.raw_http import RawHttp, post, status_of
from tests.harness.server_process import Probe
from tests.harness.waiting import until

pytestmark = pytest.mark.once

KILOBYTE = 1024
MEGABYTE = 1024 * KILOBYTE
LIMIT = 64 * KILOBYTE
HUGE = 100 * MEGABYTE

FORM = "Content-Type: application/x-www-form-urlencoded"
MULTIPART = "Content-Type: multipart/form-data; boundary=b"
CHUNKED = "Transfer-Encoding: chunked"
READYZ = "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


def chunk(size: int) -> bytes:
    return b"%x\r\n%b\r\n" % (size, b"x" * size)


def send_with_a_length(client: RawHttp, kind: str, path: str) -> None:
    client.send(post(path, kind, f"Content-Length: {HUGE}"))
    client.send_until_refused(b"a=1&" * (MEGABYTE // 4), HUGE // MEGABYTE)


def send_in_chunks(client: RawHttp, kind: str, path: str) -> None:
    client.send(post(path, kind, CHUNKED))
    client.send_until_refused(chunk(32 * KILOBYTE), HUGE // (32 * KILOBYTE))


def send_all_the_same(client: RawHttp, kind: str, path: str) -> None:
    """Send everything before reading the answer."""
    client.send(post(path, kind, f"Content-Length: {HUGE}"))
    with contextlib.suppress(OSError):
        for _ in range(HUGE // MEGABYTE):
            client.socket.sendall(b"x" * MEGABYTE)


def processor_seconds(probe: Probe) -> float:
    """The CPU time used by the process."""
    assert probe.process is not None
    fields = Path(f"/proc/{probe.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def open_files(probe: Probe) -> Iterator[str]:
    """What the file descriptors of the process lead to, but for those it closes meanwhile."""
    assert probe.process is not None
    for link in Path(f"/proc/{probe.process.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            yield str(link.readlink())


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Probe, Path]]:
    """A probe with a directory of its own for temporary files."""
    directory = tmp_path_factory.mktemp("temporary")
    probe = Probe(tmp_path_factory.mktemp("probe"), TMPDIR=str(directory)).start()
    yield probe, directory
    probe.kill()


@pytest.mark.parametrize("path", ["/accounts/login/", "/readyz"])
@pytest.mark.parametrize("kind", [FORM, MULTIPART])
@pytest.mark.parametrize("send", [send_with_a_length, send_in_chunks])
def test_refusing_a_body_over_its_limit_uses_no_resources(
    tracked: tuple[Probe, Path], send: Callable[[RawHttp, str, str], None], kind: str, path: str
) -> None:
    probe, directory = tracked
    before = probe.get("stats")["resident_bytes"]
    with RawHttp(probe.port) as client:
        send(client, kind, path)
        assert client.status() == 413
    assert probe.get("stats")["resident_bytes"] - before < 10 * MEGABYTE
    assert list(directory.iterdir()) == []
    assert probe.output() == ""


def test_a_refusal_comes_before_the_body(probe: Probe) -> None:
    with RawHttp(probe.port) as client:
        answer = client.send(post("/body", f"Content-Length: {LIMIT + 1}")).answer()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 413 ")
    assert b"Connection: close" in head
    assert f"Content-Length: {len(body)}".encode() in head
    assert b"text/plain" in head


def test_no_100_continue_asks_for_a_body_that_will_be_refused(probe: Probe) -> None:
    expecting = "Expect: 100-continue"
    with RawHttp(probe.port) as client:
        assert client.send(post("/body", expecting, f"Content-Length: {LIMIT + 1}")).status() == 413
    with RawHttp(probe.port) as client:
        client.send(post("/body", expecting, "Connection: close", f"Content-Length: {LIMIT}"))
        assert client.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert b'{"bytes": 65536}' in client.send(b"x" * LIMIT).answer()


@pytest.mark.parametrize("size", [0, 1, 8 * KILOBYTE, LIMIT])
def test_a_body_up_to_the_limit_is_received_whole(probe: Probe, size: int) -> None:
    expected = b'{"bytes": %d}' % size
    with RawHttp(probe.port) as client:
        client.send(post("/body", FORM, "Connection: close", f"Content-Length: {size}"), b"x" * size)
        assert expected in client.answer()
    with RawHttp(probe.port) as client:
        client.send(post("/body", "Connection: close", CHUNKED), chunk(size) if size else b"", b"0\r\n\r\n")
        assert expected in client.answer()


def test_a_body_up_to_the_limit_never_goes_to_the_disk(tracked: tuple[Probe, Path]) -> None:
    probe, _directory = tracked
    with RawHttp(probe.port) as client:
        client.send(post("/body", CHUNKED), chunk(LIMIT))
        probe.get("readyz")
        assert [file for file in open_files(probe) if "(deleted)" in file] == []


def test_pipelined_requests_are_answered_in_order_up_to_the_refused_one(probe: Probe) -> None:
    with RawHttp(probe.port) as client:
        client.send(
            *(post("/body", f"Content-Length: {size}") + "x" * size for size in (3, 5)),
            *(post("/body", CHUNKED), chunk(7), b"0\r\n\r\n"),
            post("/body", f"Content-Length: {LIMIT + 1}"),
            READYZ,
        )
        answers = client.answer().split(b"HTTP/1.1 ")[1:]
    assert [answer[:3] for answer in answers] == [b"200", b"200", b"200", b"413"]
    assert [answer.partition(b'{"bytes": ')[2][:1] for answer in answers[:3]] == [b"3", b"5", b"7"]
    assert probe.output() == ""


def test_a_path_can_have_a_limit_of_its_own() -> None:
    limits = BodyLimits(10, {"/media/": 100, "/media/large/": 1000})
    assert [limits.of(path) for path in (b"/", b"/media/x", b"/media/large/x?y", b"/x/media/")] == [10, 100, 1000, 10]


def is_admitted(client: RawHttp) -> bool:
    """Whether the server asks for a body of a megabyte on a path that accepts one."""
    client.send(post("/profile/picture/", "Expect: 100-continue", f"Content-Length: {MEGABYTE}"))
    return client.socket.recv(100).startswith(b"HTTP/1.1 100 ")


def test_only_so_many_large_bodies_are_received_at_once(probe: Probe) -> None:
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(RawHttp(probe.port)) for _ in range(LARGE_BODIES_BYTES // MEGABYTE)]
        assert all(map(is_admitted, clients))
        with RawHttp(probe.port) as late:
            assert late.send(post("/profile/picture/", CHUNKED)).status() == 503
        with RawHttp(probe.port) as small:
            assert (
                small.send(post("/profile/picture/", "Connection: close", "Content-Length: 3"), "abc").status() == 200
            )
        clients[0].send(b"x" * MEGABYTE)
        clients[1].socket.close()
        until(lambda: is_admitted(stack.enter_context(RawHttp(probe.port))))
        until(lambda: is_admitted(stack.enter_context(RawHttp(probe.port))))


def test_a_huge_body_delays_nobody_by_50_ms(probe: Probe) -> None:
    attempts = [send_with_a_length, send_in_chunks, send_all_the_same] * 2
    before = processor_seconds(probe)
    for send in attempts:
        with RawHttp(probe.port) as client:
            send(client, MULTIPART, "/accounts/login/")
            assert client.status() in (413, 0)
    assert (processor_seconds(probe) - before) / len(attempts) < 0.05
    assert probe.get("readyz") == {}


def test_a_client_that_never_stops_sending_is_cut_off(probe: Probe) -> None:
    with RawHttp(probe.port) as client:
        client.send(post("/body", f"Content-Length: {1 << 50}"))
        client.socket.settimeout(20)
        began = time.monotonic()
        with contextlib.suppress(OSError):
            while True:
                client.socket.sendall(b"x" * MEGABYTE)
        assert time.monotonic() - began < 10
        assert status_of(client.answer()) in (413, 0)  # where all is reset, the answer may be lost
