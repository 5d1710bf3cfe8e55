"""chatproject.server.websocket: frames from clients are limited in size, frames from the server are not."""

import contextlib

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close, Opcode
from websockets.sync.client import connect

from chat.protocol.errors import CloseCode
from chat.protocol.limits import FRAME_BYTES
from tests.harness.raw_client import RawClient
from tests.harness.server_process import Probe
from tests.harness.waiting import until
from tests.system.conftest import StartProbe

pytestmark = pytest.mark.once

MEGABYTE = 1024 * 1024


def close_code(client: RawClient) -> int:
    """The code with which the server closes the socket."""
    client.read_to_any_end()
    (close,) = (Close.parse(frame.data) for frame in client.received if frame.opcode is Opcode.CLOSE)
    return close.code


def first_data(client: RawClient) -> bytes:
    """The data of the first frame from the server."""
    while not client.received:
        assert client.read(65536)
    return bytes(client.received[0].data)


def test_a_frame_of_the_limit_passes_and_one_byte_more_is_refused(probe: Probe) -> None:
    with RawClient(probe.socket_url("echo")) as client:
        client.send("x" * FRAME_BYTES)
        assert first_data(client) == b"x" * FRAME_BYTES
        client.send("x" * (FRAME_BYTES + 1))
        assert close_code(client) == CloseCode.FRAME_TOO_LARGE
    assert until(lambda: probe.get("stats")["disconnects"]) == 1
    assert probe.get("stats")["received"] == 1


def test_fragments_count_together(probe: Probe) -> None:
    with RawClient(probe.socket_url("echo")) as client:
        for number in range(3):
            send = client.protocol.send_continuation if number else client.protocol.send_text
            send(b"x" * (FRAME_BYTES // 2), fin=False)
        client.flush()
        assert close_code(client) == CloseCode.FRAME_TOO_LARGE


def test_a_giant_frame_is_refused_at_its_head_and_never_stored(probe: Probe) -> None:
    before = probe.get("stats")["resident_bytes"]
    with RawClient(probe.socket_url("echo")) as client:
        head = b"\x81\xff" + (1 << 40).to_bytes(8, "big") + b"mask"
        client.socket.sendall(head)
        assert close_code(client) == CloseCode.FRAME_TOO_LARGE
        with contextlib.suppress(OSError):
            while True:  # ends when the server does
                client.socket.sendall(b"x" * MEGABYTE)
    assert probe.get("stats")["resident_bytes"] - before < 10 * MEGABYTE
    assert probe.get("stats")["received"] == 0
    assert probe.output() == ""


@pytest.mark.parametrize("option", ["--websocket-max-message-size", "--websocket-max-frame-size"])
def test_the_options_set_the_limit(start_probe: StartProbe, option: str) -> None:
    probe = start_probe(option, "8")
    with RawClient(probe.socket_url("echo")) as client:
        client.send("x" * 8)
        assert first_data(client) == b"x" * 8
        client.send("x" * 9)
        assert close_code(client) == CloseCode.FRAME_TOO_LARGE
    assert probe.get("stats")["received"] == 1


def test_messages_of_the_server_may_exceed_the_limit_for_clients(start_probe: StartProbe) -> None:
    probe = start_probe("--websocket-max-message-size", "8", "--websocket-max-frame-size", "8")
    with connect(probe.socket_url("flood?megabytes=2"), max_size=None, compression=None) as client:
        assert [len(client.recv()) for _ in range(2)] == [MEGABYTE, MEGABYTE]
    with connect(probe.socket_url("script?seed=1"), max_size=None, compression=None) as client:
        received = []
        with contextlib.suppress(ConnectionClosed):
            while True:
                received.append(client.recv(10))
    assert len([frame for frame in received if isinstance(frame, bytes)]) == 10
    assert max(map(len, received)) > FRAME_BYTES
