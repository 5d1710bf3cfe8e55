"""chatproject.server: its command line, and what it believes of a request."""

import socket
import subprocess
from pathlib import Path

import pytest
from websockets.sync.client import connect, unix_connect

from tests.harness.server_process import Probe
from tests.harness.services import BASE_DIR
from tests.harness.waiting import until
from tests.system.conftest import StartProbe

pytestmark = pytest.mark.once

FORGED = {"X_Forwarded_For": "6.6.6.6", "Daphne_Root_Path": "/admin", "X_Forwarded_Proto": "https"}


def test_without_proxy_headers_nobody_can_forge_an_address(probe: Probe) -> None:
    scope = probe.get("scope", **FORGED)
    assert (scope["client"][0], scope["root_path"], scope["scheme"]) == ("127.0.0.1", "", "http")


@pytest.mark.parametrize("forwarded", ["10.0.0.7", "6.6.6.6, 10.0.0.7", "6.6.6.6,7.7.7.7 ,10.0.0.7"])
def test_with_proxy_headers_the_address_that_the_proxy_saw_counts(start_probe: StartProbe, forwarded: str) -> None:
    scope = start_probe("--proxy-headers").get("scope", X_Forwarded_For=forwarded, X_Forwarded_Proto="https")
    assert (scope["client"][0], scope["scheme"]) == ("10.0.0.7", "https")


def test_with_proxy_headers_a_request_without_them_keeps_its_own_address(start_probe: StartProbe) -> None:
    assert start_probe("--proxy-headers").get("scope")["client"][0] == "127.0.0.1"


def test_a_listening_socket_can_be_inherited(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        probe = InheritingProbe(tmp_path, listener)
        try:
            probe.start()
            with connect(probe.socket_url("echo")) as client:
                client.send("hello")
                assert client.recv() == "hello"
        finally:
            probe.kill()


class InheritingProbe(Probe):
    """Listens on a socket that its parent opened."""

    def __init__(self, directory: Path, listener: socket.socket) -> None:
        super().__init__(directory, "--fd", str(listener.fileno()), listens=False)
        self.port = listener.getsockname()[1]
        self.listener = listener

    def options(self) -> dict[str, object]:
        return {**super().options(), "pass_fds": [self.listener.fileno()]}


def test_it_listens_on_a_unix_socket(start_probe: StartProbe, tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    start_probe("-u", path)
    with unix_connect(path, "ws://localhost/echo") as client:
        client.send("hello")
        assert client.recv() == "hello"


def test_a_port_in_use_is_reported_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        probe = Probe(tmp_path)
        probe.port = taken.getsockname()[1]
        probe.address = ["--host", "127.0.0.1", "--port", str(probe.port)]
        ended = subprocess.run(probe.command(), cwd=BASE_DIR, capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "Address already in use" in ended.stderr


def test_many_can_wait_to_be_accepted(probe: Probe) -> None:
    probe.freeze()
    waiting = [socket.create_connection(("127.0.0.1", probe.port), timeout=5) for _ in range(300)]
    probe.thaw()
    for client in waiting:
        client.sendall(b"GET /readyz HTTP/1.0\r\n\r\n")
    for client in waiting:
        client.settimeout(20)
        assert client.recv(65536).startswith(b"HTTP/1.0 200")
        client.close()


@pytest.mark.parametrize("server", ["chatproject", "daphne", "uvicorn"])
def test_it_works_with_any_asgi_server(start_probe: StartProbe, server: str) -> None:
    probe = start_probe(server=server)
    with connect(probe.socket_url("echo")) as client:
        client.send("hello")
        assert client.recv() == "hello"
    assert until(lambda: probe.get("stats")["disconnects"]) == 1
